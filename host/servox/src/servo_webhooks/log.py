"""What the connector logs goes where the servo logs."""

from __future__ import annotations

import traceback

import loguru

logger = loguru.logger.bind(component="webhooks")


def fault(error: Exception) -> str:
    """Logs an error that nobody expected, by its places alone: the log of servox shows the
    values of variables, and keys are among them. Returns it in short."""
    places = "".join(traceback.format_tb(error.__traceback__))
    logger.error(f"a fault in the connector: {type(error).__name__}\n{places}")
    return f"a fault in the connector: {type(error).__name__}"
