"""HTTP/1.1 over a connection, one request at a time; `h11` knows its grammar."""

from __future__ import annotations

import re

import h11

from .errors import CLOSED, RESET, NoAnswer
from .exchange import HEADER_BYTES, MALFORMED, TOO_MANY, Ended, Head, Message, Unprocessed, bounded
from .stream import Stream

_TIMEOUT = re.compile(rb"(?:^|[,;\s])timeout\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)


class Http1:
    """A connection and what goes on on it: an exchange, too."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._speaks = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_BYTES)
        self.served = 0
        """Requests that were answered."""
        self.kept_for: float | None = None
        """Seconds that the server keeps it, if it said so (RFC 2068, 19.7.1.1)."""

    @property
    def is_open(self) -> bool:
        """A request may be sent over it now."""
        return self._stream.is_quiet and self._speaks.our_state is h11.IDLE

    async def send(self, message: Message) -> tuple[Head, Http1]:
        """Sends a request; waits for status and headers of its answer.

        Raises:
            NoAnswer: If none comes.
            Unprocessed: If nothing of the request was sent.
        """
        stream = self._stream
        sent, received = stream.sent, stream.received
        if stream.ended:
            raise Unprocessed(RESET if stream.error else CLOSED)
        stream.write(self._written(message))
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                data = await stream.read()
                if not data:
                    raise self._ended(sent, received)
                self._speaks.receive_data(data)
            elif isinstance(event, h11.Response):
                break
            elif not isinstance(event, h11.InformationalResponse):
                raise NoAnswer(MALFORMED)
        headers = bounded(list(event.headers))
        self.served += 1
        self.kept_for = _keep_alive(headers)
        return Head(event.status_code, headers), self

    async def chunk(self) -> bytes:
        """More of the body; nothing at its end.

        Raises:
            NoAnswer: If it breaks off.
        """
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                data = await self._stream.read()
                if not data and self._stream.is_cut:
                    raise NoAnswer("the answer broke off")
                self._speaks.receive_data(data)
            elif isinstance(event, h11.Data):
                return bytes(event.data)
            else:
                return b""

    def close(self) -> bool:
        """Ends the exchange; whether the next one may follow."""
        whole = self._speaks.our_state is h11.DONE and self._speaks.their_state is h11.DONE
        if not (whole and self._stream.is_quiet):
            return False
        self._speaks.start_next_cycle()
        return self.kept_for is None or self.kept_for > 0

    def _written(self, message: Message) -> bytes:
        headers = [(b"Host", message.authority), *message.headers]
        parts = [h11.Request(method=message.method, target=message.target, headers=headers)]
        written = [self._speaks.send(part) or b"" for part in parts]
        if message.body:
            written.append(self._speaks.send(h11.Data(data=message.body)) or b"")
        written.append(self._speaks.send(h11.EndOfMessage()) or b"")
        return b"".join(written)

    def _next(self) -> object:
        try:
            return self._speaks.next_event()
        except h11.RemoteProtocolError as error:
            raise NoAnswer(TOO_MANY if "too long" in str(error) else MALFORMED) from None

    def _ended(self, sent: int, received: int) -> Exception:
        stream = self._stream
        why = RESET if stream.error else CLOSED
        if stream.sent == sent:
            return Unprocessed(why)
        return Ended(why) if self.served and stream.received == received else NoAnswer(why)


def _keep_alive(headers: list[tuple[bytes, bytes]]) -> float | None:
    """What `Keep-Alive: timeout=N` leaves, with a margin for what is under way."""
    for name, value in headers:
        if name == b"keep-alive" and (found := _TIMEOUT.search(value)):
            seconds = int(found[1])
            return max(0.0, seconds - (1.0 if seconds >= 2 else seconds / 2))
    return None
