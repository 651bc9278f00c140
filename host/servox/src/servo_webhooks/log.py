"""What the connector logs goes where the servo logs."""

from __future__ import annotations

import traceback

import loguru
import servo.logging

logger = loguru.logger.bind(component="webhooks")


def is_shown(level: str) -> bool:
    """Whether servox shows messages of a level. It asks its filter last, when the whole
    record is written: too dear for what every delivery would say."""
    shown: int = logger.level(servo.logging.DEFAULT_FILTER.level).no
    return logger.level(level).no >= shown


def fault(error: Exception) -> str:
    """Logs an error that nobody expected, by its places alone: the log of servox shows the
    values of variables, and keys are among them. Returns it in short."""
    places = "".join(traceback.format_tb(error.__traceback__))
    logger.error(f"a fault in the connector: {type(error).__name__}\n{places}")
    return f"a fault in the connector: {type(error).__name__}"
