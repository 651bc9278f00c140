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
from .breaker import EARLY, explain
from .delivery import Delivery
from .log import fault, logger
from .outcome import Observer
from .times import display
from .webhook import SWITCHED_OFF

_PATIENCE = 180.0
"""Seconds that a delivery without retries waits for a breaker, or for what the machine lacks."""

_LAST_CALL = 2.0
"""Seconds before its time ends from which a delivery that is held may be let out as a probe."""

_PUT_BACK = 1.0
"""Seconds after which what the machine lacked something for is tried again."""


_Entry = tuple[float, int, Delivery]
"""When it is due, a number that keeps the order, and what it is."""


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
        """Makes an attempt; returns when to try again, if it is not settled."""
        webhook = delivery.webhook
        if webhook.is_gone:
            delivery.failed(SWITCHED_OFF)
            return None
        now = time.monotonic()
        if delivery.first is None:
            delivery.first = now
        end = _end(delivery, delivery.first)
        admission = self._sender.admit(webhook, expiring=now >= end - _LAST_CALL)
        if not admission.free:
            return self._hold(delivery, admission.until, now, end)
        delivery.held = False
        if delivery.attempts and now - delivery.first > webhook.after.max_time:
            if admission.probe:
                webhook.breaker.release()
            delivery.failed(f"{delivery.error}; its time to retry ran out in the queue")
            return None
        delivery.attempts += 1
        deadline = clock().now() + webhook.timeout
        stamp = Stamp(delivery.freight.label, delivery.id, delivery.attempts, delivery.first, deadline, before=False)
        try:
            attempted = await self._sender.attempt(webhook, delivery.freight.parcel, stamp)
        except BaseException:
            if admission.probe:
                webhook.breaker.release()
            raise
        kind, why, wait = attempted.verdict
        self._sender.note(webhook, attempted, probe=admission.probe, last=kind != "retry")
        if kind == "lacking":
            return self._put_back(delivery, why, end)
        delivery.status = attempted.status
        await self._publish(delivery, attempted)
        if kind == "delivered":
            delivery.delivered()
        elif kind == "retry":
            delivery.error = why
            logger.info(f"{webhook.label}: {stamp}, attempt {delivery.attempts}: {why}; retrying in {display(wait)}")
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

    def _put_back(self, delivery: Delivery, why: str, end: float) -> float | None:
        """The machine lacked something: the attempt does not count, but the time does."""
        delivery.attempts -= 1
        delivery.error = why
        again = time.monotonic() + _PUT_BACK
        if again > end:
            delivery.failed(why)
            return None
        return again

    def _hold(self, delivery: Delivery, until: float | None, now: float, end: float) -> float | None:
        """Holds a delivery while its breaker is open. Its time continues; before it ends, it
        may be sent as a probe."""
        if now >= end:
            held = explain(until, now)
            ran_out = f"its time ran out: {held}"
            delivery.failed(f"{delivery.error}; {ran_out}" if delivery.error else ran_out)
            return None
        delivery.held = True
        last_call = end - _LAST_CALL
        next_look = last_call if now < last_call else min(now + EARLY, end)
        return min(until if until is not None else now + delivery.webhook.timeout, next_look)

    def _release(self) -> None:
        """Puts deliveries in line whose breaker has closed."""
        free: list[_Entry] = []
        held: list[_Entry] = []
        for entry in self._waiting:
            (free if entry[2].held and entry[2].webhook.breaker.is_closed else held).append(entry)
        if free:
            heapq.heapify(held)
            self._waiting = held
            for _, _, delivery in sorted(free, key=lambda entry: entry[1]):
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
        """Puts deliveries in line that are due."""
        self._alarm = None
        now = time.monotonic()
        while self._waiting and self._waiting[0][0] <= now:
            self.push(heapq.heappop(self._waiting)[2])
        self._set_alarm()


def _end(delivery: Delivery, first: float) -> float:
    """When the time of a delivery ends, counted from when it could first have been sent."""
    after = delivery.webhook.after
    return first + (after.max_time if after.max_tries > 1 else _PATIENCE)
