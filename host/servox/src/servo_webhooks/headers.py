"""Which headers may come from where.

The connector returns content type and signatures as named values; the host sets the rest
and takes nothing else from it, whichever component it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .sandbox import CallError
from .sandbox.records import Header

Pairs = list[tuple[str, str]]

SIGNATURE = "x-servo-signature"

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}\Z")

_PROTECTED = frozenset(
    [
        "accept-encoding",
        "connection",
        "cookie",
        "date",
        "expect",
        "forwarded",
        "host",
        "http2-settings",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ]
)
"""Names that a configuration may not set: they belong to the transport, to the format or to
the signature."""

_PROTECTED_PREFIXES = ("ce-", "content-", "proxy-", "webhook-", "x-forwarded-", "x-servo-")

_MOST = 64
"""Headers from one call; more are a fault of the connector."""

_MOST_BYTES = 8 << 10
"""Of one value that the connector returned."""


def custom(name: str, value: str) -> tuple[str, str]:
    """A header that a webhook sets for itself.

    Raises:
        ValueError: Says what is wrong with it, without its value.
    """
    if not _NAME.match(name):
        raise ValueError("not a valid header name (RFC 9110, section 5.1)")
    lower = name.lower()
    if lower in _PROTECTED or lower.startswith(_PROTECTED_PREFIXES):
        raise ValueError(f"{name} is reserved; remove it")
    if not is_value(value):
        raise ValueError("the value has characters that are not allowed in headers (RFC 9110, section 5.5)")
    return name, value.strip(" ")


def is_value(value: str) -> bool:
    """Whether a header can carry it: ASCII without control characters."""
    return value.isascii() and value.isprintable()


def rendered(headers: Iterable[Header]) -> Pairs:
    """What `render` returned: names that begin with `ce-`, and no others.

    Raises:
        CallError: If there is anything else.
    """
    return _taken("render", headers, lambda name: name.startswith("ce-"))


def signatures(headers: Iterable[Header]) -> Pairs:
    """What `sign` returned: `X-Servo-Signature` and names that begin with `webhook-`, and
    no others.

    Raises:
        CallError: If there is anything else.
    """
    return _taken("sign", headers, lambda name: name == SIGNATURE or name.startswith("webhook-"))


def _taken(function: str, headers: Iterable[Header], allowed: Callable[[str], bool]) -> Pairs:
    found: dict[str, tuple[str, str]] = {}
    for name, value in headers:
        lower = name.lower()
        if not _NAME.match(name) or not allowed(lower):
            raise CallError.unusable(function, "a header that it has no right to")
        if not is_value(value) or len(value) > _MOST_BYTES:
            raise CallError.unusable(function, f"a value that {lower} cannot have")
        found[lower] = (name, value)
        if len(found) > _MOST:
            raise CallError.unusable(function, "too many headers")
    return list(found.values())
