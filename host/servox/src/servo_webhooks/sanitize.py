"""Texts from elsewhere (responders, events, components, files) for terminals and logs."""

from __future__ import annotations

import unicodedata

MOST = 1 << 10
"""Bytes of one text that are shown."""

_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Control and formatting characters (bidirectional overrides, zero-width ones), surrogates,
and line ends: what could play tricks on a terminal or forge a line."""


def sanitize(text: str, most: int = MOST) -> str:
    """A text that is safe to show, cut to a number of bytes of UTF-8."""
    # Characters beyond it would be cut anyway.
    text = text[:most]
    if text.isascii() and text.isprintable():
        return text
    safe = "".join("\ufffd" if unicodedata.category(character) in _UNSAFE else character for character in text)
    return safe.encode()[:most].decode(errors="ignore")
