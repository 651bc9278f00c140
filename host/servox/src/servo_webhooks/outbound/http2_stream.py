"""A stream of HTTP/2: a request, and what has come of its answer."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING

from .errors import NoAnswer
from .exchange import MALFORMED, Head, RawHeaders, bounded, status_of

if TYPE_CHECKING:
    from .http2 import Http2

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE = re.compile(rb"[^\0\r\n]*")
_CONNECTION = frozenset((b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade"))
"""Headers that belong to HTTP/1.1 (RFC 9113, section 8.2.2)."""


class Exchange2:
    """A stream."""

    def __init__(self, connection: Http2, id: int, body: bytes) -> None:
        self._connection = connection
        self.id = id
        self.left = memoryview(body)
        """What of the request is not sent."""
        self.head: asyncio.Future[Head] = asyncio.get_running_loop().create_future()
        self.heard = False
        """There was a word of an answer."""
        self.ended = False
        self.unread = 0
        """Bytes that came and make no room yet."""
        self.sent_before = 0
        self._chunks: deque[tuple[bytes, int]] = deque()
        self._error: Exception | None = None
        self._waiting: asyncio.Future[None] | None = None

    async def chunk(self) -> bytes:
        """More of the body; nothing at its end.

        Raises:
            NoAnswer: If it breaks off.
        """
        while not self._chunks:
            if self._error is not None:
                raise NoAnswer("the answer broke off")
            if self.ended:
                return b""
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        data, count = self._chunks.popleft()
        self.unread -= count
        self._connection.acknowledge(self, count)
        return data or await self.chunk()

    def close(self) -> bool:
        """Ends it; the connection is none the worse."""
        self._connection.reset(self)
        return True

    def answer(self, head: Head) -> None:
        """Status and headers have come."""
        if not self.head.done():
            self.head.set_result(head)

    def take(self, data: bytes, count: int) -> None:
        """A part of the body has come."""
        self._chunks.append((data, count))
        self.unread += count
        self._wake()

    def end(self) -> None:
        """All has come."""
        self.ended = True
        if not self.head.done():
            self.lose(NoAnswer(MALFORMED))
        self._wake()

    def lose(self, error: Exception) -> None:
        """Nothing more will come. What has come stands."""
        if not self.head.done():
            self.head.set_exception(error)
            # Whoever waited for it may have been aborted.
            self.head.exception()
        if not self.ended:
            self._error = error
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)


def head_of(fields: RawHeaders) -> Head:
    """Status and headers of a block (RFC 9113, sections 8.2 and 8.3).

    Raises:
        NoAnswer: If it is malformed.
    """
    (first, status), *headers = fields or [(b"", b"")]
    if first != b":status" or any(
        not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name in _CONNECTION for name, value in headers
    ):
        raise NoAnswer(MALFORMED)
    return Head(status_of(status), bounded([(bytes(name), bytes(value)) for name, value in headers]))
