"""Bytes over a TCP or TLS connection.

A socket of its own, since the transports of asyncio drop what has arrived when writing
fails: here an error of writing ends the writing alone, and reading decides.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque

from .tls import Tls

_CHUNK = 64 << 10
"""Bytes of one read."""

_HIGH = 64 << 10
"""Bytes that wait to be read before the peer is made to wait."""


class Stream:
    """A connection; the caller sets the limits on time."""

    def __init__(self, connected: socket.socket) -> None:
        """Takes over a socket that is connected and does not block."""
        self._socket: socket.socket | None = connected
        self._descriptor = connected.fileno()
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._unsent: deque[memoryview] = deque()
        self._reader: asyncio.Future[None] | None = None
        self._reading = False
        self._writing = False
        self._tls: Tls | None = None
        self.ended = False
        """Nothing more will arrive."""
        self.error: OSError | None = None
        """What it was lost by."""
        self.sent = 0
        """Bytes that the system took."""
        self.received = 0
        """Bytes that came, of what it carries."""
        self._read_on()

    @property
    def is_closed(self) -> bool:
        """It was given up here."""
        return self._socket is None

    @property
    def is_quiet(self) -> bool:
        """It is open, and nothing waits to be read or sent."""
        return not (self._buffer or self.ended or self._unsent or self._socket is None)

    @property
    def protocol(self) -> str | None:
        """What was agreed on by ALPN."""
        return self._tls.protocol if self._tls else None

    @property
    def is_secure(self) -> bool:
        """It speaks TLS."""
        return self._tls is not None

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
        self._read_on()
        return data

    def write(self, data: bytes) -> None:
        """Sends bytes, now or when there is room; what cannot be sent is dropped."""
        if self._tls:
            data = self._tls.encrypt(data)
        self._send(data)

    def abort(self) -> None:
        """Closes it. What TLS would like to say at the end is not waited for."""
        if self._socket is None:
            return
        self._end(None)
        self._read_off()
        self._drop_unsent()
        self._socket.close()
        self._socket = None

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

    # From here on down to the socket.

    def _send(self, data: bytes) -> None:
        if data and self._socket is not None and not self.ended:
            self._unsent.append(memoryview(data))
            if not self._writing:
                self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                assert self._socket is not None
                data = self._unsent[0]
                count = self._socket.send(data)
                self.sent += count
                if count < len(data):
                    self._unsent[0] = data[count:]
                else:
                    self._unsent.popleft()
        except (BlockingIOError, InterruptedError):
            if not self._writing:
                self._writing = True
                self._loop.add_writer(self._descriptor, self._flush)
            return
        except OSError as error:
            # What came before it is still to be read.
            self.error = self.error or error
            self._drop_unsent()
            return
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._descriptor)

    def _drop_unsent(self) -> None:
        self._unsent.clear()
        if self._writing:
            self._writing = False
            self._loop.remove_writer(self._descriptor)

    def _read_on(self) -> None:
        if not self._reading and not self.ended and self._socket is not None:
            self._reading = True
            self._loop.add_reader(self._descriptor, self._receive)

    def _read_off(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def _receive(self) -> None:
        # Until nothing is left: libuv tells of an error once, and what came before that is
        # read first.
        while self._reading:
            assert self._socket is not None
            try:
                data = self._socket.recv(_CHUNK)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._end(error)
                return
            if not data:
                self._end(None)
                return
            self._take(data)

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
        if len(self._buffer) > _HIGH:
            self._read_off()
        if self._buffer:
            self._wake()

    def _end(self, error: OSError | None) -> None:
        if not self.ended:
            self.ended = True
            self.error = self.error or error
            self._read_off()
            self._wake()

    @property
    def is_cut(self) -> bool:
        """It ended otherwise than its peer would end it: what it carried may lack its end."""
        return self.error is not None or (self._tls is not None and not self._tls.closed)

    def _wake(self) -> None:
        if self._reader and not self._reader.done():
            self._reader.set_result(None)
