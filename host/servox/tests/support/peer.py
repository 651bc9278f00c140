"""A responder below HTTP: each connection is handed to a function, in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType

import h2.config
import h2.connection
import h2.errors
import h2.events
import hpack

CANCEL = b"application/vnd.opsani.servo.errors.EventCancelledError+json"
VETO = b'HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: 15\r\n\r\n{"reason":"no"}' % CANCEL
VETO2 = [(b":status", b"200"), (b"content-type", CANCEL)]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

Serve = Callable[[socket.socket, int], None]
"""Is given a connection and its number, from 0."""


class Peer:
    """Listens on loopback."""

    def __init__(self, serve: Serve, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.connections = 0
        self._serve = serve
        self._tls = tls
        self._listener = socket.create_server((host, port), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/"

    def __enter__(self) -> Peer:
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self._handle, args=(accepted, number), daemon=True).start()

    def _handle(self, accepted: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError, EOFError), accepted:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls:
                with self._tls.wrap_socket(accepted, server_side=True) as secure:
                    self._serve(secure, number)
            else:
                self._serve(accepted, number)


def read_head(connection: socket.socket, buffer: bytearray) -> bytes:
    """A head of HTTP/1.1; what follows it stays in the buffer."""
    while b"\r\n\r\n" not in buffer:
        buffer += _some(connection)
    head, _, rest = bytes(buffer).partition(b"\r\n\r\n")
    buffer[:] = rest
    return head


def read_request(connection: socket.socket, buffer: bytearray) -> bytes:
    """A whole request; its head."""
    head = read_head(connection, buffer)
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(buffer) < length:
        buffer += _some(connection)
    del buffer[:length]
    return head


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise EOFError
    return data


class Server2:
    """The server's side of HTTP/2 on a connection, with frames of one's own where needed."""

    def __init__(self, connection: socket.socket, **settings: int) -> None:
        self._connection = connection
        config = h2.config.H2Configuration(client_side=False, header_encoding=None)
        self.speaks = h2.connection.H2Connection(config)
        self.encoder = hpack.Encoder()
        self.speaks.initiate_connection()
        if settings:
            self.speaks.update_settings({h2.settings.SettingCodes[name]: value for name, value in settings.items()})
        self.flush()
        self.headers: dict[int, dict[bytes, bytes]] = {}
        self._events: list[h2.events.Event] = []

    def flush(self) -> None:
        """Sends what is to be sent."""
        self._connection.sendall(self.speaks.data_to_send())

    def event(self, kind: type[h2.events.Event]) -> int:
        """Waits for an event of a stream; its number."""
        while True:
            while self._events:
                event = self._events.pop(0)
                stream: int = getattr(event, "stream_id", 0) or 0
                if isinstance(event, h2.events.RequestReceived):
                    self.headers[stream] = dict(event.headers)
                if isinstance(event, h2.events.DataReceived):
                    self.speaks.acknowledge_received_data(event.flow_controlled_length or 0, stream)
                if isinstance(event, kind):
                    return stream
            self._events += self.speaks.receive_data(_some(self._connection))
            self.flush()

    def request(self) -> int:
        """Waits for the end of a request; its stream."""
        return self.event(h2.events.StreamEnded)

    def veto(self, stream: int) -> None:
        """Answers that it vetoes."""
        self.speaks.send_headers(stream, VETO2)
        self.speaks.send_data(stream, b'{"reason":"no"}', end_stream=True)
        self.flush()

    def raw_headers(self, stream: int, fields: list[tuple[bytes, bytes]], flags: int = 0x5) -> None:
        """A HEADERS frame, whatever stands in it; END_STREAM and END_HEADERS."""
        block = self.encoder.encode(fields)
        self._connection.sendall(frame(0x1, flags, stream, block))

    def go_away(self, last: int, code: int = 0) -> None:
        """Takes no streams beyond one, and goes on."""
        self._connection.sendall(frame(0x7, 0, 0, last.to_bytes(4, "big") + code.to_bytes(4, "big")))

    def refuse(self, stream: int) -> None:
        """Did nothing with a stream."""
        self.speaks.reset_stream(stream, h2.errors.ErrorCodes.REFUSED_STREAM)
        self.flush()


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """RFC 9113, section 4.1."""
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
