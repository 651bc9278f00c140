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

EXTRA = 1.0
"""Seconds between two extra probes: those of deliveries that cannot wait for the end of a hold."""


class Limits(NamedTuple):
    """When a breaker opens, and for how long."""

    after: float = 10.0
    """A row of failures shorter than this opens nothing."""
    hold: float = 5.0
    """The first hold; each probe that fails doubles it, up to a minute. Zero: never."""


class Health(Enum):
    """What an attempt says about its endpoint."""

    UP = auto()
    """An answer that is no 5xx."""
    DOWN = auto()
    """None, or a 5xx."""
    NONE = auto()
    """Nothing: it did not come to an attempt."""


class Waited(Enum):
    """How long a delivery has waited for its breaker."""

    NOT = auto()
    """Not since its last attempt."""
    SOME = auto()
    ENOUGH = auto()
    """So long that its time is about to end."""


class Probe:
    """The right to send while everything else is held. Whoever has it gives it back with
    `note` or `release`."""

    __slots__ = ("is_extra",)

    def __init__(self, is_extra: bool) -> None:
        self.is_extra = is_extra
        """It goes out within the hold, and changes nothing if it fails."""


class Admission(NamedTuple):
    """Whether something may be sent."""

    free: bool
    probe: Probe | None = None
    """It may, and decides."""
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
        self._extra = float("-inf")
        """When the last extra probe began."""
        self._close()

    def _close(self) -> None:
        self._failures = 0
        self._since: float | None = None
        self._until: float | None = None
        self._hold = 0.0
        self._probe: Probe | None = None

    @property
    def is_closed(self) -> bool:
        """Deliveries are sent."""
        return self._until is None

    def admit(self, now: float, waited: Waited) -> Admission:
        """Asks to send. Whoever gets a probe must send at once. What has not waited lets those
        go first that have."""
        if self._until is None:
            return Admission(free=True)
        if self._probe:
            return Admission(free=False)
        is_extra = now < self._until
        if is_extra:
            if waited is not Waited.ENOUGH or now - self._extra < EXTRA:
                return Admission(free=False, until=self._until)
            self._extra = now
        elif waited is Waited.NOT:
            return Admission(free=False, until=now)
        self._probe = Probe(is_extra)
        return Admission(free=True, probe=self._probe)

    def release(self, probe: Probe | None) -> bool:
        """Gives a probe back, if it is the one that is out; whether it is."""
        if probe is None or probe is not self._probe:
            return False
        self._probe = None
        return True

    def note(self, limits: Limits, now: float, health: Health, *, probe: Probe | None, last: bool) -> Change | None:
        """Records an attempt; `last` if no retry follows."""
        decides = self.release(probe) and probe is not None and not probe.is_extra
        if health is Health.NONE:
            return None
        if health is Health.UP:
            was_open = self._until is not None
            self._close()
            return Change("closed", "breaker closed: sending resumed") if was_open else None
        if self._until is not None:
            # Any other failure began before it opened, is a question's, or went out within the hold.
            return self._reopen(limits, now) if decides else None
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
