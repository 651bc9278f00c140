"""Bounds: breakers, room, and the retries of deliveries."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import loguru
import pytest

from servo_webhooks import notification
from servo_webhooks.breaker import FEWEST, Breaker, Change, Health, Limits, Probe, Waited
from servo_webhooks.capacity import Capacity, QueueFull
from servo_webhooks.configuration import Configuration
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks

from .support.responder import Responder
from .support.story import Recorder

LIMITS = Limits()


def fail(breaker: Breaker, now: float, *, probe: Probe | None = None) -> Change | None:
    return breaker.note(LIMITS, now, Health.DOWN, probe=probe, last=True)


def test_a_breaker_opens_when_failures_are_many_and_last() -> None:
    breaker = Breaker()
    for _ in range(20):
        assert fail(breaker, 100) is None, "many, in no time"
    opened = fail(breaker, 110)
    assert opened is not None
    assert opened.state == "open"
    assert "21 events in a row failed within 10s; holding deliveries for 5s" in opened.text
    breaker = Breaker()
    for at in range(FEWEST - 1):
        assert fail(breaker, at * 100) is None, "long, but few"
    breaker.note(LIMITS, 400, Health.UP, probe=None, last=True)
    assert fail(breaker, 1000) is None, "a sign of life"


def test_one_probe_at_a_time_decides() -> None:
    breaker = Breaker()
    for now in (0, 1, 2, 3, 10):
        fail(breaker, now)
    assert breaker.admit(14, Waited.SOME).until == 15
    assert breaker.admit(15, Waited.NOT).until == 15, "those go first that waited"
    first = breaker.admit(15, Waited.SOME).probe
    assert first
    assert not breaker.admit(15, Waited.SOME).free
    breaker.release(first)
    second = breaker.admit(15, Waited.SOME).probe
    assert second, "the one before came to nothing"
    reopened = fail(breaker, 15, probe=second)
    assert reopened is not None
    assert "holding deliveries for 10s" in reopened.text
    third = breaker.admit(25, Waited.SOME).probe
    closed = breaker.note(LIMITS, 25, Health.UP, probe=third, last=True)
    assert closed is not None
    assert closed.state == "closed"
    assert breaker.admit(25, Waited.NOT).free


def test_holds_grow_to_a_minute() -> None:
    breaker = Breaker()
    for at in (0, 1, 2, 3, 10):
        fail(breaker, at)
    now = 15.0
    for hold in (10, 20, 40, 60, 60):
        probe = breaker.admit(now, Waited.SOME).probe
        assert probe
        fail(breaker, now, probe=probe)
        assert breaker.admit(now + hold - 0.1, Waited.SOME).until == now + hold
        now += hold


def test_the_capacity_is_divided_among_endpoints() -> None:
    capacity = Capacity(4, 100, 2)
    capacity.reserve("hangs", 10, shared=False)
    capacity.reserve("hangs", 10, shared=False)
    with pytest.raises(QueueFull, match="the queue for hangs is full: 2 deliveries are waiting"):
        capacity.reserve("hangs", 10, shared=False)
    capacity.reserve("works", 60, shared=False)
    with pytest.raises(QueueFull):
        capacity.reserve("works", 1, shared=False)
    capacity.leave("works", 60, last=True)
    capacity.reserve("works", 20, shared=False)
    capacity.reserve("works", 20, shared=True)
    with pytest.raises(QueueFull, match="the queue is full: 4 deliveries are waiting"):
        capacity.reserve("works", 1, shared=False)
    for endpoint, size, last in (("hangs", 10, True), ("hangs", 10, True), ("works", 20, False), ("works", 20, True)):
        capacity.leave(endpoint, size, last=last)
    assert capacity.waiting == 0
    capacity.reserve("works", 1000, shared=False)


def started(
    connector: Connector, responder: Responder, recorder: Recorder, *webhooks: dict[str, Any], **options: Any
) -> Webhooks:
    base = {"events": "*:*", "url": responder.url + "/", "secret": "s"}
    read = Configuration(connector, [{"name": f"w{at}"} | base | webhook for at, webhook in enumerate(webhooks)])
    return Webhooks(connector, read, Options(allow=Allow(["loopback"]), **options), recorder)


EVENT = ("after:measure", "{}", "[]")


async def test_what_does_not_fit_is_rejected_and_the_rest_delivered(connector: Connector) -> None:
    with Responder({"/": [{"delay_ms": 200}]}) as responder:
        recorder = Recorder()
        webhooks = started(connector, responder, recorder, {}, max_waiting=3)
        outcomes = [(await webhooks.after(notification.event(*EVENT))).outcome for _ in range(5)]
        assert outcomes == ["accepted"] * 3 + ["rejected"] * 2
        await webhooks.idle()
        assert (await webhooks.after(notification.event(*EVENT))).outcome == "accepted", "room again"
        webhooks.shutdown(5)
    assert [delivery.outcome for delivery in recorder.deliveries] == ["delivered"] * 4
    assert webhooks.waiting == 0


async def test_an_endpoint_that_hangs_holds_up_nobody_else(connector: Connector) -> None:
    with Responder({"/": [{"hang": True}]}) as hangs, Responder() as works:
        recorder = Recorder()
        webhooks = started(
            connector, hangs, recorder, {"timeout": "30s"}, {"url": works.url + "/", "backoff": False}, connections=2
        )
        for _ in range(50):
            await webhooks.after(notification.event(*EVENT))
        while len(recorder.deliveries) < 50:
            await asyncio.sleep(0.01)
        assert hangs.connections == 2, "no more attempts in flight at one endpoint"
        assert webhooks.shutdown(0) == 50
    assert sorted({delivery.outcome for delivery in recorder.deliveries}) == ["delivered", "undelivered"]
    assert len(recorder.deliveries) == 100, "each is settled once"


async def opened(webhooks: Webhooks) -> None:
    """Waits until the breaker of the first webhook is open."""
    async with asyncio.timeout(10):
        while webhooks.configuration.webhooks[0].breaker.is_closed:
            await asyncio.sleep(0.01)


async def test_an_open_breaker_holds_deliveries_and_accepts_new_ones(connector: Connector) -> None:
    with Responder({"/": [{"status": 500}] * 5 + [{}]}) as responder:
        recorder = Recorder()
        once = {"backoff": {"max_tries": 1, "max_time": 30}}
        limits = Limits(after=0.0, hold=0.5)
        webhooks = started(connector, responder, recorder, once, breaker=limits, connections=1)
        for _ in range(8):
            await webhooks.after(notification.event(*EVENT))
        await opened(webhooks)
        accepted = await webhooks.after(notification.event(*EVENT))
        assert accepted.webhooks[0].outcome == "accepted"
        await webhooks.idle()
        webhooks.shutdown(1)
    outcomes = [delivery.outcome for delivery in recorder.deliveries]
    assert outcomes == ["failed"] * 5 + ["delivered"] * 4, "what waited was sent, and what came meanwhile"


async def test_a_question_is_asked_whatever_the_breaker_says(connector: Connector) -> None:
    veto = {
        "headers": {"Content-Type": "application/vnd.opsani.servo.errors.EventCancelledError+json"},
        "body": '{"reason": "no"}',
    }
    with Responder({"/": [{"status": 500}] * 6 + [veto, {}]}) as responder:
        recorder = Recorder()
        once = {"backoff": {"max_tries": 1, "max_time": 30}}
        # Held for longer than any test waits: what is delivered has been let out by an answer.
        limits = Limits(after=0.0, hold=3600.0)
        webhooks = started(connector, responder, recorder, once, breaker=limits, connections=1)
        for _ in range(7):
            await webhooks.after(notification.event(*EVENT))
        await opened(webhooks)
        failed = await webhooks.before(notification.event("before:adjust", "{}", None))
        assert (failed.outcome, failed.webhooks[0].outcome) == ("proceed", "no_answer")
        assert failed.webhooks[0].attempts == 1
        assert not webhooks.configuration.webhooks[0].breaker.is_closed, "a question that fails changes nothing"
        vetoed = await webhooks.before(notification.event("before:adjust", "{}", None))
        assert (vetoed.outcome, vetoed.reason) == ("cancelled", "no")
        assert webhooks.configuration.webhooks[0].breaker.is_closed, "it was answered"
        async with asyncio.timeout(5):
            await webhooks.idle()
        webhooks.shutdown(1)
    outcomes = [delivery.outcome for delivery in recorder.deliveries]
    assert outcomes == ["failed"] * 5 + ["delivered"] * 2


async def test_what_is_held_is_let_out_before_its_time_ends(connector: Connector) -> None:
    """The endpoint is back long before the hold ends, and nobody asks it anything."""
    with Responder() as responder:
        recorder = Recorder()
        backoff = {"backoff": {"max_tries": 2, "max_time": "3s"}}
        limits = Limits(after=0.0, hold=3600.0)
        webhooks = started(connector, responder, recorder, backoff, breaker=limits, connections=1)
        breaker = webhooks.configuration.webhooks[0].breaker
        for _ in range(FEWEST):
            breaker.note(limits, time.monotonic(), Health.DOWN, probe=None, last=True)
        assert not breaker.is_closed
        for _ in range(20):
            await webhooks.after(notification.event(*EVENT))
        async with asyncio.timeout(10):
            await webhooks.idle()
        webhooks.shutdown(1)
    assert [delivery.outcome for delivery in recorder.deliveries] == ["delivered"] * 20


def test_probes_that_are_let_out_early_are_few() -> None:
    breaker = Breaker()
    for now in (0, 1, 2, 3, 10):
        fail(breaker, now)
    assert breaker.admit(11, Waited.SOME).until == 15
    early = breaker.admit(11, Waited.ENOUGH).probe
    assert early
    assert not breaker.admit(11, Waited.ENOUGH).free, "one is out"
    assert fail(breaker, 11.1, probe=early) is None, "it changes nothing"
    assert not breaker.admit(11.9, Waited.ENOUGH).free, "one a second"
    assert breaker.admit(12, Waited.ENOUGH).probe


async def test_gone_switches_off(connector: Connector) -> None:
    with Responder({"/": [{"status": 410}]}) as responder:
        recorder = Recorder()
        webhooks = started(connector, responder, recorder, {})
        await webhooks.after(notification.event(*EVENT))
        await webhooks.idle()
        again = await webhooks.after(notification.event(*EVENT))
        assert again.webhooks[0].outcome == "switched_off"
        webhooks.shutdown(1)
    assert len(responder.received) == 1


async def test_all_webhooks_are_asked_at_once_and_a_budget_bounds_them(connector: Connector) -> None:
    with Responder({"/": [{"hang": True}]}) as responder:
        webhooks = started(connector, responder, Recorder(), *[{"timeout": "20s"}] * 10, before_budget=0.4)
        loop = asyncio.get_running_loop()
        began = loop.time()
        outcome = await webhooks.before(notification.event("before:adjust", "{}", None))
        assert 0.35 < loop.time() - began < 3
        webhooks.shutdown(1)
    assert outcome.outcome == "proceed"
    assert [webhook.outcome for webhook in outcome.webhooks] == ["no_answer"] * 10


async def test_expressions_have_half_of_the_budget(connector: Connector) -> None:
    with Responder() as responder:
        endless = {"when": "[range(1e12)] | length > 0"}
        webhooks = started(connector, responder, Recorder(), endless, {})
        outcome = await webhooks.before(notification.event("before:adjust", "{}", None))
        webhooks.shutdown(1)
    assert outcome.webhooks[0].outcome == "no_answer"
    assert "the connector's render" in (outcome.webhooks[0].error or "")
    assert outcome.webhooks[1].outcome == "proceeded"


async def test_a_condition_that_fails_asks_and_is_logged(connector: Connector) -> None:
    lines: list[str] = []
    sink = loguru.logger.add(lines.append, level="WARNING", format="{message}")
    with Responder() as responder:
        webhooks = started(connector, responder, Recorder(), {"when": ".parameters.value | tonumber > 2"}, {})
        asked = await webhooks.before(notification.event("before:adjust", '{"value":"much"}', None, id="adjust-1"))
        webhooks.shutdown(1)
    loguru.logger.remove(sink)
    assert [webhook.outcome for webhook in asked.webhooks] == ["proceeded"] * 2
    assert len(responder.received) == 2
    (line,) = lines
    assert line.startswith("w0: before:adjust, event adjust-1: ")


async def test_a_fault_settles_what_it_concerns_and_shows_no_key(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    sink = loguru.logger.add(shown.append, diagnose=True)
    with Responder() as responder:
        recorder = Recorder()
        webhooks = started(connector, responder, recorder, {"secret": "hunter2", "on_error": "cancel"})

        def fail(*arguments: Any) -> None:
            raise RuntimeError(*arguments)

        monkeypatch.setattr(connector, "sign", fail)
        asked = await webhooks.before(notification.event("before:adjust", "{}", None))
        await webhooks.after(notification.event(*EVENT))
        webhooks.shutdown(5)
    assert asked.outcome == "cancelled"
    assert asked.webhooks[0].error == "internal error in the connector: RuntimeError"
    assert [delivery.error for delivery in recorder.deliveries] == ["internal error in the connector: RuntimeError"]
    loguru.logger.remove(sink)
    assert any("attempt.py" in line for line in shown)
    assert not any("hunter2" in line for line in shown)
