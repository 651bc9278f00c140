"""The hooks of a servo: before an event, after it, and for messages."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from . import before
from .attempt import Sender, Unread
from .before import Addressed
from .configuration import Configuration
from .delivery import Delivery, Freight
from .inbox import Inbox
from .log import logger
from .occasion import EventError, Occasion
from .options import Options
from .outbound import Client
from .outbox import Outbox
from .outcome import DeliveryOutcome, EventOutcome, Observer, WebhookOutcome
from .parcel import Parcel, Skipped, Unrendered, render
from .room import Full, Room
from .sandbox import CallError, Connector, Shape
from .times import display, uuid7
from .webhook import Webhook
from .worker import Worker


class Webhooks:
    """The webhooks of a servo, at work. To be used from any thread and event loop."""

    def __init__(
        self, connector: Connector, configuration: Configuration, options: Options, observer: Observer
    ) -> None:
        """Starts the webhooks of a configuration."""
        self.configuration = configuration
        self.options = options
        self.worker = Worker()
        self.client = Client(options.allow, options.proxies)
        self.sender = Sender(connector, self.client, configuration.answer_headers, options.answer_cap, options.breaker)
        self.connector = connector
        self._observer = observer
        self._room = Room(options.max_waiting, options.max_waiting_bytes, configuration.endpoints)
        self._outbox = Outbox(self.sender, observer, options.connections)
        self._inbox = Inbox(self.worker, self._outbox.push)
        self._expressions = ThreadPoolExecutor(os.cpu_count(), "servo-webhooks expressions")
        self._publishing = 0
        self._settled = asyncio.Event()
        # Deliveries are settled in the worker's loop, where this is waited for.
        self._room.on_empty = self._settled.set
        self._closed = False
        self._closing = threading.Lock()

    def __repr__(self) -> str:
        return f"Webhooks(waiting={self.waiting})"

    @property
    def waiting(self) -> int:
        """Deliveries that are not settled."""
        return self._room.waiting

    async def before(self, occasion: Occasion) -> EventOutcome:
        """Asks the webhooks before an event, within the budget of the options. What is no
        event, or too large, is settled by their `on_error`."""
        began = time.monotonic()
        budget = self.options.before_budget
        try:
            # The other half is for the answers: of those too who have no expressions.
            addressed = await self._addressed(occasion, budget / 2)
        except EventError as error:
            addressed = self._unanswerable(occasion, error)
        if not addressed:
            return EventOutcome(occasion.name, occasion.id, "proceed")
        if self._closed:
            addressed = self._unanswerable(occasion, Unrendered("the webhooks are shut down"))
        asking = before.ask(self.sender, occasion, addressed, began + budget, self._publish)
        return await (asking if self._closed else self.worker.run(asking))

    async def after(self, occasion: Occasion) -> EventOutcome:
        """Tells the webhooks after an event, or of a message. Waits for their expressions
        alone, never for a delivery: the observer hears of each.

        Raises:
            EventError: If it is no event.
        """
        freights: dict[Shape, Freight] = {}
        deliveries: list[Delivery] = []
        outcomes = [
            self._accept(occasion, webhook, parcel, freights, deliveries)
            for webhook, parcel in await self._addressed(occasion, None)
        ]
        if deliveries:
            # All at once: those of one body are counted before the first is settled.
            self._inbox.put(deliveries)
        kinds = {outcome.outcome for outcome in outcomes}
        accepted = "accepted" in kinds or kinds <= {"skipped"}
        return EventOutcome(occasion.name, occasion.id, "accepted" if accepted else "rejected", None, outcomes)

    def drain(self, limit: float | None = None) -> int:
        """Waits until every delivery is settled, at most for so many seconds; then ends those
        that are not, each with a line in the log, and says how many. Nothing is accepted
        any more."""
        with self._closing:
            if self._closed:
                return 0
            self._closed = True
        seconds = self.options.drain_timeout if limit is None else limit
        left = self.worker.submit(self._drain(seconds)).result()
        self.worker.stop()
        self._expressions.shutdown(wait=False)
        return left

    async def settled(self) -> None:
        """Waits until every delivery so far is settled, in any loop."""
        await self.worker.run(self._until_settled())

    async def _drain(self, seconds: float) -> int:
        try:
            async with asyncio.timeout(seconds):
                await self._until_settled()
        except TimeoutError:
            logger.error(f"{self.waiting} deliveries were not settled within {display(seconds)}, and end now")
        left = self.waiting
        await self._outbox.close()
        self._inbox.close()
        await self.client.close()
        return left

    async def _until_settled(self) -> None:
        while self.waiting or self._publishing:
            self._settled.clear()
            # What is settled right now is missed by nobody: the room tells in this loop.
            await self._settled.wait()

    async def _addressed(self, occasion: Occasion, seconds: float | None) -> list[Addressed]:
        """The webhooks that an occasion concerns, each with its parcel: one rendering for
        each shape."""
        limit = self.options.max_event
        if occasion.size > limit:
            raise EventError(f"it has {occasion.size} bytes, and {limit} are the most that are taken")
        try:
            selected = self.configuration.select(occasion.name)
        except CallError as error:
            return self._unanswerable(occasion, Unrendered(str(error)))
        shapes = dict.fromkeys(webhook.shape for webhook in selected)
        parcels = {shape: await self._render(occasion, shape, seconds) for shape in shapes}
        return [Addressed(webhook, parcels[webhook.shape]) for webhook in selected]

    def _unanswerable(self, occasion: Occasion, why: Exception) -> list[Addressed]:
        """The webhooks that it would have concerned, each with why it cannot be told."""
        try:
            concerned = self.configuration.select(occasion.name)
        except CallError:
            concerned = self.configuration.suspects(occasion.name)
        return [Addressed(webhook, why) for webhook in concerned]

    async def _render(self, occasion: Occasion, shape: Shape, seconds: float | None) -> Parcel | Exception:
        try:
            if not shape.warm:
                return render(self.connector, occasion, shape)
            rendering = asyncio.get_running_loop().run_in_executor(
                self._expressions, render, self.connector, occasion, shape
            )
            async with asyncio.timeout(seconds):
                return await rendering
        except TimeoutError:
            return Unrendered("its expressions took more than half of the event's budget")
        except (Skipped, Unrendered) as error:
            return error

    def _accept(
        self,
        occasion: Occasion,
        webhook: Webhook,
        parcel: Parcel | Exception,
        freights: dict[Shape, Freight],
        deliveries: list[Delivery],
    ) -> WebhookOutcome:
        if isinstance(parcel, Skipped):
            return WebhookOutcome.skipped(webhook, str(parcel))
        if (why := webhook.switched_off(time.monotonic())) is not None:
            self._fail(occasion, webhook, why)
            return WebhookOutcome.of(webhook, "switched_off", error=why)
        if isinstance(parcel, Exception):
            self._fail(occasion, webhook, str(parcel))
            return WebhookOutcome.of(webhook, "accepted")
        freight = freights.get(webhook.shape) or Freight(occasion, parcel)
        try:
            if self._closed:
                raise Full("the servo is shutting down")
            self._room.enter(webhook.endpoint, len(parcel.body), shared=freight.sharers > 0)
        except Full as full:
            logger.error(f"{webhook.label}: rejected: {occasion.name} (event {occasion.id}): {full}")
            return WebhookOutcome.of(webhook, "rejected", error=str(full))
        freights[webhook.shape] = freight
        freight.sharers += 1
        deliveries.append(Delivery(webhook, freight, self._on_settled))
        return WebhookOutcome.of(webhook, "accepted")

    def _fail(self, occasion: Occasion, webhook: Webhook, why: str) -> None:
        """Reports a delivery that failed before it could be attempted."""
        logger.warning(f"{webhook.label}: failed: {occasion.name} (event {occasion.id}): {why}")
        outcome = DeliveryOutcome(
            occasion.name, occasion.id, uuid7(), webhook.name, webhook.index, "failed", 0, None, why, 0
        )
        self.worker.call(self._observer.delivery, outcome)

    def _on_settled(self, delivery: Delivery, outcome: DeliveryOutcome) -> None:
        freight = delivery.freight
        freight.sharers -= 1
        self._observer.delivery(outcome)
        size = len(freight.parcel.body)
        self._room.leave(delivery.webhook.endpoint, size, last=freight.sharers == 0)

    def _publish(self, webhook: Webhook, unread: Unread) -> None:
        async def publish() -> None:
            try:
                publication = await self.sender.publication(webhook, unread)
                if publication:
                    self._observer.publication(publication)
            finally:
                self._publishing -= 1
                self._settled.set()

        self._publishing += 1
        self._outbox.spawn(publish())
