"""Suggestions for misspelt words."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 256
"""Characters of a word that is compared: it takes time in the product of both lengths."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The nearest known word, if it is near enough."""
    if len(word) > _LONGEST:
        return None
    distances = [(_distance(word.lower(), candidate.lower()), candidate) for candidate in known]
    near = [(distance, candidate) for distance, candidate in distances if distance <= 1 + len(candidate) // 4]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _distance(left: str, right: str) -> int:
    """Optimal string alignment: characters that are inserted, left out, replaced, or swapped
    with the next one."""
    rows = [list(range(len(right) + 1))]
    for i, one in enumerate(left, 1):
        row, above = [i], rows[-1]
        for j, other in enumerate(right, 1):
            least = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (one != other))
            if i > 1 and j > 1 and one == right[j - 2] and left[i - 2] == other:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
