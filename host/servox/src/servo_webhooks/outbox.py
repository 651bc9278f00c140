"""Deliveries on their way: what is ready waits in line at its endpoint, what is to be
retried waits for its time.

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
from .breaker import explain
from .delivery import Delivery
from .log import fault, logger
from .outcome import Observer
from .times import display

_PATIENCE = 180.0
"""Seconds that a delivery without retries waits for a breaker."""


class _Line:
    """Deliveries for one endpoint."""

    __slots__ = ("in_flight", "ready")

    def __init__(self) -> None:
        self.ready: deque[Delivery] = deque()
        self.in_flight = 0


class Outbox:
    """All deliveries that are not settled."""

    def __init__(self, sender: Sender, observer: Observer, abreast: int) -> None:
        """Takes the number of attempts that may be in flight at one endpoint."""
        self._sender = sender
        self._observer = observer
        self._abreast = abreast
        self._lines: defaultdict[str, _Line] = defaultdict(_Line)
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._serial = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

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
        left = [delivery for _, _, delivery in self._waiting]
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
            heapq.heappush(self._waiting, (again, next(self._serial), delivery))
            self._set_alarm()

    async def _attempt(self, delivery: Delivery) -> float | None:
        """When to try again, if it is not settled."""
        webhook = delivery.webhook
        if webhook.is_gone:
            delivery.failed("switched off: its endpoint is gone")
            return None
        admission = self._sender.admit(webhook)
        now = time.monotonic()
        if not admission.free:
            return self._hold(delivery, admission.until, now)
        delivery.held = False
        if delivery.first is None:
            delivery.first = now
        if delivery.attempts and now - delivery.first > webhook.after.max_time:
            if admission.probe:
                webhook.breaker.release()
            delivery.failed(f"{delivery.error}; its time to retry ran out in the queue")
            return None
        delivery.attempts += 1
        stamp = Stamp(delivery.id, delivery.attempts, delivery.first, now + webhook.timeout, before=False)
        try:
            attempted = await self._sender.attempt(webhook, delivery.freight.parcel, stamp)
        except BaseException:
            if admission.probe:
                webhook.breaker.release()
            raise
        kind, why, wait = attempted.verdict
        change = self._sender.note(webhook, attempted, probe=admission.probe, last=kind != "retry")
        if change and change.state == "closed":
            self._release()
        delivery.status = attempted.status
        await self._publish(delivery, attempted)
        if kind == "delivered":
            delivery.delivered()
        elif kind == "retry":
            delivery.error = why
            logger.info(
                f"{webhook.label}: {delivery.freight.event} (delivery {delivery.id}, attempt {delivery.attempts}): "
                f"{why}; to be tried again in {display(wait)}"
            )
            return time.monotonic() + wait
        else:
            if kind == "gone":
                webhook.switch_off(why)
            delivery.failed(why)
        return None

    async def _publish(self, delivery: Delivery, attempted: Attempted) -> None:
        if attempted.publish:
            publication = await self._sender.publication(delivery.webhook, attempted.publish)
            if publication:
                self._observer.publication(publication)

    def _hold(self, delivery: Delivery, until: float | None, now: float) -> float | None:
        """Keeps a delivery for when its breaker may have closed. Its time to be retried goes on."""
        after = delivery.webhook.after
        if delivery.first is None:
            delivery.first = now
        end = delivery.first + (after.max_time if after.max_tries > 1 else _PATIENCE)
        if now >= end:
            held = explain(until, now)
            ran_out = f"its time ran out: {held}"
            delivery.failed(f"{delivery.error}; {ran_out}" if delivery.error else ran_out)
            return None
        delivery.held = True
        return min(until if until is not None else now + delivery.webhook.timeout, end)

    def _release(self) -> None:
        """Moves what breakers held into line, where they have closed."""
        free = [entry for entry in self._waiting if entry[2].held and entry[2].webhook.breaker.is_closed]
        if free:
            self._waiting = [entry for entry in self._waiting if entry not in free]
            heapq.heapify(self._waiting)
            for _, _, delivery in free:
                self.push(delivery)

    def _set_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        if self._waiting:
            # A millisecond more than the wait: timers may ring that much early.
            delay = self._waiting[0][0] - time.monotonic() + 0.001
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, delay), self._ring)

    def _ring(self) -> None:
        """Moves what is due into line."""
        self._alarm = None
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            self.push(heapq.heappop(self._waiting)[2])
        self._set_alarm()
