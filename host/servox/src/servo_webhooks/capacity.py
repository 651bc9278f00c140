"""Limits on what is waiting: deliveries that are not settled, and the bytes of their bodies.

Every endpoint has an equal part of it, so that one which hangs leaves the others their part.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class QueueFull(Exception):
    """There is no capacity: says how many are waiting, and where."""


class _Load:
    __slots__ = ("bytes", "deliveries")

    def __init__(self) -> None:
        self.deliveries = 0
        self.bytes = 0


class Capacity:
    """The bounds, and what is taken of them. Used from the servo's thread, where things are
    accepted, and from the worker's, where they are settled."""

    def __init__(self, most: int, most_bytes: int, endpoints: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        # The part of an endpoint fits one delivery at the least.
        self._part = max(1, most // max(1, endpoints))
        self._part_bytes = max(1, most_bytes // max(1, endpoints))
        self._all = _Load()
        self._parts: dict[str, _Load] = {}
        self._lock = threading.Lock()
        self.on_empty: Callable[[], None] = lambda: None

    @property
    def waiting(self) -> int:
        """The number of deliveries that are not settled."""
        return self._all.deliveries

    def reserve(self, endpoint: str, size: int, *, shared: bool) -> None:
        """Reserves a permit for one delivery with a body of so many bytes; `shared` if another
        delivery of the same event has taken the bytes in all already. A body alone always
        fits, or it would wait for ever.

        Raises:
            QueueFull: If there is no capacity.
        """
        with self._lock:
            everything, part = self._all, self._parts.get(endpoint) or _Load()
            too_many = everything.deliveries >= self._most
            if too_many or (everything.bytes and not shared and everything.bytes + size > self._most_bytes):
                raise QueueFull(f"the queue is full: {everything.deliveries} deliveries are waiting")
            if part.deliveries >= self._part or (part.bytes and part.bytes + size > self._part_bytes):
                raise QueueFull(f"the queue for {endpoint} is full: {part.deliveries} deliveries are waiting")
            part.deliveries += 1
            part.bytes += size
            self._parts[endpoint] = part
            everything.deliveries += 1
            everything.bytes += 0 if shared else size

    def leave(self, endpoint: str, size: int, *, last: bool) -> None:
        """Gives the permit of one delivery back, and its bytes in all if it was the last that
        shared them."""
        with self._lock:
            part = self._parts[endpoint]
            part.deliveries -= 1
            part.bytes -= size
            if not part.deliveries:
                del self._parts[endpoint]
            self._all.deliveries -= 1
            self._all.bytes -= size if last else 0
            empty = not self._all.deliveries
        if empty:
            self.on_empty()
