"""Plays the cases of `tests/vectors/lifecycle.json`: the loops of this host, in virtual time, with attempts that end
as a case says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from servo_webhooks import before, delivery_queue, notification
from servo_webhooks.attempt import AttemptContext, AttemptInfo, AttemptResult, Unread, Verdict
from servo_webhooks.awake_clock import clock
from servo_webhooks.before import Recipient
from servo_webhooks.breaker import Health, Limits
from servo_webhooks.configuration import Configuration
from servo_webhooks.delivery import Delivery, QueuedBody
from servo_webhooks.delivery_queue import DeliveryQueue
from servo_webhooks.outcome import DeliveryOutcome, EventOutcome, WebhookOutcome
from servo_webhooks.rendered_request import RenderedRequest
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhook import Webhook

from .virtual import VirtualLoop

HEALTH = {"up": Health.UP, "down": Health.DOWN, "none": Health.NONE}

KINDS = {
    "time ran out": "time_over",
    "in the event's budget": "budget_over",
    "switched off": "switched_off",
    "memory": "lacking",
    "no luck": "attempt",
}
"""What a message has to contain, and the kind of the error that it then is."""

NOTHING = RenderedRequest([], b"", ("text", ""))


def milliseconds(seconds: float) -> int:
    """What a case counts in."""
    return round(seconds * 1000)


def kind_of(error: str | None) -> str | None:
    """Which error of a case a message is."""
    if error is None:
        return None
    return next((kind for text, kind in KINDS.items() if text in error), error)


class _Scripted(AttemptContext):
    """Makes no attempt, but waits for what the case says of it."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(cast(Any, None), cast(Any, None), frozenset(), 0, limits)
        self.actions: list[dict[str, Any]] = []
        self.under_way: dict[tuple[str, str], asyncio.Future[AttemptResult]] = {}
        self.names: dict[str, str] = {}
        """Of deliveries, by their ids."""

    async def attempt(self, webhook: Webhook, rendered: RenderedRequest, info: AttemptInfo) -> AttemptResult:
        """Notes that it began."""
        of = {"question": info.about, "webhook": webhook.name} if info.before else {"delivery": self.name(info)}
        limit = milliseconds(info.deadline - clock().now())
        self.actions.append({"action": "send", **of, "attempt": info.number, "limit": limit})
        result = self.under_way[next(iter(of.values())) or "", webhook.name or ""] = asyncio.Future()
        try:
            return await result
        except asyncio.CancelledError:
            if info.before:
                self.actions.append({"action": "abort", **of})
            raise

    async def publication(self, webhook: Webhook, unread: Unread) -> None:
        """Reads an answer until the case says so."""
        await cast(Any, unread)

    def name(self, info: AttemptInfo) -> str:
        """What the case calls its delivery."""
        return self.names[info.delivery]


