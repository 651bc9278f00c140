"""The clock of the sandbox: while a call runs, the engine's epoch is moved on, and a call
that has seen too many epochs is stopped."""

from __future__ import annotations

import math
import threading
import time

from wasmtime import Engine

TICK = 0.01
"""Seconds between two epochs."""

_REST = 100
"""Ticks without a call after which the thread sleeps until the next one."""


class Ticker:
    """Moves the epoch of an engine on, in a thread that sleeps when nothing is called."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._running = 0
        self._began = 0
        self._resting = True
        self._lock = threading.Lock()
        self._wake = threading.Event()
        threading.Thread(target=self._tick, name="servo-webhooks ticker", daemon=True).start()

    @staticmethod
    def ticks(seconds: float) -> int:
        """Epochs that a call of so many seconds may see; the first may be a short one."""
        return math.ceil(seconds / TICK) + 1

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            self._began += 1
            wake, self._resting = self._resting, False
        if wake:
            self._wake.set()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1

    def _tick(self) -> None:
        seen, still = 0, 0
        while True:
            time.sleep(TICK)
            self._engine.increment_epoch()
            with self._lock:
                still = still + 1 if self._running == 0 and self._began == seen else 0
                seen = self._began
                rest = self._resting = still >= _REST
                if rest:
                    self._wake.clear()
            if rest:
                self._wake.wait()
                still = 0
