"""Passes things from other threads to the worker's loop.

Two threads share the interpreter, and waking one that finds it taken costs more than what
it is woken for: so while much comes it is taken in batches, while little does at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from .worker import Worker

T = TypeVar("T")

PAUSE = 0.005
"""Seconds between two batches: the longest that anything is held up. As long as the
interpreter lets a thread run while another one wants to."""


class Inbox(Generic[T]):
    """Passes things on in the worker's loop, in order, each one once."""

    def __init__(self, worker: Worker, take: Callable[[T], object]) -> None:
        self._worker = worker
        self._take = take
        self._waiting: deque[T] = deque()
        self._is_awake = False
        """Whoever puts something in need not wake the worker."""
        self._pause: asyncio.TimerHandle | None = None
        self._closed = False

    def put(self, things: Iterable[T]) -> None:
        """Hands things over, from any thread."""
        self._waiting.extend(things)
        if not self._is_awake:
            self._is_awake = True
            self._worker.call(self._empty)

    def close(self) -> None:
        """Takes what is left, and from now on everything immediately. Runs in the worker's
        loop."""
        self._closed = True
        self._empty()

    def _empty(self) -> None:
        if self._pause:
            self._pause.cancel()
            self._pause = None
        if self._closed or not self._waiting:
            # Before another look: what is put in after it wakes the worker again.
            self._is_awake = False
        if not self._waiting:
            return
        if not self._closed:
            # Before they are taken: should one of them fail, the others come next.
            self._is_awake = True
            self._pause = asyncio.get_running_loop().call_later(PAUSE, self._empty)
        while self._waiting:
            self._take(self._waiting.popleft())
