"""The commands `servo webhooks list`, `schema` and `trigger`."""

from __future__ import annotations

import json
from typing import Any, Optional

import servo.cli
import servo.events
import typer
from tabulate import tabulate

from . import trigger as trials
from .connector import WebhooksConnector
from .dispatch import PARAMETERS
from .foreign import shown
from .hooks import Webhooks
from .output import emit
from .sandbox import CallError, records
from .settings import configured
from .webhook import Retries, Webhook

cli = servo.cli.ConnectorCLI(WebhooksConnector, help="Webhooks of the servo")

_EFFECTS = {
    "proceed": "the event would happen",
    "cancel": "the event would be cancelled",
    "delivered": "delivered",
    "skipped": "nothing would be sent",
    "retry": "would be tried again",
    "failed": "would fail",
    "switch_off": "would fail, and the webhook would be switched off",
}
_GOOD = ("proceed", "cancel", "delivered", "skipped")


def _webhooks(context: servo.cli.Context) -> Webhooks:
    connector = context.connector
    assert isinstance(connector, WebhooksConnector)
    return connector.webhooks


def _named(webhooks: Webhooks, text: str) -> Webhook:
    found = webhooks.configuration.find(text)
    if found is None:
        raise typer.BadParameter("no webhook has that name, index or URL; `servo webhooks list` shows them")
    return found


@cli.command("list")
def list_webhooks(
    context: servo.cli.Context,
    as_json: bool = typer.Option(False, "--json", help="For machines"),
) -> None:
    """List the webhooks"""
    webhooks = _webhooks(context).configuration.webhooks
    if as_json:
        emit(json.dumps([_entry(webhook) for webhook in webhooks]))
        return
    rows = [
        [
            webhook.index,
            webhook.name or "-",
            "\n".join(_listens(webhook)),
            webhook.endpoint or "not resolved",
            _retries(webhook),
            f"{webhook.timeout:g}s",
            _state(webhook),
        ]
        for webhook in webhooks
    ]
    headers = ["#", "NAME", "EVENTS", "TARGET", "RETRIES", "TIMEOUT", "STATE"]
    emit(tabulate(rows, headers, tablefmt="plain", disable_numparse=True))


@cli.command()
def schema(
    context: servo.cli.Context,
    event: str = typer.Argument(..., help="Such as after:measure"),
    webhook: Optional[str] = typer.Option(None, "--webhook", help="As this webhook sends it: a name or an index"),
    as_json: bool = typer.Option(False, "--json", help="For machines"),
) -> None:
    """Display content type and JSON Schema of an event's body"""
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
    event: str = typer.Argument(..., help="Such as after:measure"),
    webhook: Optional[str] = typer.Argument(None, metavar="[NAME|URL]", help="Left out: all that listen"),
    as_json: bool = typer.Option(False, "--json", help="For machines"),
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
        typer.echo(f"no webhook listens to {event}; name one to send it all the same", err=True)
        raise typer.Exit(2)
    made = [webhooks.worker.submit(trials.attempt(webhooks, target, told)).result() for target in targets]
    for trial in made:
        emit(json.dumps(_trial(trial)) if as_json else _text(trial))
    if any(trial.effect not in _GOOD for trial in made):
        raise typer.Exit(1)


def _check_name(name: str) -> None:
    bare = name.partition(":")[2]
    if not name.startswith("channel:") and bare not in PARAMETERS and servo.events.get_event(bare, None) is None:
        typer.echo(f"no connector of this servo has an event {shown(bare)!r}", err=True)


def _listens(webhook: Webhook) -> list[str]:
    return [*webhook.events, *(f"channel:{channel}" for channel in webhook.channels)]


def _state(webhook: Webhook) -> str:
    return "enabled" if webhook.enabled else "disabled"


def _retries(webhook: Webhook) -> str:
    def one(retries: Retries) -> str:
        return "none" if retries.max_tries == 1 else f"{retries.max_tries} in {retries.max_time:g}s"

    sides = {event.partition(":")[0] for event in webhook.events}
    before = bool(sides & {"before", "*"})
    after = bool(sides & {"after", "*"} or webhook.channels)
    if before and after and one(webhook.before) != one(webhook.after):
        return f"before: {one(webhook.before)}\nafter: {one(webhook.after)}"
    return one(webhook.before if before else webhook.after)


def _entry(webhook: Webhook) -> dict[str, Any]:
    return {
        "index": webhook.index,
        "name": webhook.name,
        "description": webhook.description,
        "events": webhook.events,
        "channels": webhook.channels,
        "response_channel": webhook.response_channel,
        "target": webhook.endpoint or None,
        "before": {"max_tries": webhook.before.max_tries, "max_time": webhook.before.max_time},
        "after": {"max_tries": webhook.after.max_tries, "max_time": webhook.after.max_time},
        "timeout": webhook.timeout,
        "state": _state(webhook),
    }


def _trial(trial: trials.Trial) -> dict[str, Any]:
    return {
        "index": trial.webhook.index,
        "name": trial.webhook.name,
        "delivery": trial.delivery,
        "status": trial.status,
        "content_type": trial.content_type,
        "body": trial.body,
        "effect": trial.effect,
        "detail": trial.detail,
        "elapsed_ms": trial.elapsed_ms,
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
    if trial.delivery:
        lines.append(f"  delivery {trial.delivery}")
    return "\n".join(lines)
