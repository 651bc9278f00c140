"""What this machine lacks: descriptors, ports, memory. It is waited for, and nobody else is
blamed for it.

A few descriptors are held back for questions before events: when there are no others, they
are let go for one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket

from .address import Address

ERRORS = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN))

FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.1
"""Seconds between two tries to get it."""


class Lacking(Exception):
    """What this machine lacks, in words for people."""


def lacking(error: BaseException, address: Address | None = None) -> Lacking | None:
    """What an error says that the machine lacks, if so; of a connection to an address."""
    if isinstance(error, Lacking):
        return error
    if isinstance(error, MemoryError):
        return Lacking("this machine lacks memory")
    if not isinstance(error, OSError) or error.errno not in ERRORS:
        return None
    if error.errno == errno.EADDRNOTAVAIL and address is not None and not _has_way_to(address):
        return None
    return Lacking(f"this machine lacks what a connection takes: {os.strerror(error.errno)}")


def lacks_descriptors() -> Lacking | None:
    """Tries it: a lookup that fails for want of them says something else."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return lacking(error)
    return None


def _has_way_to(address: Address) -> bool:
    """Whether the ports are used up, or the machine has no address of that kind at all. No
    packet is sent."""
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as tried:
            tried.connect((str(address), 9))
    except OSError as error:
        return error.errno not in (errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EAFNOSUPPORT)
    return True


class Reserve:
    """Descriptors that are held back."""

    def __init__(self, most: int = 8) -> None:
        """Takes so many: a lookup needs some at a time, a connection one."""
        self._most = most
        self._held: list[int] = []
        self.fill()

    def fill(self) -> bool:
        """Takes back what was let go, as far as there is any; whether it is full."""
        with contextlib.suppress(OSError):
            while len(self._held) < self._most:
                self._held.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
        return len(self._held) == self._most

    def let_go(self) -> bool:
        """Lets go of all; whether there were any."""
        held, self._held = self._held, []
        for descriptor in held:
            os.close(descriptor)
        return bool(held)

    def close(self) -> None:
        """For good."""
        self._most = 0
        self.let_go()
