"""Whether what is expected is found, and if not, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def differences(place: str, expected: Any, found: Any) -> list[str]:
    """What differs at a place; nothing if it fits.

    An object may hold more than is expected; `null` stands for null or nothing, `"*"` for
    any text, a text that starts with `~` for any that contains the rest.
    """
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            text for key, value in expected.items() for text in differences(f"{place}.{key}", value, found.get(key))
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [text for at, (one, other) in pairs for text in differences(f"{place}[{at}]", one, other)]
    if isinstance(expected, str) and isinstance(found, str) and fits(expected, found):
        return []
    if type(expected) is type(found) and expected == found:
        return []
    return [difference(place, expected, found)]


def fits(expected: str, found: str) -> bool:
    """Whether a text is the one that is expected."""
    if expected.startswith("~"):
        return expected[1:] in found
    return expected in ("*", found)


def difference(place: str, expected: Any, found: Any) -> str:
    """One line for people."""
    return f"{place}: expected {str(expected)[:600]}, found {str(found)[:600]}"


def in_any_order(place: str, expected: Sequence[Any], found: Sequence[Any]) -> list[str]:
    """What differs where the order is of no account."""
    left = list(found)
    wrong = []
    for item in expected:
        at = next((at for at, other in enumerate(left) if not differences("", item, other)), None)
        if at is None:
            wrong.append(difference(place, item, left))
        else:
            del left[at]
    return wrong + [difference(place, "nothing more", item) for item in left if not wrong]
