"""Resolves references: reads environment variables and files.

Nothing that was read appears in a problem; a file is named as the configuration names it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..files import FileError, read
from ..sanitize import sanitize
from ..secret import Secret
from .document import Handle, Reference
from .placeholder import has_line_end
from .problem import Problem

_MOST_BYTES = 64 << 10
"""In a file that is referred to."""


class _Unresolved(Exception):
    pass


def resolve(
    handles: Sequence[Handle], folder: Path, severity: str, variables: Mapping[str, str] = os.environ
) -> tuple[list[Secret | None], list[Problem]]:
    """The value of each handle, and the problems of those that have none.

    Args:
        handles: Of a document.
        folder: What files are relative to.
        severity: Of one that cannot be resolved.
        variables: The environment.
    """
    problems = []
    values: list[Secret | None] = []
    for target, path, is_key in handles:
        if not isinstance(target, Reference):
            values.append(target)
            continue
        try:
            text = _variable(target.name, variables) if target.kind == "env" else _file(target.name, folder)
        except _Unresolved as error:
            problems.append(Problem(severity, path, str(error)))
            values.append(None)
            continue
        values.append(Secret(text))
        if is_key and has_line_end(text):
            problems.append(Problem("warning", path, _line_end(target)))
    return values, problems


def _line_end(reference: Reference) -> str:
    if reference.kind == "env":
        called = sanitize(reference.name, 128)
        return f"the environment variable `{called}` holds a line end, which is part of the secret; set it without one"
    called = sanitize(reference.name, 256)
    return f"the file `{called}` holds a line end that is not its last, which is part of the secret; remove it"


def _variable(name: str, variables: Mapping[str, str]) -> str:
    called = sanitize(name, 128)
    value = variables.get(name)
    if value is None:
        raise _Unresolved(f"the environment variable `{called}` is not set")
    if not value:
        raise _Unresolved(f"the environment variable `{called}` is empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Unresolved(f"the environment variable `{called}` is not UTF-8") from None
    return value


def _file(name: str, folder: Path) -> str:
    called = sanitize(name, 256)
    try:
        text = read(folder / name, _MOST_BYTES, name).decode()
    except FileError as error:
        raise _Unresolved(str(error)) from None
    except UnicodeDecodeError:
        raise _Unresolved(f"the file `{called}` is not UTF-8") from None
    if text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    if not text:
        raise _Unresolved(f"the file `{called}` is empty")
    return text
