"""Connections: to vetted addresses alone, straight or through a proxy."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from ..files import FileError
from . import race
from .address import Address
from .egress import VARIABLE, Allow, Refused
from .errors import NoAnswer, tls_in_words
from .exchange import Message, Unprocessed
from .http1 import Http1
from .proxy import Proxy
from .scarcity import lacking, lacks_descriptors
from .stream import Stream
from .target import Target
from .tls import context

Resolve = Callable[[str], Awaitable[list[Address]]]


class LookupFailed(NoAnswer):
    """A name that has no address here."""

    def __init__(self, host: str, why: str) -> None:
        super().__init__(f'name lookup failed for "{host}": {why}')


async def resolve(host: str) -> list[Address]:
    """Asks the operating system for all addresses of a name.

    Raises:
        LookupFailed: If it has none.
        Lacking: If the machine lacks what a lookup takes.
    """
    loop = asyncio.get_running_loop()
    lacked = lacks_descriptors()
    try:
        # As bytes: the codec for names would be loaded from a file, for which there may be
        # no descriptor.
        found = await loop.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if lack := lacking(error) or lacked or lacks_descriptors():
            raise lack from None
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_MEMORY:
            raise lacking(MemoryError()) or error from None
        why = (error.strerror or "no reason was given") if isinstance(error, OSError) else "it is no host name"
        raise LookupFailed(host, why) from None
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
            Lacking: If the machine lacks what a lookup takes; so for the others.
        """
        addresses = [target.address] if target.address else await self._resolve(target.host)
        self._allow.vet_all(target.host, addresses)
        if not addresses:
            raise LookupFailed(target.host, "it has no address")
        return addresses

    async def vet_for_proxy(self, target: Target) -> None:
        """Vets a target that a proxy will be asked for by name. One that cannot be looked up
        here is left to the proxy only where it is allowed by that name.

        Raises:
            Refused: If it is forbidden.
        """
        try:
            await self.vetted(target)
        except LookupFailed as error:
            if not self._allow.names(target.host):
                raise Refused(f"{error}; to let the proxy look it up, allow it with {VARIABLE}={target.host}") from None

    async def connect(self, target: Target, proxy: Proxy | None, protocols: tuple[str, ...]) -> Stream:
        """A connection to a target, over TLS if it wants that.

        Raises:
            Refused: If the target is not allowed.
            NoAnswer: If there is no connection.
        """
        if proxy:
            await self.vet_for_proxy(target)
            stream = await self._tunnel(proxy, target)
        else:
            stream = await race.connect(await self.vetted(target), target.port)
        if not target.https:
            return stream
        try:
            await stream.secure(context(protocols), target.host)
        except FileError as error:
            stream.abort()
            raise NoAnswer(f"SSL_CERT_FILE: {error}") from None
        except (ssl.SSLError, OSError) as error:
            stream.abort()
            raise lacking(error) or NoAnswer(tls_in_words(target.host, error)) from None
        except BaseException:
            stream.abort()
            raise
        return stream

    async def reach(self, proxy: Proxy) -> Stream:
        """A connection to a proxy itself, which no rule forbids.

        Raises:
            NoAnswer: If there is none.
        """
        try:
            return await race.connect(await self._addresses(proxy), proxy.port)
        except NoAnswer as error:
            raise NoAnswer(f"the proxy {proxy} cannot be used: {error}") from None

    async def _addresses(self, proxy: Proxy) -> list[Address]:
        try:
            return [ip_address(proxy.host)]
        except ValueError:
            return await self._resolve(proxy.host)

    async def _tunnel(self, proxy: Proxy, target: Target) -> Stream:
        """Asks a proxy for a connection (RFC 9110, 9.3.6), by name: so it can heed its own
        lists."""
        stream = await self.reach(proxy)
        host = f"[{target.host}]" if target.address and target.address.version == 6 else target.host
        authority = f"{host}:{target.port}".encode()
        headers = [(b"Proxy-Authorization", proxy.authorization.encode())] if proxy.authorization else []
        try:
            asked = Message(b"CONNECT", b"http", authority, authority, headers, b"")
            head, _ = await Http1(stream).send(asked)
            if not 200 <= head.status <= 299:
                raise NoAnswer(f"the proxy {proxy} answered {head.status} to CONNECT")
            # The server speaks after the client in TLS and in HTTP.
            if not stream.is_quiet:
                raise NoAnswer(f"the proxy {proxy} gave no usable answer to CONNECT")
        except Unprocessed as error:
            stream.abort()
            raise NoAnswer(f"the proxy {proxy} gave no usable answer to CONNECT: {error}") from None
        except BaseException:
            stream.abort()
            raise
        return stream
