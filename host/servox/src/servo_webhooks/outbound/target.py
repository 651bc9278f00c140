"""Where a request goes: a URL, of which only the origin is ever shown."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple

import ada_url

from .address import Address


class TargetError(ValueError):
    """Why a URL cannot be used; nothing behind its host is repeated."""


class Target(NamedTuple):
    """A checked URL."""

    https: bool
    host: str
    """A name, or an address without brackets."""
    address: Address | None
    """The address, if the host is one."""
    port: int
    authority: str
    """Host and port as a request names them."""
    path: bytes
    """Path and query: confidential."""

    @property
    def origin(self) -> str:
        """Scheme, host and port: the part that is no secret."""
        return f"{'https' if self.https else 'http'}://{self.authority}"

    def __repr__(self) -> str:
        return self.origin

    @classmethod
    def parse(cls, text: str) -> Target:
        """Parses a URL as browsers do (WHATWG): odd spellings of an address, such as
        `0x7f.1`, become the address they mean. A fragment is dropped.

        Raises:
            TargetError: Says what to write.
        """
        try:
            url = ada_url.URL(text)
        except ValueError:
            raise TargetError("is not a valid URL; for example https://example.com/path") from None
        if url.protocol not in ("http:", "https:"):
            raise TargetError("must start with http:// or https://")
        if url.username or url.password:
            raise TargetError("must not hold a user or password; put credentials in a header such as Authorization")
        if not url.hostname:
            raise TargetError("needs a host, as in https://example.com/")
        https = url.protocol == "https:"
        port = int(url.port) if url.port else 443 if https else 80
        if port == 0:
            raise TargetError("the port must be a number from 1 to 65535")
        host = url.hostname.strip("[]")
        try:
            address: Address | None = ip_address(host)
        except ValueError:
            address = None
        return cls(https, host, address, port, url.host, f"{url.pathname}{url.search}".encode())
