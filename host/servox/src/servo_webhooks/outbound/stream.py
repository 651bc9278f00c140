"""Bytes over a TCP or TLS connection.

TLS is spoken here, and not by the transport: both of asyncio's drop what has arrived when
writing fails. Here that ends the writing alone: what the system still holds is read, and
decides.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from typing import cast

from .tls import Tls

_CHUNK = 64 << 10
"""Bytes of one read."""

_HIGH = 64 << 10
"""Bytes that wait to be read before the peer is made to wait."""

_REST = 1 << 20
"""Bytes that are still read from a connection that was lost."""


class Stream(asyncio.Protocol):
    """A connection; the caller sets the limits on time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._written = 0
        self._reader: asyncio.Future[None] | None = None
        self._paused = False
        self._tls: Tls | None = None
        self.ended = False
        """Nothing more will arrive."""
        self.error: OSError | None = None
        """What it was lost by."""
        self.received = 0
        """Bytes that came, of what it carries."""

    @property
    def is_quiet(self) -> bool:
        """It is open, and nothing waits to be read or sent."""
        transport = self._transport
        if self._buffer or self.ended or transport is None or transport.is_closing():
            return False
        return not transport.get_write_buffer_size()

    @property
    def sent(self) -> int:
        """Bytes that the system may have taken."""
        if self._transport is None or self.ended:
            return self._written
        return self._written - self._transport.get_write_buffer_size()

    @property
    def protocol(self) -> str | None:
        """What was agreed on by ALPN."""
        return self._tls.protocol if self._tls else None

    @property
    def is_secure(self) -> bool:
        """It speaks TLS."""
        return self._tls is not None

    @property
    def is_cut(self) -> bool:
        """It ended otherwise than its peer would end it: what it carried may lack its end."""
        return self.error is not None or (self._tls is not None and not self._tls.closed)

    async def read(self) -> bytes:
        """Waits for bytes; none at its end, for which `error` may have a reason."""
        while not self._buffer and not self.ended:
            self._reader = self._loop.create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        data = bytes(self._buffer)
        self._buffer.clear()
        if self._paused and not self.ended and self._transport:
            self._paused = False
            self._transport.resume_reading()
        return data

    def write(self, data: bytes) -> None:
        """Sends bytes, now or when there is room; what cannot be sent is dropped."""
        if self._tls:
            data = self._tls.encrypt(data)
        self._send(data)

    def abort(self) -> None:
        """Closes it. What TLS would like to say at the end is not waited for."""
        self._end(None)
        if self._transport:
            self._transport.abort()

    async def secure(self, context: ssl.SSLContext, name: str) -> None:
        """Speaks TLS from here on.

        Raises:
            ssl.SSLError: If the handshake fails.
            OSError: If the connection does.
        """
        tls = Tls(context, name)
        while True:
            done = tls.shake_hands()
            self._send(tls.outgoing())
            if done:
                break
            data = await self.read()
            if not data:
                raise self.error or ConnectionResetError("closed during the handshake")
            tls.receive(data)
        self._tls = tls
        self._take(b"")

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: D102
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:  # noqa: D102
        self._take(data)

    def eof_received(self) -> bool:  # noqa: D102
        self._end(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: D102
        if not self.ended and exc is not None:
            self._read_rest()
        self._end(exc if isinstance(exc, OSError) else None)

    def _send(self, data: bytes) -> None:
        if data and self._transport and not self.ended:
            self._written += len(data)
            self._transport.write(data)

    def _read_rest(self) -> None:
        """What came before writing failed is still there: the socket is closed after this."""
        assert self._transport
        connected = self._transport.get_extra_info("socket")
        left = _REST
        try:
            while left > 0 and not self.ended and (data := os.read(connected.fileno(), _CHUNK)):
                left -= len(data)
                self._take(data)
        except OSError:
            # No more of it.
            return

    def _take(self, data: bytes) -> None:
        if self._tls:
            plain = self._tls.decrypt(data)
            self.received += len(plain)
            self._buffer += plain
            self._send(self._tls.outgoing())
            if self._tls.ended:
                self._end(None)
        else:
            self.received += len(data)
            self._buffer += data
        if len(self._buffer) > _HIGH and not self._paused and self._transport and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()
        if self._buffer:
            self._wake()

    def _end(self, error: OSError | None) -> None:
        if self.ended:
            return
        self._written = self.sent
        self.ended = True
        self.error = error
        self._wake()

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
