"""The client: sends requests, and sends them again where that cannot do harm.

What it sends again is the same attempt: where the responder provably did nothing with the
request, or where a connection that was kept turned out to have been closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from .answer import Answer
from .connect import Connecting, Resolve, resolve
from .egress import Allow
from .errors import NoAnswer
from .exchange import Ended, Message, Request, Unprocessed
from .pool import Connection, Key, Pool
from .proxy import Proxies, Proxy
from .scarcity import FIRST_PAUSE, LONGEST_PAUSE, Lacking, lacking
from .stream import Stream
from .target import Target

_AT_ONCE = 3
"""Times that a request is sent again without a pause."""

_FIRST, _LONGEST = 0.01, 0.25
"""Seconds of the pauses that follow: a hostile peer shall cost nothing."""

_PROTOCOLS = {"auto": ("h2", "http/1.1"), "http1": ("http/1.1",), "http2": ("h2",)}

T = TypeVar("T")


class Client:
    """Sends requests, in one event loop. Shared by all webhooks."""

    def __init__(self, allow: Allow, proxies: Proxies, resolve: Resolve = resolve, pool: Pool | None = None) -> None:
        self._connecting = Connecting(allow, resolve)
        self._proxies = proxies
        self._pool = pool or Pool()

    async def send(self, request: Request) -> Answer:
        """Posts a body. Returns when status and headers of the answer are there; redirects
        are not followed. The caller sets the limit on time; what the machine lacks is waited
        for, and `request.lacking` says what.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If no answer comes.
        """
        target = request.target
        proxy = self._proxies.of(target)
        by_name = proxy is not None and not target.https and request.version != "http2"
        message = _message(request, proxy if by_name else None)
        if proxy and by_name:
            # In clear a proxy is asked by absolute URL (RFC 9112, 3.2.2).
            await self._patiently(request, partial(self._connecting.vet_for_proxy, target))
            key = Key(False, f"{target.authority} by the proxy {proxy}", "http1")
            open_one: Callable[[], Awaitable[Stream]] = partial(self._connecting.reach, proxy)
        else:
            key = Key(target.https, target.authority, request.version)
            open_one = partial(self._connecting.connect, target, proxy, _PROTOCOLS[request.version])
        again, renewed = 0, False
        while True:
            connection = await self._patiently(request, partial(self._pool.take, key, open_one, request, new=renewed))
            try:
                return await self._exchange(connection, message)
            except Unprocessed:
                again += 1
                if again > _AT_ONCE:
                    await asyncio.sleep(min(_FIRST * 2 ** min(again - _AT_ONCE - 1, 10), _LONGEST))
            except Ended:
                if renewed:
                    raise
                renewed = True

    async def reach(self, target: Target, version: str) -> None:
        """Connects and sends nothing, to see whether it can be reached.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If there is no connection.
        """
        try:
            stream = await self._connecting.connect(target, self._proxies.of(target), _PROTOCOLS[version])
        except Lacking as error:
            raise NoAnswer(str(error)) from None
        stream.abort()

    async def close(self) -> None:
        """Closes all connections."""
        self._pool.close()

    async def _exchange(self, connection: Connection, message: Message) -> Answer:
        try:
            head, exchange = await connection.speaks.send(message)
        except BaseException as error:
            refused = isinstance(error, Unprocessed) and connection.shared
            self._pool.put(connection, good=refused and connection.speaks.is_open)
            raise
        return Answer(head, exchange, lambda good: self._pool.put(connection, good=good))

    async def _patiently(self, request: Request, get: Callable[[], Awaitable[T]]) -> T:
        """Waits for what the machine lacks."""
        pause = FIRST_PAUSE
        while True:
            try:
                found = await get()
            except (Lacking, MemoryError, OSError) as error:
                lack = lacking(error)
                if lack is None:
                    raise
                request.lacking = str(lack)
                if self._pool.make_room(urgent=request.urgent):
                    await asyncio.sleep(0)
                    continue
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                request.lacking = None
                return found


def _message(request: Request, proxy: Proxy | None) -> Message:
    target, body = request.target, request.body
    headers = [(b"Content-Length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in request.headers]
    authority = target.authority.encode()
    path = target.path
    if proxy:
        path = b"http://" + authority + path
        if proxy.authorization:
            headers.append((b"Proxy-Authorization", proxy.authorization.encode()))
    return Message(b"POST", b"https" if target.https else b"http", authority, path, headers, body)
