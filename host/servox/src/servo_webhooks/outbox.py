"""Deliveries on their way: those that are ready wait in line for their endpoint, those to be
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

from .attempt import Attempted, Sender, Stamp
from .awake import clock
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


class _Line:
    """Deliveries for one endpoint."""

    __slots__ = ("in_flight", "ready")

    def __init__(self) -> None:
        self.ready: deque[Delivery] = deque()
        self.in_flight = 0


class Outbox:
    """All deliveries that are not settled."""

    def __init__(self, sender: Sender, observer: Observer, abreast: int) -> None:
        """`abreast` is the number of concurrent attempts per endpoint."""
        self._sender = sender
        self._observer = observer
        self._abreast = abreast
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        self._waiting: list[_Entry] = []
        self._serial = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        sender.on_closed = self._release

    def push(self, delivery: Delivery) -> None:
        """Puts a delivery in line."""
        if self._closed:
            delivery.undelivered()
            return
        line = self._lines[delivery.webhook.endpoint]
        line.ready.append(delivery)
        if line.in_flight < self._abreast:
            line.in_flight += 1
            self.spawn(self._work(delivery.webhook.endpoint, line))

    def spawn(self, work: Awaitable[None]) -> None:
        """Runs something, until it ends or the outbox is closed."""
        task = asyncio.ensure_future(work)
        assert isinstance(task, asyncio.Task)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends every delivery that is not settled: each is reported as undelivered."""
        self._closed = True
        if self._alarm:
            self._alarm.cancel()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        left = [entry[-1] for entry in self._waiting]
        left += [delivery for line in self._lines.values() for delivery in line.ready]
        self._waiting.clear()
        self._lines.clear()
        for delivery in left:
            delivery.undelivered()

    async def _work(self, endpoint: str, line: _Line) -> None:
        """Makes attempts until nothing is ready."""
        try:
            while line.ready:
                await self._deliver(line.ready.popleft())
        finally:
            line.in_flight -= 1
            if not line.in_flight and not line.ready:
                self._lines.pop(endpoint, None)

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
            self._set_alarm()

    async def _attempt(self, delivery: Delivery) -> float | None:
        """Makes an attempt; returns when to try again, if it is not settled."""
        webhook = delivery.webhook
        now = time.monotonic()
        step = look(delivery, now, lambda waited: self._sender.admit(webhook, now, waited))
        if isinstance(step, Wait):
            return step.until
        if isinstance(step, Fail):
            delivery.failed(step.why)
            return None
        assert delivery.first is not None
        deadline = clock().now() + webhook.timeout
        stamp = Stamp(delivery.freight.label, delivery.id, delivery.attempts, delivery.first, deadline, before=False)
        try:
            attempted = await self._sender.attempt(webhook, delivery.freight.parcel, stamp)
        except BaseException:
            webhook.breaker.release(step.probe)
            raise
        verdict = attempted.verdict
        self._sender.note(webhook, attempted, probe=step.probe, last=verdict.kind not in ("retry", "lacking"))
        now = time.monotonic()
        then = follow(delivery, attempted, now)
        if then is None:
            try:
                await self._publish(delivery, attempted)
            finally:
                # Whatever becomes of the answer's body.
                delivery.delivered()
        elif isinstance(then, Fail):
            delivery.failed(then.why)
        else:
            in_a_while = f"retrying in {display(then.until - now)}"
            logger.info(f"{webhook.label}: {stamp}, attempt {stamp.number}: {verdict.why}; {in_a_while}")
            return then.until
        return None

    async def _publish(self, delivery: Delivery, attempted: Attempted) -> None:
        if attempted.publish:
            publication = await self._sender.publication(delivery.webhook, attempted.publish)
            if publication:
                self._observer.publication(publication)

    def _release(self) -> None:
        """Puts deliveries in line whose breaker has closed."""
        free: list[_Entry] = []
        held: list[_Entry] = []
        for entry in self._waiting:
            (free if entry[-1].held and entry[-1].webhook.breaker.is_closed else held).append(entry)
        if free:
            heapq.heapify(held)
            self._waiting = held
            for entry in sorted(free):
                self.push(entry[-1])

    def _set_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        if self._waiting:
            delay = self._waiting[0][0] - time.monotonic() + _EARLY
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, delay), self._ring)

    def _ring(self) -> None:
        """Puts deliveries in line that are due."""
        self._alarm = None
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            self.push(heapq.heappop(self._waiting)[-1])
        self._set_alarm()
