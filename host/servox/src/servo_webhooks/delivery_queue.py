"""Deliveries on their way: those that are ready wait in the queue of their endpoint, those to be
retried wait for their time.

Each endpoint has a bound on what is in flight, so that one which hangs holds up nothing but
itself. A delivery that waits is a record, not a task. All of it lives in the worker's loop.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections import defaultdict, deque
from collections.abc import Awaitable

from .attempt import AttemptContext, AttemptInfo, AttemptResult
from .awake_clock import clock
from .delivery import Delivery
from .life import Fail, Wait, follow, look
from .log import fault, logger
from .outcome import Observer
from .times import display

_EARLY = 0.001
"""Seconds that timers may ring too early."""

_Entry = tuple[float, float, int, Delivery]
"""When it is due, when it could first have been sent, a number that keeps the order, and what it is.
Of those that are due together, held by one breaker, the first has the least to lose as a probe."""


class _EndpointQueue:
    """Deliveries for one endpoint."""

    __slots__ = ("in_flight", "ready")

    def __init__(self) -> None:
        self.ready: deque[Delivery] = deque()
        self.in_flight = 0


class DeliveryQueue:
    """All deliveries that are not settled."""

    def __init__(self, context: AttemptContext, observer: Observer, max_in_flight: int) -> None:
        """`max_in_flight` is the number of concurrent attempts per endpoint."""
        self._context = context
        self._observer = observer
        self._max_in_flight = max_in_flight
        self._endpoint_queues: defaultdict[str, _EndpointQueue] = defaultdict(_EndpointQueue)
        self._waiting: list[_Entry] = []
        self._serial = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        context.on_closed = self._release

    def push(self, delivery: Delivery) -> None:
        """Puts a delivery in its queue."""
        if self._closed:
            delivery.undelivered()
            return
        endpoint_queue = self._endpoint_queues[delivery.webhook.endpoint]
        endpoint_queue.ready.append(delivery)
        if endpoint_queue.in_flight < self._max_in_flight:
            endpoint_queue.in_flight += 1
            self.spawn(self._work(delivery.webhook.endpoint, endpoint_queue))

    def spawn(self, work: Awaitable[None]) -> None:
        """Runs something, until it ends or the queue is closed."""
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends every delivery that is not settled: each is reported as undelivered."""
        self._closed = True
        if self._timer:
            self._timer.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        left = [entry[-1] for entry in self._waiting]
        left += [delivery for endpoint_queue in self._endpoint_queues.values() for delivery in endpoint_queue.ready]
        self._waiting.clear()
        self._endpoint_queues.clear()
        for delivery in left:
            delivery.undelivered()

    async def _work(self, endpoint: str, endpoint_queue: _EndpointQueue) -> None:
        """Makes attempts until nothing is ready."""
        try:
            while endpoint_queue.ready:
                await self._deliver(endpoint_queue.ready.popleft())
        finally:
            endpoint_queue.in_flight -= 1
            if not endpoint_queue.in_flight and not endpoint_queue.ready:
                self._endpoint_queues.pop(endpoint, None)

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            again = await self._attempt(delivery)
        except asyncio.CancelledError:
            delivery.undelivered()
            raise
        except Exception as error:
            # A fault of ours must not take the deliveries behind it along.
            delivery.failed(fault(error))
            return
        if again is not None:
            assert delivery.first is not None
            heapq.heappush(self._waiting, (again, delivery.first, next(self._serial), delivery))
            self._rearm()

    async def _attempt(self, delivery: Delivery) -> float | None:
        """Makes an attempt; returns when to try again, if it is not settled."""
        webhook = delivery.webhook
        now = time.monotonic()
        step = look(delivery, now, lambda waited: self._context.admit(webhook, now, waited))
        if isinstance(step, Wait):
            return step.until
        if isinstance(step, Fail):
            delivery.failed(step.why)
            return None
        assert delivery.first is not None
        deadline = clock().now() + webhook.timeout
        info = AttemptInfo(
            delivery.queued_body.label, delivery.id, delivery.attempts, delivery.first, deadline, before=False
        )
        try:
            result = await self._context.attempt(webhook, delivery.queued_body.rendered, info)
        except BaseException:
            webhook.breaker.release(step.probe)
            raise
        verdict = result.verdict
        self._context.note(webhook, result, probe=step.probe, last=verdict.kind not in ("retry", "lacking"))
        now = time.monotonic()
        then = follow(delivery, result, now)
        if then is None:
            try:
                await self._publish(delivery, result)
            finally:
                # Whatever becomes of the answer's body.
                delivery.delivered()
        elif isinstance(then, Fail):
            delivery.failed(then.why)
        else:
            in_a_while = f"retrying in {display(then.until - now)}"
            logger.info(f"{webhook.label}: {info}, attempt {info.number}: {verdict.why}; {in_a_while}")
            return then.until
        return None

    async def _publish(self, delivery: Delivery, result: AttemptResult) -> None:
        if result.publish:
            publication = await self._context.publication(delivery.webhook, result.publish)
            if publication:
                self._observer.publication(publication)

    def _release(self) -> None:
        """Puts deliveries in their queues whose breaker has closed."""
        free: list[_Entry] = []
        held: list[_Entry] = []
        for entry in self._waiting:
            (free if entry[-1].held and entry[-1].webhook.breaker.is_closed else held).append(entry)
        if free:
            heapq.heapify(held)
            self._waiting = held
            for entry in sorted(free):
                self.push(entry[-1])

    def _rearm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            delay = self._waiting[0][0] - time.monotonic() + _EARLY
            self._timer = asyncio.get_running_loop().call_later(max(0.0, delay), self._pop_due)

    def _pop_due(self) -> None:
        """Puts deliveries in their queues that are due."""
        self._timer = None
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            self.push(heapq.heappop(self._waiting)[-1])
        self._rearm()
