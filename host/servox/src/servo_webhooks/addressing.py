"""Which webhooks an event or a message goes to, and what each of them is sent."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from .awake import clock, limit
from .before import Addressed
from .configuration import Configuration
from .foreign import shown
from .log import logger
from .occasion import EventError, Occasion
from .parcel import Parcel, Skipped, Unrendered, render
from .sandbox import CallError, Connector, Shape, Starved

SHUT_DOWN = "closed: the webhooks are shut down and accept nothing new"

_PATIENCE, _PAUSE = 5.0, 0.05
"""Seconds that memory for a rendering after an event is waited for, and between two tries."""


class Addressing:
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

    async def of(self, occasion: Occasion, seconds: float | None) -> list[Addressed]:
        """The webhooks that an occasion goes to, each with its parcel. Each shape is rendered
        once."""
        if occasion.fault is not None:
            raise EventError(occasion.fault)
        if occasion.size > self._most:
            raise EventError(f"it has {occasion.size} bytes; the limit is {self._most}")
        try:
            selected = self._configuration.select(occasion.name)
        except CallError as error:
            return self.unanswerable(occasion, Unrendered(str(error)))
        shapes = dict.fromkeys(webhook.shape for webhook in selected)
        parcels = {shape: await self._render(occasion, shape, seconds) for shape in shapes}
        for webhook in selected:
            parcel = parcels[webhook.shape]
            if isinstance(parcel, Parcel) and parcel.warning is not None:
                logger.warning(f"{webhook.label}: {occasion.label}: {shown(parcel.warning)}")
        return [Addressed(webhook, parcels[webhook.shape]) for webhook in selected]

    def unanswerable(self, occasion: Occasion, why: Exception) -> list[Addressed]:
        """The webhooks that it would have gone to, each with the reason why it cannot be sent."""
        try:
            concerned = self._configuration.select(occasion.name)
        except CallError:
            concerned = self._configuration.suspects(occasion.name)
        return [Addressed(webhook, why) for webhook in concerned]

    async def _render(self, occasion: Occasion, shape: Shape, seconds: float | None) -> Parcel | Exception:
        end = clock().now() + (_PATIENCE if seconds is None else seconds)
        try:
            async with limit(None if seconds is None else end):
                while True:
                    try:
                        return await self._rendered(occasion, shape)
                    except Starved as error:
                        if clock().now() + _PAUSE > end:
                            return Unrendered(str(error))
                    await asyncio.sleep(_PAUSE)
        except TimeoutError:
            return Unrendered("its expressions took more than half of the event's budget")
        except (Skipped, Unrendered) as error:
            return error

    async def _rendered(self, occasion: Occasion, shape: Shape) -> Parcel:
        if not shape.warm:
            return render(self._connector, occasion, shape)
        loop = asyncio.get_running_loop()
        try:
            rendering = loop.run_in_executor(self._expressions, render, self._connector, occasion, shape)
        except RuntimeError:
            if self._closed:
                raise Unrendered(SHUT_DOWN) from None
            # There is no thread to be had.
            raise Starved("render") from None
        return await rendering
