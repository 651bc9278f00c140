"""An event loop whose time passes when it is told to."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any

_ENOUGH = 40
"""Turns of the loop after which nothing is left to do at a moment."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Seconds from 0."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._times: list[float] = []

    def time(self) -> float:
        """Instead of the monotonic clock."""
        return self.seconds

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, **options: Any
    ) -> asyncio.TimerHandle:
        """Takes note of when there is something to do."""
        self._times.append(when)
        return super().call_at(when, callback, *args, **options)

    def advance(self, to: float) -> None:
        """Lets time pass, from one timer to the next."""
        self.turn()
        while (then := min(self._times, default=math.inf)) <= to:
            self._times.remove(then)
            self.seconds = max(self.seconds, then)
            self.turn()
        self.seconds = max(self.seconds, to)
        self.turn()

    def turn(self) -> None:
        """Does what there is to do at this moment."""
        for _ in range(_ENOUGH):
            self.call_soon(self.stop)
            self.run_forever()
