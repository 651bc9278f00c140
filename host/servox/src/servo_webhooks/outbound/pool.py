"""Connections that are kept alive, by endpoint and way of speaking HTTP.

A connection that is taken from here was vetted when it was opened. There is a bound on those
that deliveries have, so that descriptors are left for questions before events.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from .errors import NO_HTTP2, NoAnswer
from .exchange import Request
from .http1 import Http1
from .http2 import Http2
from .scarcity import Lacking, Reserve
from .stream import Stream

IDLE = 50.0
"""Seconds that a connection is kept unused. Servers commonly close theirs after 60 or 75 s;
to be first leaves no race."""

_FEWEST = 16
"""Connections that deliveries may have, however low the limit on descriptors is."""

_KEPT = "this machine lacks descriptors: the rest is reserved for questions before events"

Opening = Callable[[], Awaitable[Stream]]


class Key(NamedTuple):
    """What may share a connection."""

    https: bool
    authority: str
    version: str


class Connection:
    """A connection; over HTTP/2 several requests share it."""

    def __init__(self, key: Key, stream: Stream, speaks: Http1 | Http2) -> None:
        self.key = key
        self.stream = stream
        self.speaks = speaks
        self.shared = isinstance(speaks, Http2)
        self.users = 0
        self.retired = False
        self.since = 0.0

    def is_good(self, now: float) -> bool:
        """Another request may use it."""
        if self.retired or not self.speaks.is_open:
            return False
        kept_for = self.speaks.kept_for
        return self.shared if self.users else now - self.since < (IDLE if kept_for is None else min(kept_for, IDLE))


class Pool:
    """All connections of a client."""

    def __init__(self, most: int | None = None) -> None:
        """Takes how many connections deliveries may have together; left out: half of the
        descriptors that the process may have."""
        if most is None:
            soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            most = 1 << 20 if soft == resource.RLIM_INFINITY else soft // 2
        self._most = max(_FEWEST, most)
        self._kept: dict[Key, list[Connection]] = {}
        self._open: set[Connection] = set()
        self._opening: dict[Key, asyncio.Lock] = {}
        self._underway = 0
        self._unshared: set[Key] = set()
        """Where the server chose HTTP/1.1."""
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._reserve = Reserve()
        self._lent = False

    async def take(self, key: Key, open_one: Opening, request: Request, *, new: bool) -> Connection:
        """A connection for one request, which is given back by `put`.

        Args:
            key: What may share it.
            open_one: Opens one.
            request: What for: an urgent one may take what is held in reserve.
            new: None that was used before.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If there is no connection.
            Lacking: If the machine lacks what one takes.
        """
        if not new and (found := self._found(key)):
            return found
        if key.version == "http1" or not (key.https or key.version == "http2"):
            self._unshared.add(key)
        if new or key in self._unshared:
            return await self._add(key, open_one, request)
        # What will be shared is opened once.
        async with self._opening.setdefault(key, asyncio.Lock()):
            if found := self._found(key):
                return found
            if key not in self._unshared:
                return await self._add(key, open_one, request)
        return await self._add(key, open_one, request)

    def put(self, connection: Connection, *, good: bool) -> None:
        """Gives a connection back; `good` if another request may use it."""
        connection.users -= 1
        if not good or connection.retired or not (connection.users or connection.speaks.is_open):
            self._retire(connection)
            return
        connection.since = time.monotonic()
        if not connection.shared:
            self._kept.setdefault(connection.key, []).append(connection)
        self._wake()

    def make_room(self, *, urgent: bool) -> bool:
        """Closes what is kept unused; for a question it lets go of the reserve, too. Whether
        there is a point in trying again at once."""
        closed = self._close_idle()
        if urgent and self._reserve.let_go():
            self._lent = True
            return True
        return closed

    def close(self) -> None:
        """Closes all connections."""
        self._reserve.close()
        for connection in list(self._open):
            self._close(connection)

    def _found(self, key: Key) -> Connection | None:
        kept = self._kept.get(key, [])
        now = time.monotonic()
        for connection in reversed(list(kept)):
            if connection.is_good(now):
                connection.users += 1
                if not connection.shared:
                    kept.remove(connection)
                return connection
            if not connection.users:
                self._retire(connection)
        return None

    async def _add(self, key: Key, open_one: Opening, request: Request) -> Connection:
        if not request.urgent:
            # What was lent is taken back first.
            if self._lent and not self._reserve.fill():
                raise Lacking(_KEPT)
            self._lent = False
            await self._turn(request)
        self._underway += 1
        try:
            stream = await open_one()
        finally:
            self._underway -= 1
            self._wake()
        if key.version == "http2" and stream.is_secure and stream.protocol != "h2":
            stream.abort()
            raise NoAnswer(f"TLS handshake failed: {NO_HTTP2}")
        shared = stream.protocol == "h2" or key.version == "http2"
        if not shared:
            self._unshared.add(key)
        connection = Connection(key, stream, Http2(stream) if shared else Http1(stream))
        connection.users = 1
        self._open.add(connection)
        if shared:
            self._kept.setdefault(key, []).append(connection)
        return connection

    async def _turn(self, request: Request) -> None:
        """Waits until deliveries may have one more."""
        while len(self._open) + self._underway >= self._most and not self._close_idle():
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            request.lacking = _KEPT
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._wake()
                raise
            request.lacking = None

    def _wake(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _close_idle(self) -> bool:
        idle = [connection for connection in self._open if not connection.users]
        for connection in idle:
            self._close(connection)
        return bool(idle)

    def _retire(self, connection: Connection) -> None:
        """Nothing new is sent over it; it is closed when its last user is done."""
        connection.retired = True
        kept = self._kept.get(connection.key, [])
        if connection in kept:
            kept.remove(connection)
        if not connection.users:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        connection.retired = True
        kept = self._kept.get(connection.key, [])
        if connection in kept:
            kept.remove(connection)
        if not kept:
            self._kept.pop(connection.key, None)
        self._open.discard(connection)
        connection.stream.abort()
        self._wake()
