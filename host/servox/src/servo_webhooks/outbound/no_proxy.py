"""`NO_PROXY`: what no proxy is asked for."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from .target import Target

_PORT = re.compile(r":([0-9]{1,5})\Z")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")


class _Rule(NamedTuple):
    name: str | None
    """A name, without what follows below; empty: all there is."""
    network: IPv4Network | IPv6Network | None
    port: int | None

    def fits(self, target: Target) -> bool:
        if self.port is not None and self.port != target.port:
            return False
        if self.network is not None:
            return target.address is not None and target.address in self.network
        host = target.host.removesuffix(".").lower()
        return not self.name or host == self.name or host.endswith("." + self.name)


class NoProxy:
    """Names (`name`, `.name` and `*.name` are the same: the name and all below it), `*`,
    addresses and networks, each with or without a port, separated by commas or blanks."""

    def __init__(self, text: str) -> None:
        """Reads the variable.

        Raises:
            ValueError: Which item cannot be read. What stands in it is not repeated: it may
                be a password that is out of place.
        """
        self._rules = [_rule(at, item) for at, item in enumerate(re.split(r"[\s,]+", text.strip(", \t\n"))) if item]

    def fits(self, target: Target) -> bool:
        """Whether a target is excepted."""
        return any(rule.fits(target) for rule in self._rules)


def _rule(at: int, item: str) -> _Rule:
    if item == "*":
        return _Rule("", None, None)
    for text, port in _split(item):
        try:
            return _Rule(None, ip_network(text, strict=False), port)
        except ValueError:
            pass
        name = text.removesuffix(".").removeprefix("*").removeprefix(".").lower()
        labels = name.split(".")
        if all(map(_LABEL.match, labels)) and not labels[-1].isdigit() and "/" not in item:
            return _Rule(name, None, port)
    raise ValueError(
        f"NO_PROXY: item {at + 1} cannot be read: write a name such as example.com, an address, a network such as "
        "10.0.0.0/8, or *, each with or without :PORT"
    )


def _split(item: str) -> list[tuple[str, int | None]]:
    """An item and its port, in the ways in which it may be read."""
    if item.startswith("["):
        inner, _, rest = item[1:].partition("]")
        port = _PORT.search(rest)
        network = inner + (rest[: port.start()] if port else rest)
        found = [(network, int(port[1]) if port else None)]
    else:
        port = _PORT.search(item)
        # Of several colons none is before a port: an address of IPv6 without brackets.
        found = [(item[: port.start()], int(port[1]))] if port and item.count(":") == 1 else [(item, None)]
    return [(text.removesuffix("."), port) for text, port in found if port is None or 1 <= port <= 65535]
