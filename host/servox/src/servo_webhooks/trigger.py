"""A manual attempt, to see whether a webhook works and what its answer would do."""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import occasion
from .attempt import Stamp
from .awake import clock
from .foreign import shown
from .hooks import Webhooks
from .occasion import Occasion
from .outbound import Lacking, NoAnswer, Refused
from .parcel import Skipped, Unrendered, render
from .sandbox import CallError, Connector, records
from .times import display, now, uuid7
from .webhook import Webhook

_EFFECTS = {"retry": "retry", "failed": "failed", "gone": "switch_off", "cancel": "cancel"}


@dataclass
class Trial:
    """The result of a manual attempt."""

    webhook: Webhook
    told: Occasion
    effect: str
    """`proceed`, `cancel`, `delivered`, `retry`, `failed`, `switch_off` or `skipped`."""
    detail: str | None = None
    """Why, or for which reason."""
    delivery: str | None = None
    status: int | None = None
    content_type: str | None = None
    body: str | None = None
    elapsed_ms: int = 0

    @property
    def is_good(self) -> bool:
        """Whether the webhook did its job."""
        return self.effect in ("proceed", "cancel", "delivered", "skipped")

    @property
    def decision(self) -> str | None:
        """What would become of the event, as far as this webhook decides: `proceed` or
        `cancelled`. None after an event."""
        if not self.told.is_before:
            return None
        cancels = self.effect == "cancel" or (not self.is_good and self.webhook.on_error == "cancel")
        return "cancelled" if cancels else "proceed"


def sample(connector: Connector, name: str) -> Occasion:
    """A plausible event such as `after:measure`, or a message for `channel:the_news`.

    Raises:
        ValueError: If there is no such event.
        CallError: If the connector fails.
    """
    side, _, channel = name.partition(":")
    if side == "channel":
        return occasion.message(channel, "text/plain; charset=utf-8", b"a message from servo-webhooks")
    tag, made = connector.sample(records.Subject(name, None, None), uuid7(), now())
    if tag == "err":
        raise ValueError(shown(made))
    return occasion.event(made.name, made.parameters, made.results, made.id, made.created)


async def attempt(webhooks: Webhooks, webhook: Webhook, told: Occasion) -> Trial:
    """Makes one attempt at a webhook, marked `X-Servo-Trigger: manual`, whether it listens
    or not. Runs in the worker's loop."""
    sender = webhooks.sender
    try:
        parcel = render(webhooks.connector, told, webhook.shape)
    except Skipped as skipped:
        return Trial(webhook, told, "skipped", str(skipped))
    except (Unrendered, CallError, occasion.EventError) as error:
        return Trial(webhook, told, "failed", str(error))
    first = time.monotonic()
    stamp = Stamp(told.label, uuid7(), 1, first, clock().now() + webhook.timeout, before=told.is_before, manual=True)
    trial = Trial(webhook, told, "failed", delivery=stamp.delivery)
    try:
        answer = await sender.answer(webhook, parcel, stamp)
        trial.status, trial.content_type = answer.status, answer.header("content-type")
        body = await sender.read(answer, stamp)
        trial.body = body.content.decode(errors="replace") or None
        _judge(trial, sender.judge_answer(webhook, stamp, answer, body), stamp)
    except (Lacking, Refused, CallError, ValueError) as error:
        trial.detail = str(error)
    except (NoAnswer, TimeoutError) as error:
        why = str(error) or f"no answer within {display(webhook.timeout)}"
        try:
            _judge(trial, sender.judge(webhook, stamp, ("no-answer", why)), stamp)
        except CallError as fault:
            trial.detail = str(fault)
        if trial.effect == "retry":
            trial.detail = why
    trial.elapsed_ms = round((time.monotonic() - first) * 1000)
    return trial


def _judge(trial: Trial, ruling: records.Ruling, stamp: Stamp) -> None:
    kind, payload = ruling.verdict
    if kind == "delivered":
        trial.effect = "proceed" if stamp.before else "delivered"
        trial.detail = shown(ruling.warning) if ruling.warning else None
        return
    trial.effect = _EFFECTS[kind]
    if kind == "retry":
        trial.detail = f"after at most {display(payload.at_most / 1e9)}"
    else:
        trial.detail = shown(payload)
