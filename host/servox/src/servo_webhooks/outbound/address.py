"""What kind of address an address is: the special-purpose registries of IANA (RFC 6890),
the addresses of cloud metadata services, and IPv6 forms that carry IPv4.

The standard library knows most of the ranges, but neither all of them nor the forms.
"""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address


class Kind(IntEnum):
    """Ordered by how much harm a request there can do."""

    PUBLIC = 0
    """Anybody's."""
    LOOPBACK = 1
    """This machine."""
    PRIVATE = 2
    """A private network: RFC 1918, carrier-grade NAT (RFC 6598), unique local (RFC 4193)."""
    LINK_LOCAL = 3
    """This link alone."""
    METADATA = 4
    """A cloud's metadata service, which hands out credentials."""
    SPECIAL = 5
    """Anything else that is not for requests: documentation, multicast, reserved."""

    def __str__(self) -> str:
        return _WORDS[self]


_WORDS = {
    Kind.PUBLIC: "a public address",
    Kind.LOOPBACK: "a loopback address",
    Kind.PRIVATE: "a private address",
    Kind.LINK_LOCAL: "a link-local address",
    Kind.METADATA: "the address of a metadata service",
    Kind.SPECIAL: "a special-purpose address",
}

_METADATA = {
    # AWS, GCP and Azure; AWS ECS and EKS; Azure's wire server; Alibaba; Oracle.
    *map(
        IPv4Address,
        ("169.254.169.254", "169.254.170.2", "169.254.170.23", "168.63.129.16", "100.100.100.200", "192.0.0.192"),
    ),
    *map(IPv6Address, ("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254")),
}

_RANGES_V4 = [
    (IPv4Network(network), kind)
    for network, kind in (
        ("127.0.0.0/8", Kind.LOOPBACK),
        ("10.0.0.0/8", Kind.PRIVATE),
        ("172.16.0.0/12", Kind.PRIVATE),
        ("192.168.0.0/16", Kind.PRIVATE),
        ("100.64.0.0/10", Kind.PRIVATE),
        ("169.254.0.0/16", Kind.LINK_LOCAL),
        ("0.0.0.0/8", Kind.SPECIAL),
        ("192.0.0.0/24", Kind.SPECIAL),
        ("192.0.2.0/24", Kind.SPECIAL),
        ("192.31.196.0/24", Kind.SPECIAL),
        ("192.52.193.0/24", Kind.SPECIAL),
        ("192.88.99.0/24", Kind.SPECIAL),
        ("192.175.48.0/24", Kind.SPECIAL),
        ("198.18.0.0/15", Kind.SPECIAL),
        ("198.51.100.0/24", Kind.SPECIAL),
        ("203.0.113.0/24", Kind.SPECIAL),
        ("224.0.0.0/4", Kind.SPECIAL),
        ("240.0.0.0/4", Kind.SPECIAL),
    )
]

_RANGES_V6 = [
    (IPv6Network(network), kind)
    for network, kind in (
        ("::1/128", Kind.LOOPBACK),
        ("fc00::/7", Kind.PRIVATE),
        ("fe80::/10", Kind.LINK_LOCAL),
        # Site-local, deprecated by RFC 3879 and still in use.
        ("fec0::/10", Kind.SPECIAL),
        # Protocol assignments, Teredo, benchmarking, ORCHID.
        ("2001::/23", Kind.SPECIAL),
        ("2001:db8::/32", Kind.SPECIAL),
        # 6to4, deprecated by RFC 7526.
        ("2002::/16", Kind.SPECIAL),
        ("2620:4f:8000::/48", Kind.SPECIAL),
        ("3fff::/20", Kind.SPECIAL),
        # 6bone, handed back by RFC 3701.
        ("3ffe::/16", Kind.SPECIAL),
    )
]

_GLOBAL_V6 = IPv6Network("2000::/3")
"""Global unicast; nothing outside of it is public (RFC 4291, section 2.4)."""


def classify(address: Address) -> Kind:
    """What kind of address it is by itself, whatever it may carry."""
    if address in _METADATA:
        return Kind.METADATA
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _RANGES_V4 if address in network), Kind.PUBLIC)
    own = next((kind for network, kind in _RANGES_V6 if address in network), None)
    if own is not None:
        return own
    return Kind.PUBLIC if address in _GLOBAL_V6 else Kind.SPECIAL


def meant(address: Address) -> Address:
    """The IPv4 address that this one stands for: a socket connects to that one in truth.
    Mapped (RFC 4291) and NAT64's well-known prefix (RFC 6052)."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if _segments(address)[:6] == [0x64, 0xFF9B, 0, 0, 0, 0]:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def carried(address: IPv6Address) -> list[IPv4Address]:
    """Every IPv4 address that it carries in a transition mechanism: it is forbidden if any
    of them is."""
    a, b, c, d, e, f, g, h = segments = _segments(address)
    found = []
    if (segments[:5] == [0] * 5 and f in (0, 0xFFFF)) or segments[:6] == [0, 0, 0, 0, 0xFFFF, 0]:
        # Compatible (RFC 4291), mapped, and translated (SIIT, RFC 2765).
        found.append(_join(g, h))
    elif segments[:6] == [0x64, 0xFF9B, 0, 0, 0, 0]:
        # NAT64, well-known (RFC 6052).
        found.append(_join(g, h))
    elif (a, b, c) == (0x64, 0xFF9B, 1):
        # NAT64, local (RFC 8215): any of the forms of RFC 6052, section 2.2, which leave
        # the bits from 64 to 71 out.
        found += [
            _join(g, h),
            _join(d, (e << 8 | f >> 8) & 0xFFFF),
            _join((d << 8 | e & 0xFF) & 0xFFFF, f),
            _join((e << 8 | f >> 8) & 0xFFFF, (f << 8 | g >> 8) & 0xFFFF),
        ]
    elif a == 0x2002:
        # 6to4 (RFC 3056).
        found.append(_join(b, c))
    elif (a, b) == (0x2001, 0):
        # Teredo (RFC 4380): the server, and the client with its bits turned.
        found += [_join(c, d), _join(g ^ 0xFFFF, h ^ 0xFFFF)]
    if e in (0, 0x200) and f == 0x5EFE:
        # ISATAP (RFC 5214): in the interface identifier, under any prefix.
        found.append(_join(g, h))
    return found


def _segments(address: IPv6Address) -> list[int]:
    packed = address.packed
    return [int.from_bytes(packed[at : at + 2], "big") for at in range(0, 16, 2)]


def _join(high: int, low: int) -> IPv4Address:
    return IPv4Address(high << 16 | low)
