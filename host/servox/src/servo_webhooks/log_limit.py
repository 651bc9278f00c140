"""Keeps what repeats from filling the log: a cause is logged once, and then at most once a minute, with
the number of lines that were held back. A line that is the only record of a loss is never limited."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from .forks import at_fork
from .log import logger

_PAUSE = 60.0
"""Seconds between two lines of one cause."""

_CAUSES = 32
"""Causes that are logged within the pause; of those beyond, the number is."""


@dataclass(slots=True)
class _Cause:
    logged: float
    held: int = 0


class LogLimit:
    """The warnings of one kind. Memory is bounded, whatever the causes are."""

    def __init__(self, kind: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._kind = kind
        self._clock = clock
        self._causes: dict[int, _Cause] = {}
        self._others = 0
        self._others_logged: float | None = None
        self._renew()
        at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = Lock()

    def warn(self, cause: tuple[str, ...], text: str) -> None:
        """Logs a warning, unless one with its cause was logged within the last minute."""
        with self._lock:
            repeated = self._admit(hash(cause), self._clock())
            others = 0 if repeated is None else self._take_others(self._clock())
        if others:
            logger.warning(
                f"{others} log lines of the kind {self._kind} were held back: "
                f"it had more than {_CAUSES} causes within a minute"
            )
        if repeated is not None:
            logger.warning(f"{text}; repeated={repeated}" if repeated else text)

    def _admit(self, cause: int, now: float) -> int | None:
        """How many lines were held back before this one; none if this one is."""
        known = self._causes.get(cause)
        if known is not None:
            if now - known.logged < _PAUSE:
                known.held += 1
                return None
            held, known.held, known.logged = known.held, 0, now
            return held
        if len(self._causes) >= _CAUSES:
            old = next((key for key, each in self._causes.items() if now - each.logged >= _PAUSE), None)
            if old is None:
                self._others += 1
                return None
            self._others += self._causes.pop(old).held
        self._causes[cause] = _Cause(now)
        return 0

    def _take_others(self, now: float) -> int:
        if self._others_logged is not None and now - self._others_logged < _PAUSE:
            return 0
        others, self._others = self._others, 0
        if others:
            self._others_logged = now
        return others
