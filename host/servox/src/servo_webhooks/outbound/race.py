"""Connections to one of several addresses: Happy Eyeballs (RFC 8305)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterable
from itertools import chain, zip_longest

from .address import Address
from .errors import NoAnswer, tcp_in_words
from .scarcity import lacking
from .stream import Stream

DELAY = 0.25
"""Seconds after which the next address is tried beside the others (RFC 8305, section 5)."""


def interleaved(addresses: Iterable[Address]) -> list[Address]:
    """The same with the families in turn (RFC 8305, section 4), the one of the first first."""
    listed = list(addresses)
    of_first = [address for address in listed if address.version == listed[0].version]
    others = [address for address in listed if address.version != listed[0].version]
    return [address for address in chain.from_iterable(zip_longest(of_first, others)) if address is not None]


async def connect(addresses: list[Address], port: int) -> Stream:
    """The first connection that stands; the other tries end. The next address is tried when
    one fails, or is slow.

    Raises:
        NoAnswer: If there is none, with what the first address said.
        Lacking: If the machine lacks what one takes.
    """
    waiting = interleaved(addresses)
    tries: dict[asyncio.Task[socket.socket], Address] = {}
    errors: list[tuple[Address, OSError]] = []
    try:
        while waiting or tries:
            if waiting:
                address = waiting.pop(0)
                tries[asyncio.ensure_future(_open(address, port))] = address
            done, _ = await asyncio.wait(tries, timeout=DELAY if waiting else None, return_when=asyncio.FIRST_COMPLETED)
            won = None
            for task in done:
                address = tries.pop(task)
                error = task.exception()
                if error is None and won is None:
                    won = task.result()
                elif error is None:
                    task.result().close()
                elif isinstance(error, OSError):
                    errors.append((address, error))
                else:
                    raise error
            if won is not None:
                return await _stream(won)
    finally:
        for task in tries:
            task.cancel()
            task.add_done_callback(_close)
    for address, error in errors:
        if lack := lacking(error, address):
            raise lack
    address, error = errors[0]
    raise NoAnswer(tcp_in_words(at(address, port), error))


async def _open(address: Address, port: int) -> socket.socket:
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    try:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(opened, (str(address), port))
    except BaseException:
        opened.close()
        raise
    return opened


async def _stream(connected: socket.socket) -> Stream:
    try:
        _, stream = await asyncio.get_running_loop().create_connection(Stream, sock=connected)
    except BaseException:
        connected.close()
        raise
    return stream


def _close(task: asyncio.Task[socket.socket]) -> None:
    """One that stood after another had won."""
    with contextlib.suppress(asyncio.CancelledError, Exception):
        task.result().close()


def at(address: Address, port: int) -> str:
    """An address and a port as people and requests write them."""
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
