"""The hooks of a servo: before an event, after it, and for messages."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Iterator, Sequence

from . import before
from .addressing import SHUT_DOWN, Addressing
from .attempt import Sender, Unread
from .awake import clock
from .before import Addressed
from .configuration import Configuration
from .delivery import Delivery, Freight
from .inbox import Inbox
from .log import logger
from .occasion import EventError, Occasion
from .options import Options
from .outbound import Client
from .outbox import Outbox
from .outcome import DeliveryOutcome, EventOutcome, Guarded, Observer, WebhookOutcome
from .parcel import Parcel, Skipped, Unrendered
from .room import Full, Room
from .sandbox import Connector, Shape
from .times import display, uuid7
from .webhook import Webhook
from .worker import Stopped, Worker

_GRACE = 2.0
"""Seconds beyond its limit that the end may take."""


class Webhooks:
    """The running webhooks of a servo. Can be used from any thread and event loop."""

    def __init__(
        self, connector: Connector, configuration: Configuration, options: Options, observer: Observer
    ) -> None:
        """Starts the webhooks of a configuration."""
        self._process = os.getpid()
        self.configuration = configuration
        self.options = options
        self.worker = Worker()
        self.client = Client(options.allow, options.proxies)
        self.sender = Sender(connector, self.client, configuration.answer_headers, options.answer_cap, options.breaker)
        self.connector = connector
        self._observer = Guarded(observer)
        self._room = Room(options.max_waiting, options.max_waiting_bytes, configuration.endpoints)
        self._outbox = Outbox(self.sender, self._observer, options.connections)
        self._inbox = Inbox(self.worker, self._outbox.push)
        self._addressing = Addressing(connector, configuration, options.max_event)
        self._busy = 0
        self._undelivered = 0
        self._settled = asyncio.Event()
        # Deliveries are settled in the worker's loop, where this is waited for.
        self._room.on_empty = self._settled.set
        self._closed = False
        self._gate = threading.Lock()
        self._drained = threading.Event()

    def __repr__(self) -> str:
        return f"Webhooks(waiting={self.waiting})"

    @property
    def is_inherited(self) -> bool:
        """Whether they run in the process that this one was forked from, and not here."""
        return self._process != os.getpid()

    @property
    def waiting(self) -> int:
        """The number of deliveries that are not settled."""
        return self._room.waiting

    async def before(self, occasion: Occasion) -> EventOutcome:
        """Asks the webhooks before an event, within the budget of the options. If the event is
        invalid or too large, or the webhooks are shut down, their `on_error` decides."""
        awake = clock()
        awake.hold()
        began = awake.now()
        budget = self.options.before_budget
        try:
            # The other half is for the answers: of those too who have no expressions.
            addressed = await self._addressing.of(occasion, budget / 2)
        except EventError as error:
            addressed = self._addressing.unanswerable(occasion, error)
        finally:
            left = budget - (awake.now() - began)
            awake.release()
        if not addressed:
            return EventOutcome(occasion.name, occasion.id, "proceed")
        if not self._closed:
            with contextlib.suppress(Stopped):
                return await self.worker.run(self._ask(occasion, addressed, left))
        addressed = self._addressing.unanswerable(occasion, Unrendered(SHUT_DOWN))
        return await before.ask(self.sender, occasion, addressed, left, self._publish)

    async def after(self, occasion: Occasion) -> EventOutcome:
        """Accepts deliveries after an event, or of a message. Waits for expressions only, never
        for a delivery: the observer is called once for each accepted one. After a shutdown
        everything is rejected.

        Raises:
            EventError: If it is no event.
        """
        freights: dict[Shape, Freight] = {}
        deliveries: list[Delivery] = []
        addressed = await self._addressing.of(occasion, None)
        # What is accepted is in line before anybody can shut them down.
        with self._gate:
            outcomes = [self._accept(occasion, webhook, parcel, freights, deliveries) for webhook, parcel in addressed]
            if deliveries:
                # All at once: those of one body are counted before the first is settled.
                self._inbox.put(deliveries)
        kinds = {outcome.outcome for outcome in outcomes}
        accepted = "accepted" in kinds or kinds <= {"skipped"}
        return EventOutcome(occasion.name, occasion.id, "accepted" if accepted else "rejected", None, outcomes)

    def drain(self, seconds: float | None = None) -> int:
        """Waits until all deliveries are settled, up to a limit in seconds; then ends the
        others, logs and reports each, and returns their number. Nothing is accepted any more. A
        second call waits for the first one and returns 0.

        Raises:
            RuntimeError: If it is called by the observer, for whom it would wait.
        """
        if self.worker.is_here:
            raise RuntimeError("drain must not be called from the thread that delivers: call it from another one")
        if self.is_inherited:
            return 0
        seconds = self.options.drain_timeout if seconds is None else seconds
        with self._gate:
            again, self._closed = self._closed, True
        if again:
            self._drained.wait(seconds + _GRACE)
            return 0
        try:
            left = self.worker.submit(self._drain(seconds)).result(seconds + _GRACE)
        except (TimeoutError, Stopped):
            left = self.waiting
            logger.error(f"the thread that delivers does not respond; leaving it with deliveries not settled: {left}")
        self.worker.stop()
        self._addressing.close()
        self._drained.set()
        logger.flush()
        return left

    async def settled(self) -> None:
        """Waits until every delivery so far is settled, in any loop."""
        with contextlib.suppress(Stopped):
            await self.worker.run(self._until_settled())

    async def _drain(self, seconds: float) -> int:
        try:
            async with asyncio.timeout(seconds):
                await self._until_settled()
        except TimeoutError:
            logger.error(f"deliveries not settled within {display(seconds)}: {self.waiting}; ending them")
        await self._outbox.close()
        self._inbox.close()
        await self.client.close()
        return self._undelivered

    async def _until_settled(self) -> None:
        while self.waiting or self._busy:
            self._settled.clear()
            # What is settled right now is missed by nobody: the room tells in this loop.
            await self._settled.wait()

    async def _ask(self, occasion: Occasion, addressed: Sequence[Addressed], seconds: float) -> EventOutcome:
        with self._at_work():
            return await before.ask(self.sender, occasion, addressed, seconds, self._publish)

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """Work besides deliveries that a shutdown waits for."""
        self._busy += 1
        try:
            yield
        finally:
            self._busy -= 1
            self._settled.set()

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
        if self._closed:
            return self._reject(occasion, webhook, SHUT_DOWN)
        if (why := webhook.switched_off) is not None:
            self._fail(occasion, webhook, why)
            return WebhookOutcome.of(webhook, "switched_off", error=why)
        if isinstance(parcel, Exception):
            self._fail(occasion, webhook, str(parcel))
            return WebhookOutcome.of(webhook, "accepted")
        freight = freights.get(webhook.shape) or Freight(occasion, parcel)
        try:
            self._room.enter(webhook.endpoint, len(parcel.body), shared=freight.sharers > 0)
        except Full as full:
            return self._reject(occasion, webhook, str(full))
        freights[webhook.shape] = freight
        freight.sharers += 1
        deliveries.append(Delivery(webhook, freight, self._on_settled))
        return WebhookOutcome.of(webhook, "accepted")

    @staticmethod
    def _reject(occasion: Occasion, webhook: Webhook, why: str) -> WebhookOutcome:
        logger.warning(f"{webhook.label}: {occasion.label}: rejected: {why}")
        return WebhookOutcome.of(webhook, "rejected", error=why)

    def _fail(self, occasion: Occasion, webhook: Webhook, why: str) -> None:
        """Reports a delivery that failed before it could be attempted."""
        delivery = uuid7()
        logger.warning(f"{webhook.label}: {occasion.label}, delivery {delivery}: failed, attempts 0: {why}")
        outcome = DeliveryOutcome(
            occasion.name, occasion.id, delivery, webhook.name, webhook.index, "failed", 0, None, why, 0
        )
        self.worker.call(self._observer.delivery, outcome)

    def _on_settled(self, delivery: Delivery, outcome: DeliveryOutcome) -> None:
        freight = delivery.freight
        freight.sharers -= 1
        self._undelivered += outcome.outcome == "undelivered"
        self._observer.delivery(outcome)
        size = len(freight.parcel.body)
        self._room.leave(delivery.webhook.endpoint, size, last=freight.sharers == 0)

    def _publish(self, webhook: Webhook, unread: Unread) -> None:
        async def publish() -> None:
            with self._at_work():
                publication = await self.sender.publication(webhook, unread)
                if publication:
                    self._observer.publication(publication)

        self._outbox.spawn(publish())
