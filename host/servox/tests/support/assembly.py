"""A real servo of servox with connectors that measure and adjust."""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pydantic
import servo
import servo.events

from servo_webhooks import WebhooksConnector

METRIC = servo.Metric("throughput", servo.Unit.requests_per_minute)


class _Events:
    """An event that servox does not have."""

    @servo.event("deploy")
    async def deploy(self, version: str, *, replicas: int = 1, canary: Any = None) -> Any:
        pass


@servo.metadata(name=("provider", "provider"), description="measures and adjusts", version="1.0.0")
class ProviderConnector(servo.BaseConnector):
    """Measures, adjusts, and says what it has done."""

    config: servo.BaseConfiguration
    made: list[Any] = pydantic.Field(default_factory=list)
    deployed: Any = None

    @servo.on_event()
    async def metrics(self) -> list[servo.Metric]:
        return [METRIC]

    @servo.on_event()
    async def components(self) -> list[servo.Component]:
        return [servo.Component("web", settings=[servo.CPU(min=1, max=4, value=2)])]

    @servo.on_event()
    async def measure(
        self,
        *,
        metrics: list[str] = None,  # type: ignore[assignment]  # noqa: RUF013
        control: servo.Control = servo.Control(),  # noqa: B008
    ) -> servo.Measurement:
        at = datetime.datetime(2020, 10, 2, 17, 50, 20, 123456)
        return servo.Measurement(readings=[servo.TimeSeries(METRIC, [servo.DataPoint(METRIC, at, 31337.0)])])

    @servo.on_event()
    async def adjust(
        self,
        adjustments: list[servo.Adjustment],
        control: servo.Control = servo.Control(),  # noqa: B008
    ) -> servo.Description:
        self.made.extend(adjustments)
        return servo.Description(components=await self.components(), metrics=await self.metrics())

    @servo.on_event()
    async def deploy(self, version: str, *, replicas: int = 1, canary: Any = None) -> Any:
        if isinstance(self.deployed, Exception):
            raise self.deployed
        return self.deployed() if callable(self.deployed) else self.deployed

    @servo.on_event()
    async def startup(self) -> None:
        self.made.append("startup")

    @servo.on_event()
    async def shutdown(self) -> None:
        self.made.append("shutdown")


class Money(Decimal):
    """A number that is no float."""


@asynccontextmanager
async def assembled(
    optimizer: str, connectors: dict[str, Any] | None = None, **configs: Any
) -> AsyncIterator[servo.Servo]:
    """A servo of the given configurations, with all that servox does around it."""
    classes = connectors or {"webhooks": "WebhooksConnector", "provider": "ProviderConnector"}
    config = {
        "optimizer": {"id": "dev.example.com/checkout", "token": "t", "url": optimizer},
        "connectors": classes,
        "provider": {},
        "settings": {"backoff": {"__default__": {"max_time": "1s", "max_tries": 1}}},
        **configs,
    }
    if "provider" not in classes:
        del config["provider"]
    assembly = await servo.Assembly.assemble(configs=[config])
    (servo_,) = assembly.servos
    try:
        yield servo_
    finally:
        for connector in servo_.connectors:
            if isinstance(connector, WebhooksConnector):
                connector.webhooks.shutdown(5)
        await servo_._api_client.aclose()


def webhooks(servo_: servo.Servo, name: str = "webhooks") -> WebhooksConnector:
    """The connector of a servo."""
    found = servo_.get_connector(name)
    assert isinstance(found, WebhooksConnector)
    return found


def provider(servo_: servo.Servo) -> ProviderConnector:
    """The other connector of a servo."""
    found = servo_.get_connector("provider")
    assert isinstance(found, ProviderConnector)
    return found
