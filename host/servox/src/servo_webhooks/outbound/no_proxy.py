"""`NO_PROXY`: what no proxy is asked for."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from .address import meant
from .target import Target

_PORT = re.compile(r":([0-9]{1,5})\Z")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")


class _Rule(NamedTuple):
    port: int | None
    network: IPv4Network | IPv6Network | None = None
    name: str = ""
    """Empty, without a network: all there is."""
    itself: bool = True
    """The name, too, and not only what is below it."""

    def fits(self, target: Target) -> bool:
        if self.port is not None and self.port != target.port:
            return False
        if self.network is not None:
            return target.address is not None and any(
                address in self.network for address in (target.address, meant(target.address))
            )
        host = target.host.removesuffix(".").lower()
        return not self.name or (self.itself and host == self.name) or host.endswith("." + self.name)


class NoProxy:
    """Names (`name` and `.name` with all below them, `*.name` for what is below it alone), `*`,
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
    text, port = _split(item)
    if port is None or 1 <= port <= 65535:
        if text == "*":
            return _Rule(port)
        if (network := _network(text)) is not None:
            return _Rule(port, network)
        name = text.removesuffix(".").removeprefix("*.").removeprefix(".").lower()
        labels = name.split(".")
        if all(map(_LABEL.match, labels)) and not labels[-1].isdigit():
            return _Rule(port, name=name, itself=not text.startswith("*."))
    raise ValueError(
        f"NO_PROXY: item {at + 1} cannot be read: write a name such as example.com, an address, a network such as "
        "10.0.0.0/8, or *, each with or without :PORT"
    )


def _split(item: str) -> tuple[str, int | None]:
    """An item and its port. Of several colons without brackets none is before a port: it is
    an address of IPv6."""
    port = _PORT.search(item)
    if port and (
        item.count(":") == 1 or item[: port.start()].rpartition("/")[0].endswith("]") or item[port.start() - 1] == "]"
    ):
        return item[: port.start()], int(port[1])
    return item, None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    if text.startswith("["):
        if ":" not in text or text.count("]") != 1:
            return None
        text = text[1:].replace("]", "", 1)
    try:
        return ip_network(text.removesuffix("."), strict=False)
    except ValueError:
        return None
