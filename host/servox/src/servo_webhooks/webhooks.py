"""The hooks of a servo: before an event, after it, and for messages."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Iterator, Sequence

from . import before
from .attempt import AttemptContext, Unread
from .awake_clock import clock
from .before import Recipient
from .capacity import Capacity, QueueFull
from .configuration import Configuration
from .delivery import Delivery, QueuedBody
from .delivery_queue import DeliveryQueue
from .fan_out import SHUT_DOWN, FanOut
from .forward import Forward, envelope
from .inbox import Inbox
from .log import logger
from .notification import EventError, Notification
from .options import Options
from .outbound import Client
from .outcome import DeliveryOutcome, EventOutcome, Guarded, Observer, WebhookOutcome
from .rendered_request import RenderedRequest, Skipped, Unrendered
from .sandbox import Connector, Shape
from .times import display, uuid7
from .webhook import Webhook
from .worker import Stopped, Worker

_GRACE = 2.0
"""Seconds beyond its limit that the end may take."""


class Webhooks:
    """The running webhooks of a servo. Can be used from any thread and event loop."""

    def __init__(
        self,
        connector: Connector,
        configuration: Configuration,
        options: Options,
        observer: Observer,
        forward: Forward | None = None,
    ) -> None:
        """Starts the webhooks of a configuration. With `forward` what has happened is handed over
        instead of delivered."""
        self._process = os.getpid()
        self.configuration = configuration
        self.options = options
        self.worker = Worker()
        self.client = Client(options.allow, options.proxies)
        self.context = AttemptContext(
            connector, self.client, configuration.answer_headers, options.answer_cap, options.breaker
        )
        self.connector = connector
        self._observer = Guarded(observer)
        self._capacity = Capacity(options.max_waiting, options.max_waiting_bytes, configuration.endpoints)
        self._queue = DeliveryQueue(self.context, self._observer, options.connections)
        self._inbox = Inbox(self.worker, self._queue.push)
        self._fan_out = FanOut(connector, configuration, options.max_event)
        self.forward: Webhooks | None = None
        if forward is not None:
            self.forward = Webhooks(connector, forward.configuration(connector), forward.options(options), observer)
        self._busy = 0
        self._undelivered = 0
        self._settled = asyncio.Event()
        # Deliveries are settled in the worker's loop, where this is waited for.
        self._capacity.on_empty = self._settled.set
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
        return self._capacity.waiting + (self.forward.waiting if self.forward else 0)

    async def before(self, notification: Notification) -> EventOutcome:
        """Asks the webhooks before an event, within the budget of the options. If the event is
        invalid or too large, or the webhooks are shut down, their `on_error` decides."""
        awake = clock()
        awake.hold()
        began = awake.now()
        budget = self.options.before_budget
        try:
            # The other half is for the answers: of those too who have no expressions.
            recipients = await self._fan_out.of(notification, budget / 2)
        except EventError as error:
            recipients = self._fan_out.unanswerable(notification, error)
        finally:
            left = budget - (awake.now() - began)
            awake.release()
        if not recipients:
            return EventOutcome(notification.name, notification.id, "proceed")
        if not self._closed:
            with contextlib.suppress(Stopped):
                return await self.worker.run(self._ask(notification, recipients, left))
        recipients = self._fan_out.unanswerable(notification, Unrendered(SHUT_DOWN))
        return await before.ask(self.context, notification, recipients, left, self._publish)

    async def after(self, notification: Notification) -> EventOutcome:
        """Accepts deliveries after an event, or of a message. Waits for expressions only, never
        for a delivery: the observer is called once for each accepted one. After a shutdown
        everything is rejected.

        Raises:
            EventError: If it is no event.
        """
        if self.forward is not None:
            return await self.forward.after(envelope(notification, self.options.max_event))
        queued_bodies: dict[Shape, QueuedBody] = {}
        deliveries: list[Delivery] = []
        recipients = await self._fan_out.of(notification, None)
        # What is accepted is queued before anybody can shut them down.
        with self._gate:
            outcomes = [
                self._accept(notification, webhook, rendered, queued_bodies, deliveries)
                for webhook, rendered in recipients
            ]
            if deliveries:
                # All at once: those of one body are counted before the first is settled.
                self._inbox.put(deliveries)
        kinds = {outcome.outcome for outcome in outcomes}
        accepted = "accepted" in kinds or kinds <= {"skipped"}
        return EventOutcome(notification.name, notification.id, "accepted" if accepted else "rejected", None, outcomes)

    def shutdown(self, seconds: float | None = None) -> int:
        """Waits until all deliveries are settled, up to a limit in seconds; then ends the
        others, logs and reports each, and returns their number. Nothing is accepted any more. A
        second call waits for the first one and returns 0.

        Raises:
            RuntimeError: If it is called by the observer, for whom it would wait.
        """
        if self.worker.is_here:
            raise RuntimeError("shutdown must not be called from the thread that delivers: call it from another one")
        if self.is_inherited:
            return 0
        seconds = self.options.drain_timeout if seconds is None else seconds
        with self._gate:
            again, self._closed = self._closed, True
        if again:
            self._drained.wait(seconds + _GRACE)
            return 0
        end = time.monotonic() + seconds
        try:
            left = self.worker.submit(self._drain(seconds)).result(seconds + _GRACE)
        except (TimeoutError, Stopped):
            left = self._capacity.waiting
            logger.error(f"the thread that delivers does not respond; leaving it with deliveries not settled: {left}")
        self.worker.stop()
        self._fan_out.close()
        if self.forward is not None:
            left += self.forward.shutdown(max(0.0, end - time.monotonic()))
        self._drained.set()
        logger.flush()
        return left

    async def idle(self) -> None:
        """Waits until every delivery so far is settled, in any loop."""
        with contextlib.suppress(Stopped):
            await self.worker.run(self._until_settled())
        if self.forward is not None:
            await self.forward.idle()

    async def _drain(self, seconds: float) -> int:
        try:
            async with asyncio.timeout(seconds):
                await self._until_settled()
        except TimeoutError:
            waiting = self._capacity.waiting
            logger.error(f"deliveries not settled within {display(seconds)}: {waiting}; ending them")
        await self._queue.close()
        self._inbox.close()
        await self.client.close()
        return self._undelivered

    async def _until_settled(self) -> None:
        while self._capacity.waiting or self._busy:
            self._settled.clear()
            # What is settled right now is missed by nobody: the room tells in this loop.
            await self._settled.wait()

    async def _ask(self, notification: Notification, recipients: Sequence[Recipient], seconds: float) -> EventOutcome:
        with self._at_work():
            return await before.ask(self.context, notification, recipients, seconds, self._publish)

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
        notification: Notification,
        webhook: Webhook,
        rendered: RenderedRequest | Exception,
        queued_bodies: dict[Shape, QueuedBody],
        deliveries: list[Delivery],
    ) -> WebhookOutcome:
        if isinstance(rendered, Skipped):
            return WebhookOutcome.skipped(webhook, str(rendered))
        if self._closed:
            return self._reject(notification, webhook, SHUT_DOWN)
        if (why := webhook.switched_off) is not None:
            self._fail(notification, webhook, why)
            return WebhookOutcome.of(webhook, "switched_off", error=why)
        if isinstance(rendered, Exception):
            self._fail(notification, webhook, str(rendered))
            return WebhookOutcome.of(webhook, "accepted")
        queued_body = queued_bodies.get(webhook.shape) or QueuedBody(notification, rendered)
        try:
            self._capacity.reserve(webhook.endpoint, len(rendered.body), shared=queued_body.sharers > 0)
        except QueueFull as full:
            return self._reject(notification, webhook, str(full))
        queued_bodies[webhook.shape] = queued_body
        queued_body.sharers += 1
        deliveries.append(Delivery(webhook, queued_body, self._on_settled))
        return WebhookOutcome.of(webhook, "accepted")

    @staticmethod
    def _reject(notification: Notification, webhook: Webhook, why: str) -> WebhookOutcome:
        logger.warning(f"{webhook.label}: {notification.label}: rejected: {why}")
        return WebhookOutcome.of(webhook, "rejected", error=why)

    def _fail(self, notification: Notification, webhook: Webhook, why: str) -> None:
        """Reports a delivery that failed before it could be attempted."""
        delivery = uuid7()
        logger.warning(f"{webhook.label}: {notification.label}, delivery {delivery}: failed, attempts 0: {why}")
        outcome = DeliveryOutcome(
            notification.name, notification.id, delivery, webhook.name, webhook.index, "failed", 0, None, why, 0
        )
        self.worker.call(self._observer.delivery, outcome)

    def _on_settled(self, delivery: Delivery, outcome: DeliveryOutcome) -> None:
        queued_body = delivery.queued_body
        queued_body.sharers -= 1
        self._undelivered += outcome.outcome == "undelivered"
        self._observer.delivery(outcome)
        size = len(queued_body.rendered.body)
        self._capacity.leave(delivery.webhook.endpoint, size, last=queued_body.sharers == 0)

    def _publish(self, webhook: Webhook, unread: Unread) -> None:
        async def publish() -> None:
            with self._at_work():
                publication = await self.context.publication(webhook, unread)
                if publication:
                    self._observer.publication(publication)

        self._queue.spawn(publish())
