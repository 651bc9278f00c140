"""Proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.

A proxy is exempt from the rule of where requests may go; what is asked of it is not. It is
asked by name, for a name that was vetted here first, and trusted to connect to that.
"""

from __future__ import annotations

import base64
from typing import NamedTuple
from urllib.parse import unquote
from urllib.request import getproxies_environment

import ada_url

from .no_proxy import NoProxy
from .target import Target

_WRITE = "write http://HOST:PORT, with a port from 1 to 65535"


class ProxyError(Exception):
    """A proxy that cannot be used, without its address and credentials."""


class Proxy(NamedTuple):
    """A proxy for one request."""

    host: str
    port: int
    authorization: str | None
    """`Proxy-Authorization` (RFC 9110, 11.7.2), if it wants credentials."""

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"


class Proxies:
    """Which proxy a request goes through, if any."""

    def __init__(self, variables: dict[str, str] | None = None) -> None:
        """Reads the environment, or variables by scheme as `urllib` gives them.

        Raises:
            ProxyError: If one of them cannot be spoken to.
        """
        self._variables = getproxies_environment() if variables is None else variables
        self._proxies = {
            scheme: _parse(scheme, text)
            for scheme, text in self._variables.items()
            if scheme in ("http", "https", "all") and text
        }
        try:
            self._excepted = NoProxy(self._variables.get("no", ""))
        except ValueError as error:
            raise ProxyError(str(error)) from None

    def of(self, target: Target) -> Proxy | None:
        """The proxy for a target, unless it is excepted."""
        scheme = "https" if target.https else "http"
        proxy = self._proxies.get(scheme) or self._proxies.get("all")
        return None if proxy is None or self._excepted.fits(target) else proxy


def _parse(scheme: str, text: str) -> Proxy:
    variable = f"{scheme.upper()}_PROXY"
    written = text if "://" in text else f"http://{text}"
    try:
        url = ada_url.URL(written)
    except ValueError:
        why = "has an invalid port" if _port_is_wrong(written) else "is not a valid URL"
        raise ProxyError(f"the proxy of {variable} {why}; {_WRITE}") from None
    if url.protocol != "http:" or not url.hostname:
        raise ProxyError(f"the proxy of {variable} must be an http:// URL; write http://HOST:PORT")
    if url.port == "0":
        raise ProxyError(f"the proxy of {variable} has an invalid port; {_WRITE}")
    authorization = None
    if url.username or url.password:
        pair = f"{unquote(url.username)}:{unquote(url.password)}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    return Proxy(url.hostname.strip("[]"), int(url.port or 80), authorization)


def _port_is_wrong(url: str) -> bool:
    """Whether it is a URL but for its port."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host, colon, port = authority.rpartition(":")
    try:
        ada_url.URL(f"{scheme}://{host}{slash}{path}")
    except ValueError:
        return False
    return bool(colon and port)
