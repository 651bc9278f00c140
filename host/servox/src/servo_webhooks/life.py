"""What becomes of a delivery next. Decided from the delivery, its breaker and the time alone: whoever
calls this sends, waits and reports.

Its time counts from when it could first have been sent: as long as its retries have, held or not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .attempt import AttemptResult
from .breaker import EXTRA, Admission, Probe, Waited
from .delivery import Delivery
from .webhook import SWITCHED_OFF, Webhook

_PATIENCE = 180.0
"""Seconds that a delivery without retries has."""

_RESERVE = 2.0
"""Seconds that the last part of a delivery's time has beyond the time of an attempt: when a probe
has failed in it as slowly as it may, another one finds the endpoint back in time."""

_PUT_BACK = 1.0
"""Seconds after which what the machine lacked something for is tried again."""


class Send(NamedTuple):
    """Make an attempt."""

    probe: Probe | None


class Wait(NamedTuple):
    """Look at it again then."""

    until: float


class Fail(NamedTuple):
    """Give it up."""

    why: str


def look(delivery: Delivery, now: float, admit: Callable[[Waited], Admission]) -> Send | Wait | Fail:
    """What becomes of a delivery whose turn it is; `admit` asks its breaker."""
    webhook = delivery.webhook
    if webhook.is_gone:
        return Fail(SWITCHED_OFF)
    if delivery.first is None:
        delivery.first = now
    patience = _patience(webhook)
    end = delivery.first + patience
    if now > end:
        return _ran_out(delivery)
    last_part = end - min(webhook.timeout + _RESERVE, patience / 2)
    waited = Waited.ENOUGH if now >= last_part else Waited.SOME if delivery.held else Waited.NOT
    admission = admit(waited)
    if admission.free:
        delivery.held = False
        delivery.attempts += 1
        return Send(admission.probe)
    if now >= end:
        return _ran_out(delivery)
    delivery.held = True
    until = now + webhook.timeout if admission.until is None else admission.until
    return Wait(min(until, min(now + EXTRA, end) if waited is Waited.ENOUGH else last_part))


def follow(delivery: Delivery, attempted: AttemptResult, now: float) -> Wait | Fail | None:
    """What becomes of a delivery after an attempt; none: it is delivered."""
    kind, why, wait = attempted.verdict
    if kind == "lacking":
        # The attempt does not count, but the time does.
        delivery.attempts -= 1
        delivery.error = why
        again = now + _PUT_BACK
        in_time = delivery.first is None or again <= delivery.first + _patience(delivery.webhook)
        return Wait(again) if in_time else Fail(f"{why}; no time left to retry")
    delivery.status = attempted.status
    if kind == "delivered":
        return None
    if kind == "gone":
        delivery.webhook.switch_off(why)
    if kind != "retry":
        return Fail(why)
    delivery.error = why
    return Wait(now + wait)


def _patience(webhook: Webhook) -> float:
    after = webhook.after
    return after.max_time if after.max_tries > 1 else _PATIENCE


def _ran_out(delivery: Delivery) -> Fail:
    why = f"its time ran out {'while the breaker was open' if delivery.held else 'in the queue'}"
    return Fail(f"{delivery.error}; {why}" if delivery.error else why)
