"""An answer: status and headers are there, the body is read only if it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from ..awake_clock import limit
from .errors import NoAnswer
from .exchange import Exchange, Head

COURTESY = 8 << 10
"""Bytes of a body that nobody wants, up to which it is taken off the connection, if they
are there before `PATIENCE` ends. Else the connection is given up: a new one costs less
than what a hostile responder could make of the old one."""

PATIENCE = 0.025
"""Seconds: enough for bytes that are under way with the headers."""


class Body(NamedTuple):
    """A body, as far as it was read."""

    content: bytes
    ending: str
    """`whole`, `oversized` or `broken`."""


class Answer:
    """An answer whose body has not been read."""

    def __init__(self, head: Head, exchange: Exchange, release: Callable[[bool], None]) -> None:
        """Takes over an exchange; `release` is told once whether its connection is as good
        as before."""
        self.status = head.status
        # Bytes above 0x7f say nothing here, and must not hide what stands beside them.
        self.headers: list[tuple[str, str]] = [
            (name.decode("ascii"), value.decode("ascii", "replace")) for name, value in head.headers
        ]
        self._exchange = exchange
        self._release: Callable[[bool], None] | None = release

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for known, value in self.headers if known == name), None)

    async def read(self, most: int, deadline: float) -> Body:
        """Reads the body, at most so many bytes of it and until then by the clock of the
        loop; the rest is dropped."""
        kept = bytearray()
        ending = "broken"
        try:
            async with limit(deadline):
                while data := await self._exchange.chunk():
                    kept += data[: most - len(kept) + 1]
                    if len(kept) > most:
                        del kept[most:]
                        ending = "oversized"
                        break
                else:
                    ending = "whole"
        except (NoAnswer, TimeoutError):
            pass
        finally:
            self._end()
        return Body(bytes(kept), ending)

    async def finish(self) -> None:
        """Gives the connection back, if the rest of the body is small and quickly there."""
        length = self.header("content-length")
        try:
            if length is None or _is_small(length):
                async with asyncio.timeout(PATIENCE):
                    left = COURTESY
                    while data := await self._exchange.chunk():
                        left -= len(data)
                        if left < 0:
                            break
        except (NoAnswer, TimeoutError):
            pass
        finally:
            self._end()

    def _end(self) -> None:
        release, self._release = self._release, None
        if release is not None:
            release(self._exchange.close())


def _is_small(length: str) -> bool:
    return len(length) < 10 and length.isascii() and length.isdigit() and int(length) <= COURTESY
