"""Bytes over a TCP or TLS connection, as `httpcore` wants them."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, cast

import httpcore
from httpcore.backends.base import AsyncNetworkStream

_HIGH = 64 << 10
"""Bytes that wait to be read before the peer is made to wait."""


class Stream(AsyncNetworkStream, asyncio.Protocol):
    """A connection that knows whether anything came that nobody asked for.

    The caller sets the limits on time, so those of `httpcore` are not used.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """What it reads from and writes to."""
        if self._transport is None:
            raise httpcore.ReadError("the connection is not open")
        return self._transport

    @property
    def is_quiet(self) -> bool:
        """It is open, and nothing waits to be read."""
        return not (self._buffer or self._ended or self.transport.is_closing())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _HIGH:
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._wake()
        if self._writable and not self._writable.done():
            self._writable.set_result(None)

    def pause_writing(self) -> None:
        self._writable = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        if self._writable and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while not self._buffer and not self._ended:
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        if not self._buffer and self._error is not None:
            raise httpcore.ReadError("the connection was lost") from self._error
        data = bytes(self._buffer[:max_bytes])
        del self._buffer[:max_bytes]
        if not self._ended and len(self._buffer) <= _HIGH:
            self.transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        if self.transport.is_closing():
            raise httpcore.WriteError("the connection was lost") from self._error
        self.transport.write(buffer)
        if self._writable:
            await self._writable

    async def aclose(self) -> None:
        # What TLS would like to say at the end is not waited for.
        self.transport.abort()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Speaks TLS from here on."""
        loop = asyncio.get_running_loop()
        transport = await loop.start_tls(self.transport, self, context, server_hostname=name)
        if transport is None:
            raise ConnectionResetError("closed during the handshake")
        self._transport = transport

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return not self.is_quiet
        return self.transport.get_extra_info(info)
