"""Which webhooks an event or a message goes to, and what each of them is sent."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from .awake_clock import clock, limit
from .before import Recipient
from .configuration import Configuration
from .log_limit import LogLimit
from .notification import EventError, Notification
from .rendered_request import RenderedRequest, Skipped, Unrendered, render
from .sandbox import CallError, Connector, Shape, Starved
from .sanitize import sanitize

SHUT_DOWN = "closed: the webhooks are shut down and accept nothing new"

_warnings = LogLimit("expression")

_PATIENCE, _PAUSE = 5.0, 0.05
"""Seconds that memory for a rendering after an event is waited for, and between two tries."""


class FanOut:
    """Selects webhooks and renders their bodies; expressions run on separate threads."""

    def __init__(self, connector: Connector, configuration: Configuration, most: int) -> None:
        """`most` is the limit of bytes for one event."""
        self._connector = connector
        self._configuration = configuration
        self._most = most
        self._closed = False
        self._expressions = ThreadPoolExecutor(os.cpu_count(), "servo-webhooks expressions")

    def close(self) -> None:
        """Ends its threads."""
        self._closed = True
        self._expressions.shutdown(wait=False)

    async def of(self, notification: Notification, seconds: float | None) -> list[Recipient]:
        """The webhooks that a notification goes to, each with its request. Each shape is rendered
        once."""
        if notification.fault is not None:
            raise EventError(notification.fault)
        if notification.size > self._most:
            raise EventError(f"it has {notification.size} bytes; the limit is {self._most}")
        try:
            selected = self._configuration.select(notification.name)
        except CallError as error:
            return self.unanswerable(notification, Unrendered(str(error)))
        shapes = dict.fromkeys(webhook.shape for webhook in selected)
        by_shape = {shape: await self._render(notification, shape, seconds) for shape in shapes}
        for webhook in selected:
            rendered = by_shape[webhook.shape]
            if isinstance(rendered, RenderedRequest) and rendered.warning is not None:
                warning = sanitize(rendered.warning)
                text = f"{webhook.label}: {notification.label}: {warning}"
                _warnings.warn((webhook.label, notification.name, warning), text)
        return [Recipient(webhook, by_shape[webhook.shape]) for webhook in selected]

    def unanswerable(self, notification: Notification, why: Exception) -> list[Recipient]:
        """The webhooks that it would have gone to, each with the reason why it cannot be sent."""
        try:
            selected = self._configuration.select(notification.name)
        except CallError:
            selected = self._configuration.suspects(notification.name)
        return [Recipient(webhook, why) for webhook in selected]

    async def _render(
        self, notification: Notification, shape: Shape, seconds: float | None
    ) -> RenderedRequest | Exception:
        end = clock().now() + (_PATIENCE if seconds is None else seconds)
        try:
            async with limit(None if seconds is None else end):
                while True:
                    try:
                        return await self._rendered(notification, shape)
                    except Starved as error:
                        if clock().now() + _PAUSE > end:
                            return Unrendered(str(error))
                    await asyncio.sleep(_PAUSE)
        except TimeoutError:
            return Unrendered("its expressions took more than half of the event's budget")
        except (Skipped, Unrendered) as error:
            return error

    async def _rendered(self, notification: Notification, shape: Shape) -> RenderedRequest:
        if not shape.warm:
            return render(self._connector, notification, shape)
        loop = asyncio.get_running_loop()
        try:
            rendering = loop.run_in_executor(self._expressions, render, self._connector, notification, shape)
        except RuntimeError:
            if self._closed:
                raise Unrendered(SHUT_DOWN) from None
            # There is no thread to be had.
            raise Starved("render") from None
        return await rendering
