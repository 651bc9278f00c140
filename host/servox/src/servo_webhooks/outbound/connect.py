"""Connections: to vetted addresses alone, straight or through a proxy."""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import httpcore

from .address import Address
from .egress import Allow
from .errors import NoAnswer, tcp_in_words, tls_in_words
from .proxy import Proxy
from .stream import Stream
from .target import Target

SHARED = 4.0
"""Seconds that the addresses of a name share before the last is tried: less than the
default limit of an attempt, so that a dead address does not hide a living one."""

MOST = 1.5
"""Seconds that one of several addresses gets: a lost packet is sent again after 1 s."""

Resolve = Callable[[str], Awaitable[list[Address]]]


async def resolve(host: str) -> list[Address]:
    """Asks the operating system for all addresses of a name.

    Raises:
        NoAnswer: If it has none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        why = error.strerror if isinstance(error, socket.gaierror) else "it is no host name"
        raise NoAnswer(f'name lookup failed for "{host}": {why}') from None
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class Connecting:
    """Connects to targets, under the rule of where requests may go."""

    def __init__(self, allow: Allow, resolve: Resolve = resolve) -> None:
        self._allow = allow
        self._resolve = resolve

    async def vetted(self, target: Target) -> list[Address]:
        """The addresses of a target, looked up once.

        Raises:
            Refused: If one of them is forbidden.
            NoAnswer: If there are none.
        """
        addresses = [target.address] if target.address else await self._resolve(target.host)
        self._allow.vet_all(target.host, addresses)
        if not addresses:
            raise NoAnswer(f'name lookup failed for "{target.host}": it has no address')
        return addresses

    async def connect(self, target: Target, proxy: Proxy | None, protocols: list[str]) -> Stream:
        """A connection to a target, over TLS if it wants that.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If there is no connection.
        """
        addresses = await self.vetted(target)
        through = functools.partial(self._tunnel, proxy) if proxy else _open
        stream = await _in_turn(addresses, target.port, through)
        if not target.https:
            return stream
        try:
            await stream.secure(_context(tuple(protocols)), target.host)
        except (ssl.SSLError, OSError) as error:
            raise NoAnswer(tls_in_words(target.host, error)) from None
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def reach(self, proxy: Proxy) -> Stream:
        """A connection to a proxy itself, which no rule forbids.

        Raises:
            NoAnswer: If there is none.
        """
        try:
            return await _in_turn(await self._addresses(proxy), proxy.port, _open)
        except NoAnswer as error:
            raise NoAnswer(f"the proxy {proxy} cannot be used: {error}") from None

    async def _addresses(self, proxy: Proxy) -> list[Address]:
        try:
            return [ip_address(proxy.host)]
        except ValueError:
            return await self._resolve(proxy.host)

    async def _tunnel(self, proxy: Proxy, address: Address, port: int) -> Stream:
        """Asks a proxy for a connection to an address (RFC 9110, 9.3.6)."""
        stream = await self.reach(proxy)
        authority = _authority(address, port)
        headers = [(b"Host", authority)]
        if proxy.authorization:
            headers.append((b"Proxy-Authorization", proxy.authorization.encode()))
        url = httpcore.URL(scheme=b"http", host=proxy.host.encode(), port=proxy.port, target=authority)
        connection = httpcore.AsyncHTTP11Connection(url.origin, stream)
        try:
            answer = await connection.handle_async_request(httpcore.Request(b"CONNECT", url, headers=headers))
            if not 200 <= answer.status <= 299:
                raise NoAnswer(f"the proxy {proxy} answered {answer.status} to CONNECT")
            # The server speaks after the client in TLS and in HTTP.
            if not stream.is_quiet:
                raise NoAnswer(f"the proxy {proxy} gave no usable answer to CONNECT")
        except (httpcore.ProtocolError, httpcore.NetworkError):
            raise NoAnswer(f"the proxy {proxy} gave no usable answer to CONNECT") from None
        except BaseException:
            await stream.aclose()
            raise
        return stream


async def _in_turn(addresses: list[Address], port: int, connect: Callable[[Address, int], Awaitable[Stream]]) -> Stream:
    """Tries addresses one after the other; the last has the patience of the caller."""
    share = min(max(SHARED / len(addresses), 0.25), MOST)
    *others, last = addresses
    for address in others:
        try:
            async with asyncio.timeout(share):
                return await connect(address, port)
        except (NoAnswer, TimeoutError):
            continue
    return await connect(last, port)


async def _open(address: Address, port: int) -> Stream:
    loop = asyncio.get_running_loop()
    try:
        _, stream = await loop.create_connection(Stream, str(address), port)
    except OSError as error:
        raise NoAnswer(tcp_in_words(_authority(address, port).decode(), error)) from None
    return stream


def _authority(address: Address, port: int) -> bytes:
    return (f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}").encode()


@functools.cache
def _context(protocols: tuple[str, ...]) -> ssl.SSLContext:
    """TLS from 1.2 on, by the system's CA certificates and those of SSL_CERT_FILE."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(protocols)
    return context
