"""Ends: nothing that was accepted is lost without a word, nobody waits for ever, and what
others do wrong stays theirs."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any

import loguru
import pytest

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.fan_out import SHUT_DOWN
from servo_webhooks.log import logger
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow
from servo_webhooks.outcome import DeliveryOutcome, EventOutcome, Publication
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks
from servo_webhooks.worker import Stopped, Worker

from .support.responder import Responder
from .support.story import Recorder


def started(connector: Connector, responder: Responder, observer: Any, **fields: Any) -> Webhooks:
    webhook = {"name": "w", "events": "*:*", "url": responder.url + "/", "secret": "s", **fields}
    return Webhooks(connector, Configuration(connector, [webhook]), Options(allow=Allow(["loopback"])), observer)


async def tell(webhooks: Webhooks) -> EventOutcome:
    return await webhooks.after(notification.event("after:measure", "{}", "[]"))


async def ask(webhooks: Webhooks) -> EventOutcome:
    return await webhooks.before(notification.event("before:adjust", "{}", None))


@pytest.mark.parametrize("round", range(20))
async def test_each_accepted_delivery_is_reported_once_on_every_way_out(connector: Connector, round: int) -> None:
    """Drained from another thread while deliveries are being accepted."""
    with Responder({"/": [{"delay_ms": 5}]}) as responder:
        recorder = Recorder()
        webhooks = started(connector, responder, recorder)
        drained: list[int] = []
        ending = threading.Timer(0.002 * round, lambda: drained.append(webhooks.shutdown(0.02)))
        ending.start()
        accepted = rejected = 0
        while rejected < 50:
            outcome = (await tell(webhooks)).webhooks[0]
            accepted += outcome.outcome == "accepted"
            if outcome.outcome == "rejected":
                rejected += 1
                assert outcome.error == SHUT_DOWN
            await asyncio.sleep(0)
        ending.join()
    reported = [delivery.outcome for delivery in recorder.deliveries]
    assert len(reported) == accepted
    assert len({delivery.delivery for delivery in recorder.deliveries}) == accepted
    assert drained == [reported.count("undelivered")], "the number is exact"
    assert webhooks.waiting == 0


async def test_after_the_end_all_is_rejected_and_questions_are_settled(connector: Connector) -> None:
    with Responder() as responder:
        webhooks = started(connector, responder, Recorder(), on_error="cancel")
        webhooks.shutdown(1)
        told = await tell(webhooks)
        assert (told.outcome, told.webhooks[0].outcome) == ("rejected", "rejected")
        asked = await ask(webhooks)
        assert (asked.outcome, asked.webhooks[0].outcome) == ("cancelled", "no_answer")
        assert asked.webhooks[0].error == SHUT_DOWN
        await webhooks.idle()
        assert webhooks.shutdown(1) == 0
    assert not responder.received


async def test_a_question_under_way_is_waited_for_and_then_settled(connector: Connector) -> None:
    with Responder({"/": [{"delay_ms": 300}, {"hang": True}]}) as responder:
        for limit, outcome in ((5.0, "proceeded"), (0.1, "no_answer")):
            webhooks = started(connector, responder, Recorder(), timeout="20s")
            question = asyncio.ensure_future(ask(webhooks))
            await asyncio.to_thread(responder.wait, len(responder.received) + 1)
            await asyncio.to_thread(webhooks.shutdown, limit)
            async with asyncio.timeout(5):
                assert (await question).webhooks[0].outcome == outcome


async def test_its_threads_end(connector: Connector) -> None:
    with Responder() as responder:
        before = set(threading.enumerate())
        webhooks = started(connector, responder, Recorder(), when="true")
        await tell(webhooks)
        await ask(webhooks)
        webhooks.shutdown(5)
        started_since = set(threading.enumerate()) - before
        for thread in started_since:
            if thread.name != "servo-webhooks log":
                await asyncio.to_thread(thread.join, 5)
                assert not thread.is_alive(), thread.name


class Raising:
    """Does everything that an observer must not do, but block."""

    def __init__(self) -> None:
        self.webhooks: Webhooks | None = None
        self.heard: list[DeliveryOutcome] = []
        self.refused: list[str] = []

    def delivery(self, outcome: DeliveryOutcome) -> None:
        self.heard.append(outcome)
        assert self.webhooks is not None
        try:
            self.webhooks.shutdown(5)
        except RuntimeError as error:
            self.refused.append(str(error))
        raise ZeroDivisionError

    def publication(self, publication: Publication) -> None:
        raise ZeroDivisionError


async def test_an_observer_that_raises_harms_nothing(connector: Connector) -> None:
    with Responder({"/": [{"headers": {"Content-Type": "text/plain"}, "body": "x"}]}) as responder:
        observer = Raising()
        webhooks = started(connector, responder, observer, response_channel="answers")
        observer.webhooks = webhooks
        for _ in range(5):
            await tell(webhooks)
        assert (await ask(webhooks)).webhooks[0].outcome == "proceeded"
        async with asyncio.timeout(5):
            await webhooks.idle()
        assert webhooks.waiting == 0
        assert webhooks.shutdown(1) == 0
    assert [outcome.outcome for outcome in observer.heard] == ["delivered"] * 5
    assert (
        observer.refused == ["shutdown must not be called from the thread that delivers: call it from another one"] * 5
    )


async def test_a_log_that_nobody_reads_holds_up_nothing(connector: Connector) -> None:
    stuck = threading.Event()

    def write(_: str) -> None:
        stuck.wait(30)

    sink = loguru.logger.add(write, level="WARNING")
    try:
        with Responder({"/": [{"status": 400}]}) as responder:
            recorder = Recorder()
            webhooks = started(connector, responder, recorder)
            async with asyncio.timeout(10):
                for _ in range(20):
                    assert (await ask(webhooks)).webhooks[0].outcome == "no_answer"
                    await tell(webhooks)
                await webhooks.idle()
                await asyncio.to_thread(webhooks.shutdown, 1)
            assert [delivery.outcome for delivery in recorder.deliveries] == ["failed"] * 20
    finally:
        stuck.set()
        assert logger.flush(30)
        loguru.logger.remove(sink)


async def test_no_text_of_others_forges_a_line(connector: Connector) -> None:
    lines: list[str] = []
    sink = loguru.logger.add(lines.append, level="WARNING", format="{message}")
    try:
        with Responder({"/": [{"status": 400}]}) as responder:
            webhooks = started(connector, responder, Recorder())
            forged = "a\n2026 | ERROR | forged\x9b31m\u202e\u2028\u200b"
            await webhooks.after(notification.event("after:measure", "{}", "[]", id=forged))
            await webhooks.idle()
            webhooks.shutdown(1)
            logger.warning(forged + "x" * 300_000)
    finally:
        logger.flush(10)
        loguru.logger.remove(sink)
    assert len(lines) == 2
    for line in lines:
        assert len(line.encode()) <= (4 << 10) + 1
        assert not set(line.removesuffix("\n")) & set("\n\x9b\u202e\u2028\u200b")


def test_a_worker_that_is_stopped_leaves_nobody_waiting() -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        worker = Worker()
        waiting = [asyncio.ensure_future(worker.run(for_ever())) for _ in range(10)]
        await asyncio.sleep(0.05)
        await asyncio.to_thread(worker.stop)
        async with asyncio.timeout(5):
            found = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in found] == [Stopped] * 10
        with pytest.raises(Stopped):
            await worker.run(for_ever())

    asyncio.run(main())


async def test_losses_and_unanswered_questions_are_logged_with_their_ids(connector: Connector, log: list[str]) -> None:
    """Rejected, failed and switched off: whatever is lost can be found again."""
    with Responder({"/gone": [{"status": 410}]}) as responder, Responder({"/": [{"hang": True}]}) as hanging:
        configured = [
            {
                "name": "gone",
                "events": ["after:measure", "before:measure"],
                "url": f"{responder.url}/gone",
                "secret": "s",
            },
            {"name": "hangs", "events": "after:measure", "url": f"{hanging.url}/", "secret": "s"},
        ]
        options = Options(allow=Allow(["loopback"]), max_waiting=2)
        webhooks = Webhooks(connector, Configuration(connector, configured), options, Recorder())
        for number in range(3):
            await webhooks.after(notification.event("after:measure", "{}", "[]", f"after-{number}"))
            while not webhooks.configuration.webhooks[0].is_gone:
                await asyncio.sleep(0.01)
        await webhooks.before(notification.event("before:measure", "{}", None, "before-1"))
        assert webhooks.shutdown(0.1) == 1
        logger.flush()
    gone = "switched off until the servo restarts: it answered 410 Gone"
    said = [re.sub(r"delivery [0-9a-f-]{36}", "delivery ID", line.strip()) for line in log]
    said = [re.sub(": answered 410: .*", ": answered 410", line) for line in said]
    assert [line for line in said if line.startswith("gone: ")] == [
        "gone: switched off until the servo restarts: answered 410",
        "gone: after:measure, event after-0, delivery ID: failed, attempts 1: answered 410",
        f"gone: after:measure, event after-1, delivery ID: failed, attempts 0: {gone}",
        f"gone: after:measure, event after-2, delivery ID: failed, attempts 0: {gone}",
        f"gone: before:measure, event before-1: no answer, on_error is proceed: {gone}",
    ]
    assert [line for line in said if line.startswith("hangs: ")] == [
        f"hangs: after:measure, event after-{number}: rejected: the queue for {hanging.url} is full: "
        "1 deliveries are waiting"
        for number in (1, 2)
    ] + ["hangs: after:measure, event after-0, delivery ID: undelivered, attempts 1: no answer before the end"]
