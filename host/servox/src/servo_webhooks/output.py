"""Standard output of the commands, with pipes that are closed, slow or non-blocking, and full
disks."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import sys

import typer


def emit(text: str) -> None:
    """Writes a line, and waits for whoever reads it.

    Raises:
        typer.Exit: With 1, if it cannot be written. A reader that has gone needs no words.
    """
    try:
        descriptor = sys.stdout.fileno() if sys.stdout else None
    except (OSError, ValueError):
        # It is no file: a test's, or that of a program around this one.
        typer.echo(text)
        return
    try:
        if descriptor is None:
            raise OSError(errno.EBADF, "it is closed")
        sys.stdout.flush()
        _write(descriptor, f"{text}\n".encode(errors="replace"))
    except OSError as error:
        if error.errno != errno.EPIPE:
            with contextlib.suppress(OSError):
                typer.echo(f"standard output cannot be written: {error.strerror}", err=True)
        # Nothing that waits there is to fail once more at the end.
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.close(nowhere)
        raise typer.Exit(1) from None


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
