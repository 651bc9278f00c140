"""Frames of HTTP/2 (RFC 9113, section 4), one by one.

`h2` takes GOAWAY for the end of a connection, and forgets the streams below it, whose answers
are still to come. So it does not see them. It gets the other frames one at a time, so that
what one of them is wrong in takes nothing along that came before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_HEAD = 9
_GOAWAY = 0x7
_MOST = 16 << 10
"""Bytes of a frame that was not agreed to be longer."""


class GoAway(NamedTuple):
    """The server takes no streams beyond one."""

    last: int
    code: int


class Frames:
    """Cuts what arrives into frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def take(self, data: bytes) -> Iterator[bytes | GoAway]:
        """What is whole, in order; a GOAWAY as such. What is too long is passed on as it is,
        to be refused."""
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            length = int.from_bytes(self._buffer[:3], "big")
            end = _HEAD + length
            if length <= _MOST and len(self._buffer) < end:
                return
            frame = bytes(self._buffer[:end])
            del self._buffer[:end]
            if frame[3] == _GOAWAY and 8 <= length <= _MOST and not any(frame[5:9]):
                yield GoAway(int.from_bytes(frame[9:13], "big") & 0x7FFFFFFF, int.from_bytes(frame[13:17], "big"))
            else:
                yield frame
