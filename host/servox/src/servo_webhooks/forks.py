"""Forks: only the forking thread continues in the child, and a lock that another thread held
stays locked there."""

from __future__ import annotations

import os
from collections.abc import Callable
from weakref import WeakMethod

Call = Callable[[], None]


def at_fork(*, before: Call | None = None, after_in_parent: Call | None = None, after_in_child: Call) -> None:
    """Calls methods around forks, as long as their object exists."""
    os.register_at_fork(
        before=_weak(before), after_in_parent=_weak(after_in_parent), after_in_child=_weak(after_in_child)
    )


def _weak(method: Call | None) -> Call:
    if method is None:
        return lambda: None
    reference = WeakMethod(method)

    def call() -> None:
        if found := reference():
            found()

    return call
