"""The way of working of the original connector 0.2.3, on a servox that it does not load on.

Its handlers, line by line from the published package, as far as they concern a request: a new
HTTP client for each. What it sent before an event was `foo=bar`; here it is the same size as
after one, so that both do the same work.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any

import httpx
import servo
from pydantic import BaseModel
from servo.events import EventResult

CONTENT_TYPE = "application/vnd.opsani.servo-webhooks+json"


class Result(BaseModel):
    """Models an EventResult webhook representation."""

    connector: str
    value: Any


class RequestBody(BaseModel):
    """Models the JSON body of a webhook request containing event results."""

    event: str
    created_at: datetime
    results: list[Result]


class OriginalConfiguration(servo.BaseConfiguration):
    """What it needs of its configuration."""

    url: str
    secret: str


@servo.metadata(name=("original", "original"), version="0.2.3")
class OriginalConnector(servo.BaseConnector):
    """Its handlers for one event."""

    config: OriginalConfiguration

    @servo.before_event("promote")
    async def before(self) -> None:
        await self._post("before:promote", [])

    @servo.after_event("measure")
    async def after(self, results: list[EventResult]) -> None:
        await self._post("after:measure", [Result(connector=one.connector.name, value=one.value) for one in results])

    async def _post(self, event: str, results: list[Result]) -> None:
        headers = {"Content-Type": CONTENT_TYPE}
        body = RequestBody(event=event, created_at=datetime.now(), results=results).json()
        headers["X-Servo-Signature"] = str(
            hmac.new(self.config.secret.encode(), body.encode(), hashlib.sha1).hexdigest()
        )
        async with httpx.AsyncClient(headers=headers) as client:
            response = await client.post(self.config.url, data=body, headers=headers)  # type: ignore[arg-type]
            if response.status_code != 200:
                self.logger.error(f"failed posted webhook for '{event}' event")
