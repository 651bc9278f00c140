"""An answer: status and headers are there, the body is read only if it is wanted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import httpcore

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

    def __init__(self, response: httpcore.Response, release: Callable[[bool], None]) -> None:
        """Takes over a response; `release` is told once whether its connection is as good
        as before."""
        self.status: int = response.status
        self.headers: list[tuple[str, str]] = [
            (name.decode("ascii").lower(), value.decode("latin-1")) for name, value in response.headers
        ]
        self._response = response
        self._release: Callable[[bool], None] | None = release

    def __repr__(self) -> str:
        return f"Answer({self.status})"

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in lower case."""
        return next((value for known, value in self.headers if known == name), None)

    async def read(self, most: int, deadline: float) -> Body:
        """Reads the body, at most so many bytes of it and until then by the monotonic clock;
        the rest is dropped, and the connection closed."""
        kept = bytearray()
        ending = "broken"
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                async for data in self._chunks():
                    kept += data[: most - len(kept) + 1]
                    if len(kept) > most:
                        del kept[most:]
                        ending = "oversized"
                        break
                else:
                    ending = "whole"
        except (httpcore.NetworkError, httpcore.ProtocolError, TimeoutError):
            pass
        finally:
            await self._end(ending == "whole")
        return Body(bytes(kept), ending)

    async def finish(self) -> None:
        """Gives the connection back, if the rest of the body is small and quickly there."""
        length = self.header("content-length")
        done = False
        try:
            if length is None or (length.isascii() and length.isdigit() and int(length) <= COURTESY):
                async with asyncio.timeout(PATIENCE):
                    left = COURTESY
                    async for data in self._chunks():
                        left -= len(data)
                        if left < 0:
                            break
                    else:
                        done = True
        except (httpcore.NetworkError, httpcore.ProtocolError, TimeoutError):
            pass
        finally:
            await self._end(done)

    def _chunks(self) -> AsyncIterator[bytes]:
        stream: AsyncIterator[bytes] = self._response.aiter_stream()
        return stream

    async def _end(self, good: bool) -> None:
        release, self._release = self._release, None
        if release is None:
            return
        try:
            await self._response.aclose()
        except (httpcore.NetworkError, httpcore.ProtocolError):
            good = False
        finally:
            release(good)
