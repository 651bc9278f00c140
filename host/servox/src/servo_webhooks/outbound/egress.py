"""The rule of where requests may go: public addresses, and what is allowed by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from ..sanitize import sanitize
from ..suggestion import nearest
from .address import Address, Kind, carried, classify, meant

VARIABLE = "SERVO_WEBHOOKS_ALLOW"
"""The environment variable that allows addresses, in every host of the connector."""

_WORDS = {Kind.LOOPBACK: "loopback", Kind.PRIVATE: "private"}
"""What allows all addresses of a kind."""

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")


class Refused(Exception):
    """A request that the host does not make. It is never tried again."""


def _refusal(host: str, address: Address, refused: Sequence[tuple[Kind, Address]]) -> Refused:
    """What is wrong with an address and what it carries, and how to allow it."""
    # What it carries says more than that it is special.
    kind, each = max(refused, key=lambda pair: (pair[0] is not Kind.SPECIAL, pair[0]))
    text = str(address) if host == str(address) else f"{host} has the address {address}, which"
    if each not in (address, meant(address)):
        text += f" carries {each}, which" if text.endswith("which") else f", which carries {each},"
    wanted = dict.fromkeys(
        _WORDS.get(kind) or str(address if each == meant(address) else each) for kind, each in refused
    )
    return Refused(f"{text} is {kind}; allow it with {VARIABLE}={','.join(wanted)}")


class Allow:
    """What is allowed beside public addresses."""

    def __init__(self, items: Iterable[str] = ()) -> None:
        """Reads what is allowed: each item one of the words `private` and `loopback` in any
        case, a CIDR, an address, or a host name.

        Raises:
            ValueError: Names the item that is none of these.
        """
        self.warnings: list[str] = []
        """Items that may not mean what they are taken for."""
        self._words: set[Kind] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        self._hosts: set[str] = set()
        for item in filter(None, map(str.strip, items)):
            self._add(item)

    def _add(self, item: str) -> None:
        kind = next((kind for kind, word in _WORDS.items() if word == item.lower()), None)
        if kind is not None:
            self._words.add(kind)
        elif (network := _network(item)) is not None:
            self._networks.append(network)
        elif _is_host_name(item):
            self._add_host(item)
        else:
            raise ValueError(f'"{sanitize(item)}" is not a CIDR, an address, a host name, "private" or "loopback"')

    def _add_host(self, item: str) -> None:
        if "." not in item and item.lower() != "localhost":
            if (word := nearest(item, _WORDS.values())) is not None:
                raise ValueError(
                    f'"{item}" is not known; did you mean "{word}"? For a host of that name write "{item}."'
                )
            self.warnings.append(f'"{item}" is taken as a host name; write "{item}." to say so')
        self._hosts.add(_plain(item))

    def vet(self, host: str, address: Address) -> None:
        """Whether a request for a host may be sent to an address: by the strictest of what
        it is and of all that it carries.

        Raises:
            Refused: What kind of address it is, and how to allow it.
        """
        truly = meant(address)
        found = [(classify(truly), truly)]
        if isinstance(address, IPv6Address):
            # What is special inside is so no more than outside.
            found += [(kind, inner) for inner in carried(address) if (kind := classify(inner)) is not Kind.SPECIAL]
        refused = [(kind, each) for kind, each in found if kind and not self._allows(host, address, each, kind)]
        if refused:
            raise _refusal(host, address, refused)

    def _allows(self, host: str, address: Address, each: Address, kind: Kind) -> bool:
        """Whether an address is allowed, as what it is or as what another one carries."""
        # An address may be listed as it is spelled; a network around it says nothing of what
        # it stands for.
        spelled = address if each == meant(address) else each
        listed = [
            network
            for network in self._networks
            if each in network or (network.prefixlen == network.max_prefixlen and spelled in network)
        ]
        if kind in (Kind.LINK_LOCAL, Kind.METADATA):
            return any(network.prefixlen == network.max_prefixlen for network in listed)
        return bool(listed) or _plain(host) in self._hosts or kind in self._words

    def names(self, host: str) -> bool:
        """Whether a host is allowed by its very name."""
        return _plain(host) in self._hosts

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
    return len(text.removesuffix(".")) <= 253 and all(map(_LABEL.match, labels)) and not labels[-1].isdigit()
