"""The clock of the sandbox: while a call runs, the engine's epoch is moved on, and a call
that has seen too many epochs is stopped."""

from __future__ import annotations

import math
import threading
import time

from wasmtime import Engine

from ..forks import at_fork

TICK = 0.01
"""Seconds between two epochs."""

_REST = 100
"""Ticks without a call after which the thread sleeps until the next one."""


_FORK = 2.0
"""Seconds that a fork waits for calls to end: none may hold a lock of the engine's meanwhile."""


class Ticker:
    """Moves the epoch of an engine on, in a thread that sleeps when nothing is called."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._renew()
        self._start()
        at_fork(before=self._hold, after_in_parent=self._let_go, after_in_child=self._renew)

    def _renew(self) -> None:
        """Resets everything, without a thread: a forked process has none."""
        self._running = 0
        self._began = 0
        self._resting = True
        self._has_thread = False
        self._held = False
        self._lock = threading.Lock()
        self._wake = threading.Event()

    def _start(self) -> None:
        threading.Thread(target=self._tick, name="servo-webhooks ticker", daemon=True).start()
        self._has_thread = True

    def _hold(self) -> None:
        """Waits until no call is running, and lets none start."""
        end = time.monotonic() + _FORK
        while not self._held and time.monotonic() < end:
            self._held = self._lock.acquire(timeout=_FORK)
            if self._held and self._running:
                self._let_go()
                time.sleep(TICK / 10)

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            self._lock.release()

    @staticmethod
    def ticks(seconds: float) -> int:
        """Epochs that a call of so many seconds may see; the first may be a short one."""
        return math.ceil(seconds / TICK) + 1

    def __enter__(self) -> None:
        with self._lock:
            if not self._has_thread:
                self._start()
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
