"""What both versions of HTTP have in common: a request, an answer, and how it can go wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from .errors import NoAnswer
from .target import Target

HEADERS, HEADER_BYTES = 100, 16 << 10
"""Of an answer, at most."""

TOO_MANY = "answer headers over 16 KiB, or more than 100"
MALFORMED = "malformed HTTP answer"

RawHeaders = list[tuple[bytes, bytes]]
"""With names in lower case."""

_STATUS = re.compile(rb"[1-9][0-9]{2}")


@dataclass
class Request:
    """What is posted, and to whom."""

    target: Target
    version: str
    """`auto`, `http1` or `http2`."""
    headers: list[tuple[str, str]]
    body: bytes
    urgent: bool = False
    """An event waits for the answer: it may take what is held in reserve."""
    lacking: str | None = field(default=None, compare=False)
    """What this machine lacked when it was waited for last, until it is there."""


class Message(NamedTuple):
    """A request as it is written."""

    method: bytes
    scheme: bytes
    authority: bytes
    target: bytes
    headers: RawHeaders
    body: bytes


class Head(NamedTuple):
    """Status and headers of an answer."""

    status: int
    headers: RawHeaders


class Unprocessed(Exception):
    """The responder provably did nothing with the request: it may be sent again, as often as
    that happens."""


class Ended(NoAnswer):
    """A connection that had been used before ended without a byte of an answer: the request
    may be sent again, once, on a new one."""


class Exchange(Protocol):
    """A request that was sent, and the body of its answer."""

    async def chunk(self) -> bytes:
        """More of the body; nothing at its end.

        Raises:
            NoAnswer: If it breaks off.
        """

    def close(self) -> bool:
        """Ends it; whether its connection may be used on."""


def status_of(value: bytes) -> int:
    """A status: three ASCII digits, from 100 to 999 (RFC 9110, section 15).

    Raises:
        NoAnswer: If it is none.
    """
    if not _STATUS.fullmatch(value):
        raise NoAnswer(MALFORMED)
    return int(value)


def bounded(headers: RawHeaders) -> RawHeaders:
    """The same.

    Raises:
        NoAnswer: If they are too many.
    """
    if len(headers) > HEADERS or sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES:
        raise NoAnswer(TOO_MANY)
    return headers
