"""A thread with an event loop of its own, where requests are made.

servox makes a new loop for each step of a command and closes it; deliveries outlive that
here, and a connector that keeps the servo's loop busy does not hold them up.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import uvloop

T = TypeVar("T")


class Worker:
    """Runs coroutines for other threads, until it is stopped."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="servo-webhooks", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Calls a function there, soon; nothing happens once it is stopped."""
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            if self._thread.is_alive():
                raise

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs a coroutine there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine there and waits for it in the loop of the caller; it is cancelled
        with its caller."""
        return await asyncio.wrap_future(self.submit(work))

    def stop(self) -> None:
        """Ends the thread; what still runs there is dropped."""
        self.call(self._loop.stop)
        self._thread.join(timeout=1)
