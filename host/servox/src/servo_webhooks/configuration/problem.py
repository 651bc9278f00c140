"""What is wrong in a configuration, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..sanitize import sanitize

MOST = 1000
"""Problems that are shown."""

_KEY = re.compile(r"[\w.$-]{1,64}\Z")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w{0,63}\Z", re.ASCII)


class Problem(NamedTuple):
    """A warning lets the configuration load, an error does not."""

    severity: str
    """`error` or `warning`."""
    path: str
    """Such as `webhooks[2].backoff.max_time`."""
    message: str
    """For people: what is wrong and what to write. Holds no secret."""

    def __str__(self) -> str:
        return f"{self.severity}: {self.path}: {self.message}"


class ConfigurationError(ValueError):
    """A configuration that cannot be used: all problems, one per line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def limited(problems: Iterable[Problem]) -> list[Problem]:
    """Limits number and length, and replaces control characters. Errors come first, so that
    none is lost."""
    found = [problem._replace(message=sanitize(problem.message)) for problem in problems]
    found.sort(key=lambda problem: problem.severity != "error")
    return found[:MOST]


def readable(steps: Iterable[str | int]) -> str:
    """A readable path below `webhooks`."""
    path = "webhooks"
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _IDENTIFIER.match(step):
            path += f".{step}"
        else:
            path += f'["{label(step)}"]'
    return path


def label(key: str) -> str:
    """A key as it may be shown. One with odd characters may contain a value."""
    return key if _KEY.match(key) else "…"


def from_pointer(pointer: str) -> str:
    """A readable path from a JSON pointer (RFC 6901)."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    return readable(int(token) if token.isascii() and token.isdigit() else token for token in tokens)