class Life:
    """One case."""

    def __init__(self, connector: Connector, case: dict[str, Any], loop: VirtualLoop) -> None:
        settings = case["settings"]
        self._case = case
        self._loop = loop
        limits = Limits(settings["breaker_after"] / 1000, settings["breaker_hold"] / 1000)
        self._context = _Scripted(limits)
        self._queue = DeliveryQueue(self._context, cast(Any, None), max_in_flight=100)
        self._webhooks = _webhooks(connector, settings)
        self._waits: dict[str, tuple[int, bool]] = {}
        self._read: dict[str, Any] = {}
        self._faults: list[str] = []
        loop.set_exception_handler(lambda _, told: self._faults.append(str(told)))

    def wrong(self) -> Iterator[str]:
        """Plays it; what is not as it should be."""
        reached = 0
        for step in self._case["steps"]:
            self._context.actions.clear()
            if step["at"] - 1 > reached:
                # Until just before the step nothing happens.
                self._loop.advance((step["at"] - 1) / 1000)
                yield from self._compare(step["at"] - 1, [])
            reached = step["at"]
            self._loop.advance(reached / 1000)
            self._loop.call_soon(getattr(self, step["happening"]), step)
            self._loop.turn()
            yield from self._compare(reached, step["expect"])

    def _compare(self, at: int, expected: list[dict[str, Any]]) -> Iterator[str]:
        yield from self._faults
        self._faults.clear()
        for action in expected:
            if "delivery" in action:
                self._waits.pop(action["delivery"], None)
            if action["action"] in ("hold", "wait") and "delivery" in action:
                self._waits[action["delivery"]] = action["until"], action["action"] == "hold"
        plain = [action for action in expected if action["action"] not in ("hold", "wait")]
        if sorted(map(repr, plain)) != sorted(map(repr, self._context.actions)):
            yield f"at {at}: {self._context.actions}, not {plain}"
        waits = {
            self._context.names[entry[-1].id]: (milliseconds(entry[0]), entry[-1].held)
            for entry in self._queue._waiting
        }
        if waits != self._waits:
            yield f"at {at}, what waits is {waits}, not {self._waits}"
        self._context.actions.clear()

    def time(self, step: dict[str, Any]) -> None:
        """Nothing but that."""

    def accepted(self, step: dict[str, Any]) -> None:
        """A delivery is queued."""
        told = notification.event("after:measure", "{}", "[]")
        delivery = Delivery(self._webhooks[0], QueuedBody(told, NOTHING), self._settled)
        self._context.names[delivery.id] = step["delivery"]
        self._queue.push(delivery)

    def _settled(self, delivery: Delivery, outcome: DeliveryOutcome) -> None:
        words = {"outcome": outcome.outcome, "attempts": outcome.attempts, "status": outcome.status}
        name = self._context.names[delivery.id]
        action = {"action": "settle", "delivery": name, **words, "error": kind_of(outcome.error)}
        self._context.actions.append(action)

    def asked(self, step: dict[str, Any]) -> None:
        """All webhooks are asked."""
        told = notification.Notification(*notification.event("before:adjust", "{}", None, step["question"]))
        asking = _Named(*told)
        recipients = [Recipient(webhook, NOTHING) for webhook in self._webhooks]
        seconds = self._case["settings"]["budget"] / 1000
        work = before.ask(self._context, asking, recipients, seconds, lambda *_: None)
        self._loop.create_task(work).add_done_callback(lambda task: self._decided(task.result()))

    def _decided(self, outcome: EventOutcome) -> None:
        deciding = [one for one in outcome.webhooks if outcome.reason is not None and _cancelled(one, outcome.reason)]
        self._context.actions.append(
            {
                "action": "decide",
                "question": outcome.id,
                "outcome": outcome.outcome,
                "by": deciding[0].name if deciding else None,
                "webhooks": [
                    {
                        "webhook": one.name,
                        "outcome": one.outcome,
                        "attempts": one.attempts,
                        "status": one.status,
                        "error": kind_of(one.error),
                    }
                    for one in outcome.webhooks
                ],
            }
        )

    def result(self, step: dict[str, Any]) -> None:
        """An attempt has ended."""
        webhook = step.get("webhook") or self._webhooks[0].name
        why = "no memory" if step["verdict"] == "lacking" else f"no luck at {webhook}"
        verdict = Verdict(step["verdict"], why, step.get("wait", 0) / 1000)
        result = self._context.under_way.pop((step.get("question") or step["delivery"], webhook or ""))
        unread = self._read[step.get("delivery", "")] = asyncio.Future() if step.get("reading") else None
        result.set_result(AttemptResult(verdict, step["status"], HEALTH[step["health"]], cast(Any, unread)))

    def read(self, step: dict[str, Any]) -> None:
        """The body of an answer was read."""
        self._read[step["delivery"]].set_result(None)

    def others(self, step: dict[str, Any]) -> None:
        """The breaker is told of others."""
        webhook = next(one for one in self._webhooks if step.get("webhook", one.name) == one.name)
        for _ in range(step["count"]):
            result = AttemptResult(Verdict("failed"), health=HEALTH[step["health"]])
            self._context.note(webhook, result, probe=None, last=True)

    def shutdown(self, step: dict[str, Any]) -> None:
        """The time to shut down is over."""
        self._loop.create_task(self._queue.close())


class _Named(notification.Notification):
    """An event that the log calls by its id, as a case calls a question."""

    __slots__ = ()

    @property
    def label(self) -> str:
        """Its id."""
        return self.id


def _cancelled(one: WebhookOutcome, reason: str) -> bool:
    """Whether a webhook gave the reason; those of a case are called by one letter."""
    return one.outcome in ("cancelled", "no_answer", "switched_off") and (
        reason == f"no luck at {one.name}" or reason.startswith(f"{one.name} gave no answer")
    )


def _webhooks(connector: Connector, settings: dict[str, Any]) -> list[Webhook]:
    base = {"events": "*:*", "url": "https://localhost/", "secret": "s"}
    own = settings.get("webhooks") or [{"webhook": "w", "timeout": settings["timeout"], "on_error": "proceed"}]
    backoff = {"max_tries": settings.get("max_tries", 12), "max_time": f"{settings.get('max_time', 180_000)}ms"}
    told = [
        {**base, "name": one["webhook"], "timeout": f"{one['timeout']}ms", "on_error": one["on_error"]}
        | {"backoff": backoff}
        for one in own
    ]
    found = Configuration(connector, told).webhooks
    for webhook, one in zip(found, own, strict=True):
        webhook.is_gone = one.get("switched_off", False)
    return list(found)


@contextmanager
def virtual(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualLoop]:
    """A loop in virtual time, which all clocks follow."""
    loop = VirtualLoop()
    with monkeypatch.context() as patch:
        patch.setattr(time, "monotonic", loop.time)
        # Virtual timers do not fire early.
        patch.setattr(delivery_queue, "_EARLY", 0.0, raising=False)
        try:
            yield loop
        finally:
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.turn()
            loop.close()
