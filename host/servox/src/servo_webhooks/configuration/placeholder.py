"""Placeholders of other programs, which nothing expands here.

A secret that reads `${SECRET}` would sign, and every request would be refused for a reason
that nobody sees.
"""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(
    r"\$\{([^{}]*)\}|\$\(([^()]*)\)|\{\{([^{}]*)\}\}|\$([A-Za-z_][A-Za-z0-9_]*)"
    r"|env:\s*([A-Za-z_][A-Za-z0-9_]*)|(?P<file>file:\s*\S+)"
)
"""What other programs would replace by a variable or a file."""


def instead(text: str) -> str | None:
    """The reference to write instead of a text that is a placeholder as a whole."""
    placeholder = _PLACEHOLDER.fullmatch(text.strip())
    if placeholder is None:
        return None
    if placeholder["file"]:
        return "{file: PATH}"
    inner = next(part for part in placeholder.groups() if part is not None).strip()
    name = re.split(r"[:?+=-]", inner, maxsplit=1)[0]
    # What is not written like a variable could be the secret.
    return f"{{env: {name if re.fullmatch('[A-Z][A-Z0-9_]{0,63}', name) else 'NAME'}}}"


def has_line_end(text: str) -> bool:
    """Whether a secret has a line end, which is rarely intended."""
    return "\n" in text or "\r" in text
