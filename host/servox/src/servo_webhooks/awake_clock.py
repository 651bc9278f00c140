"""Limits on time in which the process ran.

A process that was stopped, starved by a quota or moved to another machine has not waited:
what came meanwhile lies in its sockets, and whoever sent it was in time. So a clock of its
own goes on in slices, and what a slice ends late by is not counted.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from weakref import WeakKeyDictionary

SLICE = 0.05
"""Seconds between two looks at the clock while a limit is set."""

LATE = 0.02
"""Seconds that a look may come late before the process counts as not having run."""


class Clock:
    """Measures the time in which the process ran."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._stood = 0.0
        self._due = 0.0
        self._limits = 0
        self._handle: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Seconds. While no limit is set, it runs like the monotonic clock."""
        now = time.monotonic()
        if self._limits and now - self._due > LATE:
            self._stood += now - self._due
            self._due = now
        return now - self._stood

    def hold(self) -> None:
        """Starts measuring."""
        self._limits += 1
        if self._limits == 1:
            self._tick()

    def release(self) -> None:
        """Stops measuring."""
        self._limits -= 1
        if not self._limits and self._handle:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        if self._handle:
            self.now()
        self._due = time.monotonic() + SLICE
        self._handle = self._loop.call_later(SLICE, self._tick)


_clocks: WeakKeyDictionary[asyncio.AbstractEventLoop, Clock] = WeakKeyDictionary()


def clock() -> Clock:
    """The clock of the running loop."""
    loop = asyncio.get_running_loop()
    found = _clocks.get(loop)
    if found is None:
        found = _clocks[loop] = Clock(loop)
    return found


class limit:  # noqa: N801
    """Like `asyncio.timeout_at`, by the clock of the running loop. None: no limit.

    What arrived while the process stood still is read before it ends.
    """

    def __init__(self, deadline: float | None) -> None:
        self._deadline = deadline
        self._timeout = asyncio.timeout(None)
        self._handle: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        if self._deadline is not None:
            self._loop = asyncio.get_running_loop()
            self._clock = clock()
            self._clock.hold()
            self._wait(self._deadline - self._clock.now())

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle:
            self._handle.cancel()
            self._clock.release()
        await self._timeout.__aexit__(kind, error, trace)

    def _wait(self, seconds: float) -> None:
        seconds = max(0.0, seconds)
        self._planned = time.monotonic() + seconds
        self._handle = self._loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        assert self._deadline is not None
        left = self._deadline - self._clock.now()
        if time.monotonic() - self._planned > LATE:
            # It stood still: sockets are looked at first.
            left = max(left, LATE)
        if left > 0:
            self._wait(left)
        else:
            self._timeout.reschedule(self._loop.time() - 1)
