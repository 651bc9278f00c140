"""The connector logs where the servo logs, from its own thread: a log that nobody reads blocks
neither questions nor deliveries nor the end of the program."""

from __future__ import annotations

import atexit
import queue
import threading
import time
import traceback

import loguru
import servo.logging

from .forks import at_fork
from .sanitize import sanitize

_MOST_WAITING = 10_000
"""Lines that wait to be written; what is more is counted and lost."""

_LINE = 4 << 10
"""Bytes of a line."""


class _Log:
    """Writes lines without control characters or line ends."""

    def __init__(self) -> None:
        self._logger = loguru.logger.bind(component="webhooks")
        self._renew()
        at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._waiting: queue.Queue[tuple[str, str]] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._lost = 0

    def debug(self, text: str) -> None:
        """Details for debugging."""
        self._put("DEBUG", sanitize(text, _LINE))

    def info(self, text: str) -> None:
        """Normal operation."""
        self._put("INFO", sanitize(text, _LINE))

    def warning(self, text: str) -> None:
        """Something may need attention."""
        self._put("WARNING", sanitize(text, _LINE))

    def error(self, text: str) -> None:
        """Something needs attention."""
        self._put("ERROR", sanitize(text, _LINE))

    def fault(self, text: str) -> None:
        """Our own text, which may have several lines."""
        self._put("ERROR", text)

    def flush(self, seconds: float = 1.0) -> bool:
        """Waits until everything is written, up to a limit; returns whether it is."""
        deadline = time.monotonic() + seconds
        with self._waiting.all_tasks_done:
            while self._waiting.unfinished_tasks:
                if not self._waiting.all_tasks_done.wait(max(0.0, deadline - time.monotonic())):
                    return False
        return True

    def _put(self, level: str, text: str) -> None:
        try:
            self._waiting.put_nowait((level, text))
        except queue.Full:
            self._lost += 1
            return
        if self._thread is None:
            self._start()

    def _start(self) -> None:
        with self._lock:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._write, name="servo-webhooks log", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # No thread is to be had now; the next line tries again.
                return
            self._thread = thread
            atexit.register(self.flush)

    def _write(self) -> None:
        while True:
            level, text = self._waiting.get()
            try:
                self._logger.log(level, "{}", text)
                if lost := self._lost:
                    self._lost -= lost
                    self._logger.log("ERROR", "{} log lines were lost: the log was not being read", lost)
            except Exception:
                # Whoever is to be told of it, it is not by a log that fails.
                self._lost += 1
            finally:
                self._waiting.task_done()


logger = _Log()


def is_shown(level: str) -> bool:
    """Whether servox shows messages of a level. loguru filters only after the whole record is
    made, which is too expensive for every delivery."""
    least: int = loguru.logger.level(servo.logging.DEFAULT_FILTER.level).no
    return loguru.logger.level(level).no >= least


def fault(error: Exception) -> str:
    """Logs an unexpected error with its places in the code only: the log of servox would show
    the values of variables, such as keys. Returns a short text."""
    places = "".join(traceback.format_tb(error.__traceback__))
    logger.fault(f"internal error in the connector: {type(error).__name__}\n{places}")
    return f"internal error in the connector: {type(error).__name__}"
