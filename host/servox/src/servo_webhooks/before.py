"""Before an event: all its webhooks are asked at once, and the first cancel decides.

One budget bounds them together, retries included; when it ends, each webhook without an
answer is settled by its `on_error`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .attempt import AttemptContext, AttemptInfo, Unread
from .awake_clock import clock
from .log import fault, logger
from .notification import Notification
from .outcome import EventOutcome, WebhookOutcome
from .rendered_request import RenderedRequest, Skipped
from .times import uuid7
from .webhook import Webhook

Publish = Callable[[Webhook, Unread], None]


class Recipient(NamedTuple):
    """A webhook with the request that it is sent, or the reason why there is none."""

    webhook: Webhook
    rendered: RenderedRequest | Exception


async def ask(
    context: AttemptContext,
    notification: Notification,
    recipients: Sequence[Recipient],
    seconds: float,
    publish: Publish,
) -> EventOutcome:
    """Asks every webhook.

    Args:
        context: Makes the attempts.
        notification: Before the event.
        recipients: Whom to ask.
        seconds: What is left of the budget, of time in which the process runs.
        publish: Takes answers that are to be published.
    """
    outcomes = [WebhookOutcome.of(webhook, "not_awaited") for webhook, _ in recipients]
    awake = clock()
    awake.hold()
    deadline = awake.now() + seconds
    asked = [
        _Ask(context, notification, webhook, outcome, deadline, publish)
        for (webhook, _), outcome in zip(recipients, outcomes, strict=True)
    ]
    tasks = [asyncio.ensure_future(ask.run(rendered)) for ask, (_, rendered) in zip(asked, recipients, strict=True)]
    reason = None
    try:
        for next_one in asyncio.as_completed(tasks):
            reason = await next_one
            if reason is not None:
                break
    finally:
        # Whoever is still out is aborted.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        awake.release()
    result = EventOutcome(notification.name, notification.id, "proceed" if reason is None else "cancelled", reason)
    result.webhooks = outcomes
    return result


class _Ask:
    """Asks one webhook until it answers or no attempt is left."""

    def __init__(
        self,
        context: AttemptContext,
        notification: Notification,
        webhook: Webhook,
        outcome: WebhookOutcome,
        deadline: float,
        publish: Publish,
    ) -> None:
        self._context = context
        self._notification = notification
        self._webhook = webhook
        self._outcome = outcome
        self._deadline = deadline
        self._publish = publish

    async def run(self, rendered: RenderedRequest | Exception) -> str | None:
        """The reason, if the event is cancelled."""
        outcome = self._outcome
        if isinstance(rendered, Skipped):
            outcome.outcome, outcome.reason = "skipped", str(rendered)
            return None
        if (why := self._webhook.switched_off) is not None:
            outcome.outcome = "switched_off"
            return self._unanswered(why)
        if isinstance(rendered, Exception):
            outcome.outcome = "no_answer"
            return self._unanswered(str(rendered))
        try:
            return await self._ask(rendered)
        except asyncio.CancelledError:
            # Another one has decided.
            outcome.outcome, outcome.attempts, outcome.status = "not_awaited", 0, None
            raise
        except Exception as error:
            outcome.outcome = "no_answer"
            return self._unanswered(fault(error))

    async def _ask(self, rendered: RenderedRequest) -> str | None:
        webhook, outcome = self._webhook, self._outcome
        delivery, first = uuid7(), time.monotonic()
        while True:
            outcome.attempts += 1
            deadline = min(self._deadline, clock().now() + webhook.timeout)
            info = AttemptInfo(self._notification.label, delivery, outcome.attempts, first, deadline, before=True)
            result = await self._context.attempt(webhook, rendered, info)
            verdict = result.verdict
            last = verdict.kind != "retry" or clock().now() + verdict.wait >= self._deadline
            # Whether its breaker is open or not: it is asked, and what it says is a sign.
            self._context.note(webhook, result, probe=None, last=last)
            kind, why, wait = verdict
            outcome.status = result.status
            if kind == "delivered":
                outcome.outcome = "proceeded"
                if result.publish:
                    self._publish(webhook, result.publish)
                return None
            if kind == "cancel":
                outcome.outcome = "cancelled"
                return why
            outcome.outcome = "no_answer"
            if kind == "lacking":
                outcome.attempts -= 1
                return self._unanswered(why)
            if kind == "retry":
                if last:
                    return self._unanswered(f"{why}; no time left in the event's budget to retry")
                await asyncio.sleep(wait)
                continue
            if kind == "gone":
                webhook.switch_off(why)
            return self._unanswered(why)

    def _unanswered(self, why: str) -> str | None:
        """Applies the `on_error` of a webhook that gave no answer."""
        webhook = self._webhook
        self._outcome.error = why
        logger.warning(f"{webhook.label}: {self._notification.label}: no answer, on_error is {webhook.on_error}: {why}")
        return f"{webhook.label} gave no answer: {why}" if webhook.on_error == "cancel" else None
