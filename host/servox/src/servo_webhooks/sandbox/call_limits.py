"""What each of the connector's functions may use: all limits of the sandbox in one table.

They grow with the input, so that what is legal also works.
"""

from __future__ import annotations

from typing import NamedTuple

MIB = 1 << 20

SHORT = 64 << 10
"""Bytes of an input that takes less long than to pass the interpreter's lock to and fro."""

FUEL = 100_000_000
"""Instructions of a short call, which take a tenth of a second at the most. The dearest that
is legal, to sign 64 KiB by `v1a`, takes an eighth of them."""

UNLIMITED = 1 << 63
"""Instructions of a call whose time is limited."""

CEILING = 1 << 30
"""Bytes of memory that no call gets more of, whatever its input is."""


class CallLimits(NamedTuple):
    """The limits of one call."""

    function: str
    """Its name in the WIT."""
    time: float
    """Wall time, in seconds."""
    memory: int
    """Bytes of linear memory."""
    fuel: int = UNLIMITED
    """Instructions."""

    @property
    def locked(self) -> bool:
        """Whether the call keeps the interpreter's lock. No clock runs then, so it is limited
        by instructions."""
        return self.fuel < UNLIMITED


def _memory(least: int, times: int, size: int) -> int:
    # In whole MiB, so that most calls have the same limit and it need not be set anew.
    return min((least + -(-times * size // MIB)) * MIB, CEILING)


def for_configuration(size: int) -> CallLimits:
    """`parse-config`: once per configuration, of up to 10,000 webhooks and more. Their
    expressions are compiled in it, which takes most of the time, and the clock on the wall
    also counts what other processes do."""
    return CallLimits("parse-config", 5.0 + size / MIB, _memory(128, 4, size))


def for_selection(size: int) -> CallLimits:
    """`select`: once per configuration and event name."""
    return CallLimits("select", 0.5, _memory(16, 4, size))


def for_event(function: str, size: int) -> CallLimits:
    """`render` and `judge`, by the bytes of event or answer. They take
    microseconds; the rest is for a machine that is busy with other things, and for threads
    that wait for the interpreter."""
    fuel = FUEL if size <= SHORT else UNLIMITED
    return CallLimits(function, 0.5 + 0.01 * -(-size // MIB), _memory(16, 4, size), fuel)


def for_signing(keys: int, size: int) -> CallLimits:
    """`sign`, by the number of keys and the bytes of the body: each key reads all of it."""
    limits = for_event("sign", keys * size)
    return limits if limits.fuel == UNLIMITED else limits._replace(fuel=max(keys, 1) * FUEL)


def for_expressions(size: int) -> CallLimits:
    """`render` of a shape with expressions: an event's values take more than its text,
    and the expression is compiled in the first call."""
    return CallLimits("render", 0.75 + 0.1 * -(-size // MIB), _memory(64, 32, size))


def for_people(function: str) -> CallLimits:
    """`schema` and `sample`: at a person's request."""
    return CallLimits(function, 0.5, 64 * MIB)
