"""A thread with its own event loop, where requests are made.

servox makes a new loop for each step of a command and closes it; deliveries outlive that
here, and a connector that keeps the servo's loop busy does not hold them up.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")

_LAST = 1.0
"""Seconds that what is ended has to end."""


class Stopped(Exception):
    """The worker is stopping or has stopped: the work was not done."""


class Worker:
    """Runs coroutines for other threads, until it is stopped."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._lock = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="servo-webhooks", daemon=True)
        self._thread.start()

    @property
    def is_here(self) -> bool:
        """Whether this is its thread."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            # Whoever waits for what is not done is told.
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.wait(tasks, timeout=_LAST))
        finally:
            self._loop.close()

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function there, soon; nothing happens once it is stopped."""
        with self._lock:
            if not self._stopped:
                self._loop.call_soon_threadsafe(function, *arguments)

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs a coroutine there; its future is cancelled if the worker is stopped.

        Raises:
            Stopped: If it is.
        """
        with self._lock:
            if not self._stopped:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        raise Stopped

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine there and waits for it in the loop of the caller; it is cancelled
        with its caller.

        Raises:
            Stopped: If the worker is stopped before that is done.
        """
        future = self.submit(work)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._stopped and future.cancelled() and not (task and task.cancelling()):
                raise Stopped from None
            raise

    def stop(self) -> None:
        """Ends the thread; what is still running there is cancelled."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._loop.stop)
        if not self.is_here:
            self._thread.join(timeout=2 * _LAST)
