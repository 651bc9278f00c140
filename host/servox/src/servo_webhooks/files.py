"""How files are read: only regular ones, and up to a limit."""

from __future__ import annotations

import os
import stat

from .sanitize import sanitize

_NAME = 256
"""Bytes of a file's name that are shown."""


class FileError(Exception):
    """A file that cannot be used: which one, and why."""


def read(path: str | os.PathLike[str], most: int, name: str | None = None) -> bytes:
    """Reads a regular file. Opening never blocks, as it would on a pipe without a writer.

    Args:
        path: Where it is.
        most: Bytes that are read; a whole number of KiB.
        name: What it is called in an error; left out: its path.

    Raises:
        FileError: If it cannot be read, is no regular file, or is longer.
    """
    called = f"the file `{sanitize(os.fspath(path) if name is None else name, _NAME)}`"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        raise FileError(f"{called} cannot be read: {error.strerror or type(error).__name__}") from None
    except ValueError:
        raise FileError(f"{called} cannot be read: it is not a valid path") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileError(f"{called} cannot be read: it is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(most + 1)
    except OSError as error:
        raise FileError(f"{called} cannot be read: {error.strerror or type(error).__name__}") from None
    finally:
        os.close(descriptor)
    if len(data) > most:
        bound = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"
        raise FileError(f"{called} is longer than {bound}")
    return data
