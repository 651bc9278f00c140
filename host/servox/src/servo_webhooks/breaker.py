"""The breaker of a webhook: after it has failed for a while its deliveries wait, until one
probe at a time finds it back.

Questions before events are never held: each is the best probe there is, and what it is
answered counts as a sign.

Closed, open and half-open, as in Nygard's "Release It!". What counts as a failure is an
event that was given up without an answer or with a 5xx, its retries used up: how long an
endpoint may be away is what the retries say. Any other answer is a sign of life and closes
it. Times are of one monotonic clock, in seconds.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from .times import display

FEWEST = 5
"""Failures in a row, whatever their time, below which nothing is held."""

LONGEST = 60.0
"""No hold is longer."""

EARLY = 1.0
"""Seconds between two probes that are let out before a hold ends, since their time does."""


class Limits(NamedTuple):
    """When a breaker opens, and for how long."""

    after: float = 10.0
    """A row of failures shorter than this opens nothing."""
    hold: float = 5.0
    """The first hold; each probe that fails doubles it, up to a minute. Zero: never."""


class Sign(Enum):
    """What an attempt says about its endpoint."""

    LIFE = auto()
    """An answer that is no 5xx."""
    FAILURE = auto()
    """None, or a 5xx."""
    NONE = auto()
    """Nothing: it did not come to an attempt."""


class Admission(NamedTuple):
    """Whether something may be sent."""

    free: bool
    probe: bool = False
    """It may, and decides. Whoever has it gives it back with `note` or `release`."""
    until: float | None = None
    """It may not, until then at the least; none while a probe is out."""


class Change(NamedTuple):
    """A change of a breaker's state."""

    state: str
    """`open`, `half_open` or `closed`."""
    text: str
    """For people."""


class Breaker:
    """One for each webhook."""

    def __init__(self) -> None:
        self._early = float("-inf")
        self._close()

    def _close(self) -> None:
        self._failures = 0
        self._since: float | None = None
        self._until: float | None = None
        self._hold = 0.0
        self._probing = False

    @property
    def is_closed(self) -> bool:
        """Deliveries are sent."""
        return self._until is None

    def admit(self, now: float, *, expiring: bool = False) -> Admission:
        """Asks to send. Whoever gets the probe must send at once; one that is `expiring` may
        get it before the hold ends."""
        if self._until is None:
            return Admission(free=True)
        if now < self._until:
            if not expiring or self._probing or now - self._early < EARLY:
                return Admission(free=False, until=self._until)
            self._early = now
        elif self._probing:
            return Admission(free=False)
        self._probing = True
        return Admission(free=True, probe=True)

    def release(self) -> None:
        """Gives back a probe that was not sent."""
        self._probing = False

    def note(self, limits: Limits, now: float, sign: Sign, *, probe: bool, last: bool) -> Change | None:
        """Records an attempt; `last` if no retry follows."""
        if probe:
            self._probing = False
        if sign is Sign.NONE:
            return None
        if sign is Sign.LIFE:
            was_open = self._until is not None
            self._close()
            return Change("closed", "breaker closed: sending resumed") if was_open else None
        if self._until is not None:
            # A failure that is no probe began before it opened, or is a question's; a probe
            # that was let out early changes nothing.
            return self._reopen(limits, now) if probe and now >= self._until else None
        if not last or not limits.hold:
            return None
        self._failures += 1
        self._since = now if self._since is None else self._since
        lasting = now - self._since
        if self._failures < FEWEST or lasting < limits.after:
            return None
        self._hold = limits.hold
        self._until = now + self._hold
        return Change(
            "open",
            f"breaker opened: {self._failures} events in a row failed within {display(lasting)}; "
            f"holding deliveries for {display(self._hold)}",
        )

    def _reopen(self, limits: Limits, now: float) -> Change:
        self._hold = min(2 * self._hold, max(LONGEST, limits.hold))
        self._until = now + self._hold
        return Change("open", f"breaker stays open: the probe failed; holding deliveries for {display(self._hold)}")


def explain(until: float | None, now: float) -> str:
    """Why something is held, for people."""
    how_long = f"for {display(until - now)} more" if until is not None else "until a probe is answered"
    return f"held {how_long}: the breaker is open after repeated failures"
