"""Times: those that events carry, and those that people read."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime

LONGEST = 24 * 3600 * 10**9
"""Nanoseconds: no attempt and no wait is longer, whatever a component says."""


def now() -> str:
    """Now, in RFC 3339, to the microsecond, with the offset of UTC."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def unix_nanoseconds() -> int:
    """Nanoseconds since 1970, as the connector counts time; 0 if the clock is set before that."""
    return max(0, time.time_ns())


def nanoseconds(seconds: float) -> int:
    """Seconds in nanoseconds, as the connector counts time."""
    return max(0, int(seconds * 1e9))


def display(seconds: float) -> str:
    """A duration for people, as all hosts write it: `250ms`, `1.5s`, `2m5s`. From ten seconds
    on to the second."""
    milliseconds = round(seconds * 1000)
    if milliseconds == 0:
        return f"{seconds * 1e6:.0f}us" if seconds else "0s"
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:g}s"
    return compact(milliseconds // 1000)


def compact(seconds: float) -> str:
    """A duration as in a configuration: `6h`, `1m30s`, `250ms`."""
    rest = round(seconds * 1e9)
    text = ""
    for unit, size in _UNITS.items():
        whole, rest = divmod(rest, size)
        text += f"{whole}{unit}" if whole else ""
    return text or "0s"


_UNITS = {
    "d": 86_400 * 10**9,
    "h": 3600 * 10**9,
    "m": 60 * 10**9,
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "ns": 1,
}


def uuid7() -> str:
    """A UUID that begins with the time (RFC 9562, section 5.7)."""
    milliseconds = unix_nanoseconds() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | random.getrandbits(12) << 64 | 0b10 << 62 | random.getrandbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
