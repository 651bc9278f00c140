"""HTTP/2 over a connection that requests share; `h2` knows its grammar."""

from __future__ import annotations

import asyncio
import contextlib

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from .errors import CLOSED, RESET, NoAnswer
from .exchange import HEADER_BYTES, MALFORMED, Ended, Head, Message, Unprocessed
from .frames import Frames, GoAway
from .http2_stream import Exchange2, head_of
from .stream import Stream

_WINDOW = 1 << 24
"""Bytes of all answers together that may wait here; each may have what is the default."""


class Http2:
    """A connection. What arrives is read whether anybody waits for it or not."""

    kept_for: float | None = None

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        config = h2.config.H2Configuration(
            client_side=True, header_encoding=None, validate_inbound_headers=False, validate_outbound_headers=False
        )
        self._speaks = h2.connection.H2Connection(config)
        # Anew, since a change of what is there would be sent in a frame of its own.
        self._speaks.local_settings = h2.settings.Settings(
            client=True,
            initial_values={
                h2.settings.SettingCodes.ENABLE_PUSH: 0,
                h2.settings.SettingCodes.MAX_HEADER_LIST_SIZE: 2 * HEADER_BYTES,
            },
        )
        del self._speaks.local_settings[h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL]
        self._frames = Frames()
        self._exchanges: dict[int, Exchange2] = {}
        self._why: str | None = None
        self.served = 0
        """Requests that were answered."""
        self._speaks.initiate_connection()
        self._speaks.increment_flow_control_window(_WINDOW)
        self._flush()
        self._reading = asyncio.ensure_future(self._read())

    @property
    def is_open(self) -> bool:
        """A request may be sent over it now."""
        most = self._speaks.remote_settings.max_concurrent_streams
        return self._why is None and not self._stream.ended and len(self._exchanges) < most

    async def send(self, message: Message) -> tuple[Head, Exchange2]:
        """Sends a request; waits for status and headers of its answer.

        Raises:
            NoAnswer: If none comes.
            Unprocessed: If the server did nothing with the request.
        """
        if self._why is not None:
            raise Unprocessed(self._why)
        try:
            exchange = Exchange2(self, self._speaks.get_next_available_stream_id(), message.body)
            fields = [
                (b":method", message.method),
                (b":authority", message.authority),
                (b":scheme", message.scheme),
                (b":path", message.target),
                *((name.lower(), value) for name, value in message.headers),
            ]
            self._speaks.send_headers(exchange.id, fields, end_stream=not message.body)
        except h2.exceptions.ProtocolError as error:
            if not isinstance(error, h2.exceptions.TooManyStreamsError):
                # No number is left for a stream, or the connection is at its end.
                self._why = CLOSED
            raise Unprocessed(CLOSED) from None
        self._exchanges[exchange.id] = exchange
        exchange.sent_before = self._stream.sent
        try:
            self._pump()
            head = await exchange.head
        except BaseException:
            exchange.close()
            raise
        self.served += 1
        return head, exchange

    def reset(self, exchange: Exchange2) -> None:
        """Forgets an exchange; what of it is not done is given up."""
        if self._exchanges.pop(exchange.id, None) is None:
            return
        with contextlib.suppress(h2.exceptions.ProtocolError, KeyError):
            if exchange.unread:
                self._speaks.acknowledge_received_data(exchange.unread, exchange.id)
            if not (exchange.ended and not exchange.left):
                self._speaks.reset_stream(exchange.id, h2.errors.ErrorCodes.CANCEL)
        self._flush()
        if self._why is not None and not self._exchanges:
            self._stream.abort()

    def acknowledge(self, exchange: Exchange2, count: int) -> None:
        """Makes room for more of an answer."""
        with contextlib.suppress(h2.exceptions.ProtocolError, KeyError):
            self._speaks.acknowledge_received_data(count, exchange.id)
        self._flush()

    def _flush(self) -> None:
        if data := self._speaks.data_to_send():
            self._stream.write(data)

    def _pump(self) -> None:
        """Sends as much of the bodies as the server takes."""
        for exchange in list(self._exchanges.values()):
            while exchange.left:
                with contextlib.suppress(h2.exceptions.ProtocolError, KeyError):
                    room = self._speaks.local_flow_control_window(exchange.id)
                    size = min(room, self._speaks.max_outbound_frame_size, len(exchange.left))
                    if size > 0:
                        part, rest = exchange.left[:size], exchange.left[size:]
                        self._speaks.send_data(exchange.id, part, end_stream=not rest)
                        exchange.left = rest
                        continue
                break
        self._flush()

    async def _read(self) -> None:
        """Reads until the connection ends; then it ends what is left."""
        why = MALFORMED
        try:
            first = True
            while data := await self._stream.read():
                if first and data.startswith(b"HTTP/1."):
                    why = "the server answers in HTTP/1.1, not in HTTP/2: write `http_version: auto` or `1.1`"
                    raise NoAnswer(why)
                first = False
                for frame in self._frames.take(data):
                    if isinstance(frame, GoAway):
                        self._go_away(frame)
                    else:
                        for event in self._speaks.receive_data(frame):
                            self._heard(event)
                self._pump()
            why = RESET if self._stream.error else CLOSED
        except (h2.exceptions.H2Error, NoAnswer, ValueError, LookupError):
            # Whatever it says of that, it is sent on the way out.
            self._flush()
        finally:
            self._why = self._why or why
            self._stream.abort()
            for exchange in list(self._exchanges.values()):
                exchange.lose(self._lost(exchange, why))

    def _lost(self, exchange: Exchange2, why: str) -> Exception:
        if self._stream.sent == exchange.sent_before:
            return Unprocessed(why)
        ended = why in (CLOSED, RESET) and self.served and not exchange.heard
        return Ended(why) if ended else NoAnswer(why)

    def _go_away(self, frame: GoAway) -> None:
        why = "the server gave the request up: it closed the HTTP/2 connection"
        self._why = why
        for exchange in list(self._exchanges.values()):
            if exchange.id > frame.last:
                self._exchanges.pop(exchange.id)
                exchange.lose(Unprocessed(why))
        if not self._exchanges:
            self._stream.abort()

    def _heard(self, event: h2.events.Event) -> None:
        exchange = self._exchanges.get(getattr(event, "stream_id", None) or 0)
        if exchange is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            exchange.heard = True
            try:
                exchange.answer(head_of(event.headers))
            except NoAnswer as error:
                exchange.lose(error)
        elif isinstance(event, h2.events.InformationalResponseReceived):
            exchange.heard = True
            try:
                head_of(event.headers)
            except NoAnswer as error:
                exchange.lose(error)
        elif isinstance(event, h2.events.DataReceived):
            exchange.take(event.data, event.flow_controlled_length or 0)
        elif isinstance(event, h2.events.StreamEnded):
            exchange.end()
        elif isinstance(event, h2.events.StreamReset):
            why = "the server gave the request up: it reset the stream"
            refused = event.error_code == h2.errors.ErrorCodes.REFUSED_STREAM
            exchange.left = exchange.left[:0]
            exchange.lose(Unprocessed(why) if refused else NoAnswer(why))
