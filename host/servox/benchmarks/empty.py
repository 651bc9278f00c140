"""A connector with handlers that do nothing: what is left is servox's own dispatch."""

from __future__ import annotations

import servo
from servo.events import EventResult


@servo.metadata(name=("empty", "empty"), version="1.0.0")
class EmptyConnector(servo.BaseConnector):
    """Its handlers are those of the original."""

    config: servo.BaseConfiguration

    @servo.before_event("promote")
    async def before(self) -> None:
        """Nothing."""

    @servo.after_event("measure")
    async def after(self, results: list[EventResult]) -> None:
        """Nothing."""
