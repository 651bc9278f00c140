"""A connector that measures without measuring anything."""

from __future__ import annotations

import datetime

import servo

METRIC = servo.Metric("throughput", servo.Unit.requests_per_minute)
POINT = servo.DataPoint(METRIC, datetime.datetime(2020, 10, 2, 17, 50, 20), 31337.0)
MEASUREMENT = servo.Measurement(readings=[servo.TimeSeries(METRIC, [POINT] * 4)])


@servo.metadata(name=("provider", "provider"), version="1.0.0")
class ProviderConnector(servo.BaseConnector):
    """Answers at once."""

    config: servo.BaseConfiguration

    @servo.on_event()
    async def measure(
        self,
        *,
        metrics: list[str] = None,  # type: ignore[assignment]  # noqa: RUF013
        control: servo.Control = servo.Control(),  # noqa: B008
    ) -> servo.Measurement:
        """Always the same."""
        return MEASUREMENT

    @servo.on_event()
    async def promote(self) -> None:
        """Nothing."""
