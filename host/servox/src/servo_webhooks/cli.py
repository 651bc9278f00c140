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
from . import trigger as triggers
from .connector import WebhooksConnector
from .dispatch import PARAMETERS
from .output import emit
from .sandbox import CallError, records
from .sanitize import sanitize
from .settings import configured
from .suggestion import nearest
from .webhook import Webhook
from .webhook_details import WebhookDetails
from .webhooks import Webhooks

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
    configured = _webhooks(context).configuration.webhooks
    webhooks = [WebhookDetails(webhook, written[webhook.index]) for webhook in configured]
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
        tag, found = webhooks.connector.schema(shape, records.EventType(name, None, None))
        if tag == "err":
            raise typer.BadParameter(f"{name}: {sanitize(found)}")
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
        told = triggers.sample(webhooks.connector, event)
        targets = [_named(webhooks, webhook)] if webhook else webhooks.configuration.select(event)
    except (ValueError, CallError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if not targets:
        typer.echo(f"no webhook listens to {event}; name one to send it anyway", err=True)
        raise typer.Exit(2)
    made = [webhooks.worker.submit(triggers.attempt(webhooks, target, told)).result() for target in targets]
    for result in made:
        emit(json.dumps(_record(result)) if as_json else _text(result))
    if not all(result.is_good for result in made):
        raise typer.Exit(1)


def _check_name(name: str) -> None:
    bare = name.partition(":")[2]
    if not name.startswith("channel:") and bare not in PARAMETERS and servo.events.get_event(bare, None) is None:
        known = {*PARAMETERS, *(event.name for event in servo.events.get_events())}
        meant = nearest(bare, sorted(known))
        hint = f'; did you mean "{meant}"?' if meant else ""
        typer.echo(f'no known event has the name "{sanitize(bare)}"{hint}', err=True)


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


def _record(result: triggers.TriggerResult) -> dict[str, Any]:
    return {
        "index": result.webhook.index,
        "name": result.webhook.name,
        "webhook": result.webhook.name,
        "event": result.told.name,
        "id": result.told.id,
        "delivery": result.delivery,
        "status": result.status,
        "content_type": result.content_type,
        "body": result.body,
        "effect": result.effect,
        "on_error": result.webhook.on_error if result.told.is_before else None,
        "decision": result.decision,
        "detail": result.detail,
        "elapsed_ms": result.elapsed_ms,
        "time": times.now(),
    }


def _text(result: triggers.TriggerResult) -> str:
    lines = [result.webhook.label]
    if result.status is None:
        lines.append("  answer   none")
    else:
        kind = sanitize(result.content_type or "no content type")
        lines.append(f"  answer   {result.status}, {kind}, in {result.elapsed_ms} ms")
    for line in (result.body or "").splitlines()[:20]:
        lines.append(f"           {sanitize(line)}")
    detail = f": {result.detail}" if result.detail else ""
    lines.append(f"  effect   {_EFFECTS[result.effect]}{detail}")
    if result.decision and not result.is_good:
        would = "would be cancelled" if result.decision == "cancelled" else "would happen anyway"
        unless = ", if no retry is answered" if result.effect == "retry" else ""
        lines.append(f"  event    {would}{unless} (on_error: {result.webhook.on_error})")
    if result.delivery:
        lines.append(f"  delivery {result.delivery}")
    return "\n".join(lines)
