"""Opens references: reads environment variables and files.

Nothing that was read appears in a problem; a file is named as the configuration names it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..secret import Secret
from .document import Handle, Reference
from .problem import Problem, printable

_MOST_BYTES = 64 << 10
"""In a file that is referred to."""


class _Unresolved(Exception):
    pass


def resolve(
    handles: Sequence[Handle], folder: Path, severity: str, variables: Mapping[str, str] = os.environ
) -> tuple[list[Secret | None], list[Problem]]:
    """The value of each handle, and what is wrong with the others.

    Args:
        handles: Of a document.
        folder: What files are relative to.
        severity: Of one that cannot be resolved.
        variables: The environment.
    """
    problems = []
    values: list[Secret | None] = []
    for target, path in handles:
        if not isinstance(target, Reference):
            values.append(target)
            continue
        try:
            text = _variable(target.name, variables) if target.kind == "env" else _file(target.name, folder)
            values.append(Secret(text))
        except _Unresolved as error:
            problems.append(Problem(severity, path, str(error)))
            values.append(None)
    return values, problems


def _variable(name: str, variables: Mapping[str, str]) -> str:
    shown = printable(name, 128)
    value = variables.get(name)
    if value is None:
        raise _Unresolved(f"the environment variable `{shown}` is not set: set it")
    if not value:
        raise _Unresolved(f"the environment variable `{shown}` is empty: give it a value")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Unresolved(f"the environment variable `{shown}` is not UTF-8") from None
    return value


def _file(name: str, folder: Path) -> str:
    shown = printable(name, 256)
    try:
        path = folder / name
        # Opening a pipe would wait for its other end.
        if not path.is_file():
            path.stat()
            raise _Unresolved(f"the file `{shown}` cannot be read: it is not a regular file")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no path"
        raise _Unresolved(f"the file `{shown}` cannot be read: {why}") from None
    if len(data) > _MOST_BYTES:
        raise _Unresolved(f"the file `{shown}` is longer than 64 KiB")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _Unresolved(f"the file `{shown}` is not UTF-8") from None
    if text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    if not text:
        raise _Unresolved(f"the file `{shown}` is empty")
    return text
