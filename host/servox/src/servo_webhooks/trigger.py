"""A manual attempt, to see whether a webhook works and what its answer would do."""

from __future__ import annotations

import time
from dataclasses import dataclass

from . import notification
from .attempt import AttemptInfo
from .awake_clock import clock
from .notification import Notification
from .outbound import Lacking, NoAnswer, Refused
from .rendered_request import Skipped, Unrendered, render
from .sandbox import CallError, Connector, records
from .sanitize import sanitize
from .times import display, now, uuid7
from .webhook import Webhook
from .webhooks import Webhooks

_EFFECTS = {"retry": "retry", "failed": "failed", "gone": "switch_off", "cancel": "cancel"}


@dataclass
class TriggerResult:
    """The result of a manual attempt."""

    webhook: Webhook
    told: Notification
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


def sample(connector: Connector, name: str) -> Notification:
    """A plausible event such as `after:measure`, or a message for `channel:the_news`.

    Raises:
        ValueError: If there is no such event.
        CallError: If the connector fails.
    """
    side, _, channel = name.partition(":")
    if side == "channel":
        return notification.message(channel, "text/plain; charset=utf-8", b"a message from servo-webhooks")
    tag, made = connector.sample(records.EventType(name, None, None), uuid7(), now())
    if tag == "err":
        raise ValueError(sanitize(made))
    return notification.event(made.name, made.parameters, made.results, made.id, made.created)


async def attempt(webhooks: Webhooks, webhook: Webhook, told: Notification) -> TriggerResult:
    """Makes one attempt at a webhook, marked `X-Servo-Trigger: manual`, whether it listens
    or not. Runs in the worker's loop."""
    context = webhooks.context
    try:
        rendered = render(webhooks.connector, told, webhook.shape)
    except Skipped as skipped:
        return TriggerResult(webhook, told, "skipped", str(skipped))
    except (Unrendered, CallError, notification.EventError) as error:
        return TriggerResult(webhook, told, "failed", str(error))
    first = time.monotonic()
    info = AttemptInfo(
        told.label, uuid7(), 1, first, clock().now() + webhook.timeout, before=told.is_before, manual=True
    )
    result = TriggerResult(webhook, told, "failed", delivery=info.delivery)
    try:
        answer = await context.answer(webhook, rendered, info)
        result.status, result.content_type = answer.status, answer.header("content-type")
        body = await context.read(answer, info)
        result.body = body.content.decode(errors="replace") or None
        _judge(result, context.judge_answer(webhook, info, answer, body), info)
    except (Lacking, Refused, CallError, ValueError) as error:
        result.detail = str(error)
    except (NoAnswer, TimeoutError) as error:
        why = str(error) or f"no answer within {display(webhook.timeout)}"
        try:
            _judge(result, context.judge(webhook, info, ("no-answer", why)), info)
        except CallError as fault:
            result.detail = str(fault)
        if result.effect == "retry":
            result.detail = why
    result.elapsed_ms = round((time.monotonic() - first) * 1000)
    return result


def _judge(result: TriggerResult, ruling: records.Ruling, info: AttemptInfo) -> None:
    kind, payload = ruling.verdict
    if kind == "delivered":
        result.effect = "proceed" if info.before else "delivered"
        result.detail = sanitize(ruling.warning) if ruling.warning else None
        return
    result.effect = _EFFECTS[kind]
    if kind == "retry":
        result.detail = f"after at most {display(payload.at_most / 1e9)}"
    else:
        result.detail = sanitize(payload)
