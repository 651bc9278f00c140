"""What is handed over to the worker's loop arrives there, whatever the threads do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from servo_webhooks.inbox import Inbox
from servo_webhooks.worker import Worker

MANY = 2000


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.stop()


class Taken:
    """What was taken, and by which threads."""

    def __init__(self, expected: int) -> None:
        self.things: list[tuple[int, int]] = []
        self.threads: set[str] = set()
        self.all = threading.Event()
        self._expected = expected

    def take(self, thing: tuple[int, int]) -> None:
        self.things.append(thing)
        self.threads.add(threading.current_thread().name)
        if len(self.things) == self._expected:
            self.all.set()


def test_each_thing_arrives_once_and_in_the_order_of_its_thread(worker: Worker) -> None:
    taken = Taken(4 * MANY)
    inbox = Inbox(worker, taken.take)

    def put(thread: int) -> None:
        for number in range(0, MANY, 2):
            inbox.put([(thread, number), (thread, number + 1)])

    threads = [threading.Thread(target=put, args=[thread]) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken.all.wait(10)
    for index in range(4):
        assert [number for one, number in taken.things if one == index] == list(range(MANY))
    assert taken.threads == {"servo-webhooks"}


def test_it_wakes_again_after_it_has_rested(worker: Worker) -> None:
    taken = Taken(1)
    inbox = Inbox(worker, taken.take)
    for number in range(20):
        taken.all.clear()
        taken.things.clear()
        inbox.put([(0, number)])
        assert taken.all.wait(10)
        deadline = time.monotonic() + 10
        while inbox._is_awake:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_what_is_left_is_taken_at_the_end_and_what_comes_later_at_once(worker: Worker) -> None:
    taken = Taken(3)
    inbox = Inbox(worker, taken.take)

    async def end() -> None:
        inbox.put([(0, 0)])
        await asyncio.sleep(0)
        # Within the pause.
        inbox.put([(0, 1)])
        inbox.close()
        inbox.put([(0, 2)])

    worker.submit(end()).result(10)
    # Its wake-up was asked for before this one.
    worker.submit(asyncio.sleep(0)).result(10)
    assert taken.things == [(0, 0), (0, 1), (0, 2)]


def test_one_that_fails_holds_up_no_other(worker: Worker) -> None:
    taken = Taken(1)

    def take(thing: tuple[int, int]) -> None:
        if thing == (0, 0):
            raise ValueError("not this one")
        taken.take(thing)

    Inbox(worker, take).put([(0, 0), (0, 1)])
    assert taken.all.wait(10)
