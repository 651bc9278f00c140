"""The commands `servo webhooks list`, `schema` and `trigger`."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any, Optional

import servo.cli
import servo.events
import typer
from tabulate import tabulate

from . import times
from . import trigger as trials
from .connector import WebhooksConnector
from .details import Details
from .dispatch import PARAMETERS
from .foreign import shown
from .hooks import Webhooks
from .output import emit
from .sandbox import CallError, records
from .settings import configured
from .suggestion import nearest
from .webhook import Webhook

cli = servo.cli.ConnectorCLI(WebhooksConnector, help="Inspect and try webhooks")

_EFFECTS = {
    "proceed": "the event would happen",
    "cancel": "the event would be cancelled",
    "delivered": "delivered",
    "skipped": "nothing would be sent",
    "retry": "would be retried",
    "failed": "would fail",
    "switch_off": "would fail, and the webhook would be switched off",
}
_COLUMNS = ["#", "NAME", "EVENTS", "TARGET", "RETRIES", "TIMEOUT", "STATE"]
_WIDE = ["ON ERROR", "WHEN", "SECRETS", "SIGNATURES", "FORMAT", "HTTP", "HEADERS"]


def _webhooks(context: servo.cli.Context) -> Webhooks:
    connector = context.connector
    assert isinstance(connector, WebhooksConnector)
    return connector.webhooks


def _named(webhooks: Webhooks, text: str) -> Webhook:
    found = webhooks.configuration.find(text)
    if found is None:
        raise typer.BadParameter("no webhook with that name, index or URL; `servo webhooks list` shows them")
    return found


@cli.command("list")
def list_webhooks(
    context: servo.cli.Context,
    wide: bool = typer.Option(False, "--wide", help="Show conditions, signatures, formats and headers as well"),
    as_json: bool = typer.Option(False, "--json", help="Print JSON"),
) -> None:
    """List the webhooks"""
    written = context.connector.config.__root__
    webhooks = [Details(webhook, written[webhook.index]) for webhook in _webhooks(context).configuration.webhooks]
    if as_json:
        emit(json.dumps([webhook.to_json() for webhook in webhooks]))
    elif not webhooks:
        emit("no webhooks are configured")
    else:
        rows = [webhook.row(wide=wide) for webhook in webhooks]
        emit(_table(rows, [*_COLUMNS, *(_WIDE if wide else [])]))


@cli.command()
def schema(
    context: servo.cli.Context,
    event: str = typer.Argument(..., help="For example after:measure"),
    webhook: Optional[str] = typer.Option(
        None, "--webhook", help="Show the body that this webhook sends: a name or an index"
    ),
    as_json: bool = typer.Option(False, "--json", help="Print JSON"),
) -> None:
    """Show the content type and JSON Schema of an event's body"""
    webhooks = _webhooks(context)
    shape = _named(webhooks, webhook).shape.token if webhook else ""
    for name in [event] if ":" in event else [f"before:{event}", f"after:{event}"]:
        _check_name(name)
        tag, found = webhooks.connector.schema(shape, records.Subject(name, None, None))
        if tag == "err":
            raise typer.BadParameter(f"{name}: {shown(found)}")
        described = json.loads(found.schema)
        if as_json:
            emit(json.dumps({"content_type": found.content_type, "schema": described}))
        else:
            emit(f"{name}\nContent-Type: {found.content_type}\n\n{json.dumps(described, indent=2)}")


@cli.command()
def trigger(
    context: servo.cli.Context,
    event: str = typer.Argument(..., help="For example after:measure"),
    webhook: Optional[str] = typer.Argument(None, metavar="[NAME|URL]", help="Default: all that listen"),
    as_json: bool = typer.Option(False, "--json", help="Print JSON"),
) -> None:
    """Send one sample event by hand and show what the answer would do"""
    webhooks = _webhooks(context)
    _check_name(event)
    try:
        # What is sent must be resolved, which looking at it does not ask for.
        configured(context.connector.config.__root__, inspect=False)
        told = trials.sample(webhooks.connector, event)
        targets = [_named(webhooks, webhook)] if webhook else webhooks.configuration.select(event)
    except (ValueError, CallError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if not targets:
        typer.echo(f"no webhook listens to {event}; name one to send it anyway", err=True)
        raise typer.Exit(2)
    made = [webhooks.worker.submit(trials.attempt(webhooks, target, told)).result() for target in targets]
    for trial in made:
        emit(json.dumps(_trial(trial)) if as_json else _text(trial))
    if not all(trial.is_good for trial in made):
        raise typer.Exit(1)


def _check_name(name: str) -> None:
    bare = name.partition(":")[2]
    if not name.startswith("channel:") and bare not in PARAMETERS and servo.events.get_event(bare, None) is None:
        known = {*PARAMETERS, *(event.name for event in servo.events.get_events())}
        meant = nearest(bare, sorted(known))
        hint = f'; did you mean "{meant}"?' if meant else ""
        typer.echo(f'no known event has the name "{shown(bare)}"{hint}', err=True)


def _table(rows: list[list[str]], names: list[str]) -> str:
    """A table, or a block for each row if the terminal is too narrow."""
    table: str = tabulate(rows, names, tablefmt="plain", disable_numparse=True)
    is_narrow = sys.stdout and sys.stdout.isatty() and shutil.get_terminal_size().columns < _width(table)
    if not is_narrow:
        return table
    blocks = []
    for index, name, *fields in rows:
        lines = [
            (title.lower(), line) for title, field in zip(names[2:], fields, strict=True) for line in field.split("\n")
        ]
        blocks.append("\n".join([f"{index}  {name}", *(f"  {title:<11}{line}" for title, line in lines)]))
    return "\n\n".join(blocks)


def _width(text: str) -> int:
    return max(map(len, text.splitlines()))


def _trial(trial: trials.Trial) -> dict[str, Any]:
    return {
        "index": trial.webhook.index,
        "name": trial.webhook.name,
        "webhook": trial.webhook.name,
        "event": trial.told.name,
        "id": trial.told.id,
        "delivery": trial.delivery,
        "status": trial.status,
        "content_type": trial.content_type,
        "body": trial.body,
        "effect": trial.effect,
        "on_error": trial.webhook.on_error if trial.told.is_before else None,
        "decision": trial.decision,
        "detail": trial.detail,
        "elapsed_ms": trial.elapsed_ms,
        "time": times.now(),
    }


def _text(trial: trials.Trial) -> str:
    lines = [trial.webhook.label]
    if trial.status is None:
        lines.append("  answer   none")
    else:
        kind = shown(trial.content_type or "no content type")
        lines.append(f"  answer   {trial.status}, {kind}, in {trial.elapsed_ms} ms")
    for line in (trial.body or "").splitlines()[:20]:
        lines.append(f"           {shown(line)}")
    detail = f": {trial.detail}" if trial.detail else ""
    lines.append(f"  effect   {_EFFECTS[trial.effect]}{detail}")
    if trial.decision and not trial.is_good:
        would = "would be cancelled" if trial.decision == "cancelled" else "would happen anyway"
        unless = ", if no retry is answered" if trial.effect == "retry" else ""
        lines.append(f"  event    {would}{unless} (on_error: {trial.webhook.on_error})")
    if trial.delivery:
        lines.append(f"  delivery {trial.delivery}")
    return "\n".join(lines)
