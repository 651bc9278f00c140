"""Confidential values: secrets, and what references lead to."""

from __future__ import annotations


class Secret:
    """A confidential text. Only `expose` returns it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def expose(self) -> str:
        """The text itself: for signing and sending, never for people."""
        return self._text

    def __repr__(self) -> str:
        return "[redacted]"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")
