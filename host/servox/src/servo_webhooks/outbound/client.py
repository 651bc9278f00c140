"""The client: connections that are kept alive, by endpoint and way of speaking HTTP.

`httpcore` speaks HTTP; what it speaks over is connected here, to vetted addresses. A
connection that is taken from the pool was vetted when it was opened.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple

import httpcore

from .answer import Answer
from .connect import Connecting, Resolve, resolve
from .egress import Allow
from .errors import NoAnswer, exchange_in_words
from .proxy import Proxies
from .stream import Stream
from .target import Target

IDLE = 50.0
"""Seconds that a connection is kept unused. Servers commonly close theirs after 60 or 75 s;
to be first leaves no race."""

HEADERS, HEADER_BYTES = 100, 16 << 10
"""Of an answer, at most."""

_PROTOCOLS = {"auto": ["h2", "http/1.1"], "http1": ["http/1.1"], "http2": ["h2"]}

_Opening = Callable[[], Awaitable[Stream]]

_Failure = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


class _Key(NamedTuple):
    https: bool
    authority: str
    version: str


class _Connection:
    """A connection; over HTTP/2 several requests share it."""

    def __init__(
        self, stream: Stream, connection: httpcore.AsyncHTTP11Connection | httpcore.AsyncHTTP2Connection, shared: bool
    ) -> None:
        self.stream = stream
        self.speaks = connection
        self.shared = shared
        self.users = 0
        self.retired = False
        self.since = 0.0

    def is_good(self, now: float) -> bool:
        """Another request may use it."""
        if self.retired or self.speaks.is_closed():
            return False
        if self.users:
            return self.shared and self.speaks.is_available()
        # What an HTTP/2 server says unasked, such as a ping, is read with the next answer.
        open_still = not self.stream.transport.is_closing() if self.shared else self.stream.is_quiet
        return now - self.since < IDLE and open_still


class Client:
    """Sends requests, in one event loop. Shared by all webhooks."""

    def __init__(self, allow: Allow, proxies: Proxies, resolve: Resolve = resolve) -> None:
        self._connecting = Connecting(allow, resolve)
        self._proxies = proxies
        self._pools: dict[_Key, list[_Connection]] = {}
        self._opening: dict[_Key, asyncio.Lock] = {}
        self._unshared: set[_Key] = set()
        """Where the server chose HTTP/1.1."""

    async def send(self, target: Target, version: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        """Posts a body. Returns when status and headers of the answer are there; redirects
        are not followed. The caller sets the limit on time.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If no answer comes.
        """
        proxy = self._proxies.of(target)
        fields = [(b"Host", target.authority.encode()), (b"Content-Length", str(len(body)).encode())]
        fields += [(name.encode(), value.encode()) for name, value in headers]
        path = target.path
        scheme, host = (b"https" if target.https else b"http"), target.host.encode()
        if proxy and not target.https and version != "http2":
            # In clear a proxy is asked by absolute URL (RFC 9112, 3.2.2).
            address = (await self._connecting.vetted(target))[0]
            at = f"[{address}]" if address.version == 6 else str(address)
            path = f"http://{at}:{target.port}".encode() + path
            if proxy.authorization:
                fields.append((b"Proxy-Authorization", proxy.authorization.encode()))
            key = _Key(False, f"{target.authority} by the proxy {proxy}", "http1")
            open_one: _Opening = functools.partial(self._connecting.reach, proxy)
        else:
            key = _Key(target.https, target.authority, version)
            open_one = functools.partial(self._connecting.connect, target, proxy, _PROTOCOLS[version])
        url = httpcore.URL(scheme=scheme, host=host, port=target.port, target=path)
        return await self._exchange(key, open_one, httpcore.Request(b"POST", url, headers=fields, content=body))

    async def reach(self, target: Target, version: str) -> None:
        """Connects and sends nothing, to see whether it can be reached.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If there is no connection.
        """
        stream = await self._connecting.connect(target, self._proxies.of(target), _PROTOCOLS[version])
        await stream.aclose()

    async def close(self) -> None:
        """Closes all connections."""
        for pool in self._pools.values():
            for connection in pool:
                connection.retired = True
                await connection.stream.aclose()
        self._pools.clear()

    async def _exchange(self, key: _Key, open_one: _Opening, request: httpcore.Request) -> Answer:
        connection = await self._take(key, open_one, request.url.origin)
        try:
            response = await connection.speaks.handle_async_request(request)
            headers = response.headers
            size = sum(len(name) + len(value) for name, value in headers)
            if len(headers) > HEADERS or size > HEADER_BYTES:
                raise NoAnswer("answer headers over 16 KiB, or more than 100")
            return Answer(response, lambda good: self._put(key, connection, good))
        except BaseException as error:
            self._put(key, connection, False)
            if isinstance(error, _Failure):
                raise NoAnswer(exchange_in_words(error)) from None
            raise

    async def _take(self, key: _Key, open_one: _Opening, origin: httpcore.Origin) -> _Connection:
        if found := self._found(key):
            return found
        if key.version == "http1" or not (key.https or key.version == "http2"):
            self._unshared.add(key)
        # What will be shared is opened once.
        async with self._opening.setdefault(key, asyncio.Lock()):
            if found := self._found(key):
                return found
            if key not in self._unshared:
                return await self._open(key, open_one, origin)
        return await self._open(key, open_one, origin)

    def _found(self, key: _Key) -> _Connection | None:
        pool = self._pools.setdefault(key, [])
        now = time.monotonic()
        while pool:
            connection = pool[-1]
            if connection.is_good(now):
                connection.users += 1
                if not connection.shared:
                    pool.pop()
                return connection
            pool.pop()
            self._retire(connection)
        return None

    async def _open(self, key: _Key, open_one: _Opening, origin: httpcore.Origin) -> _Connection:
        stream = await open_one()
        ssl_object = stream.get_extra_info("ssl_object")
        negotiated = ssl_object.selected_alpn_protocol() if ssl_object else None
        if key.version == "http2" and ssl_object and negotiated != "h2":
            await stream.aclose()
            raise NoAnswer("TLS handshake failed: the server does not offer the HTTP version asked for")
        shared = negotiated == "h2" or key.version == "http2"
        if not shared:
            self._unshared.add(key)
        kind = httpcore.AsyncHTTP2Connection if shared else httpcore.AsyncHTTP11Connection
        connection = _Connection(stream, kind(origin, stream), shared)
        connection.users = 1
        if shared:
            self._pools.setdefault(key, []).append(connection)
        return connection

    def _put(self, key: _Key, connection: _Connection, good: bool) -> None:
        connection.users -= 1
        if not good or connection.retired:
            pool = self._pools.get(key, [])
            if connection in pool:
                pool.remove(connection)
            self._retire(connection)
            return
        connection.since = time.monotonic()
        if not connection.shared:
            self._pools.setdefault(key, []).append(connection)

    def _retire(self, connection: _Connection) -> None:
        """Nothing new is sent over it; it is closed when its last user is done."""
        connection.retired = True
        if connection.users == 0:
            connection.stream.transport.abort()
