"""Calls of the connector, repeated while the machine lacks memory for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from .awake_clock import clock
from .sandbox import Starved

_FIRST, _LONGEST = 0.005, 0.1
"""Seconds between two tries."""

T = TypeVar("T")


async def patiently(call: Callable[[], T], until: float) -> T:
    """Makes a call, and repeats it until a time by the clock of the loop.

    Raises:
        Starved: If there is no memory until then.
    """
    pause = _FIRST
    while True:
        try:
            return call()
        except Starved:
            if clock().now() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST)
