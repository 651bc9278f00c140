"""The rule of where requests may go: public addresses, and what is allowed by name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from .address import Address, Kind, carried, classify, meant

VARIABLE = "SERVO_WEBHOOKS_ALLOW"
"""The environment variable that allows addresses, in every host of the connector."""

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")


class Refused(Exception):
    """A request that the host does not make. It is never tried again."""

    def __init__(self, host: str, address: Address, kind: Kind) -> None:
        words = {Kind.LOOPBACK: "loopback", Kind.PRIVATE: "private"}
        what = str(address) if host == str(address) else f"{host} has the address {address}, which"
        super().__init__(f"{what} is {kind}; allow it with {VARIABLE}={words.get(kind, address)}")
        self.kind = kind


class Allow:
    """What is allowed beside public addresses."""

    def __init__(self, items: Iterable[str] = ()) -> None:
        """Reads what is allowed: each item a CIDR, an address, a host name, or one of the
        words `private` and `loopback`.

        Raises:
            ValueError: Names the item that says nothing.
        """
        self._words: set[Kind] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        self._hosts: set[str] = set()
        for item in filter(None, map(str.strip, items)):
            self._add(item)

    def _add(self, item: str) -> None:
        if item == "private":
            self._words.add(Kind.PRIVATE)
        elif item == "loopback":
            self._words.add(Kind.LOOPBACK)
        elif (network := _network(item)) is not None:
            self._networks.append(network)
        elif _is_host_name(item):
            self._hosts.add(_plain(item))
        else:
            raise ValueError(f"{item!r} is neither a CIDR, an address, a host name, `private` nor `loopback`")

    def vet(self, host: str, address: Address) -> None:
        """Whether a request for a host may be sent to an address.

        Raises:
            Refused: What kind of address it is, and how to allow it.
        """
        truly = meant(address)
        own = kind = classify(truly)
        if isinstance(address, IPv6Address) and kind in (Kind.PUBLIC, Kind.SPECIAL):
            # What carries a forbidden address is forbidden like it.
            kind = max((inner for inner in map(classify, carried(address)) if inner), default=own)
        if kind is Kind.PUBLIC:
            return
        listed = [network for network in self._networks if address in network or truly in network]
        if kind in (Kind.LINK_LOCAL, Kind.METADATA):
            allowed = any(network.prefixlen == network.max_prefixlen for network in listed)
        else:
            # A carried address is no reason to allow the one that carries it.
            named = kind in self._words and own is kind
            allowed = bool(listed) or _plain(host) in self._hosts or named
        if not allowed:
            raise Refused(host, address, kind)

    def vet_all(self, host: str, addresses: Iterable[Address]) -> None:
        """Vets all addresses of a name. One that is forbidden refuses them all: which of
        them is taken must not be left to whoever answers for the name.

        Raises:
            Refused: The first that is.
        """
        for address in addresses:
            self.vet(host, address)


def _network(item: str) -> IPv4Network | IPv6Network | None:
    try:
        if "/" in item:
            return ip_network(item, strict=False)
        return ip_network(ip_address(item.strip("[]")))
    except ValueError:
        return None


def _plain(host: str) -> str:
    return host.removesuffix(".").lower()


def _is_host_name(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    # What ends in a number is an address, spelled oddly or wrongly.
    return len(text) <= 254 and all(map(_LABEL.match, labels)) and not labels[-1].isdigit()
