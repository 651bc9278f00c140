"""Real events of a real servo, before and after which a real responder is asked and told."""

from __future__ import annotations

import asyncio
import json
import time
from decimal import Decimal
from typing import Any

import pytest
import servo
from servo.errors import EventCancelledError
from servo.events import Preposition

from servo_webhooks.log import logger

from .support.assembly import Money, assembled, provider, webhooks
from .support.responder import Received, Responder

CANCELLED = {
    "headers": {"Content-Type": "application/vnd.opsani.servo.errors.EventCancelledError+json"},
    "body": '{"reason": "no changes while we launch"}',
}
CPU = servo.Adjustment(component_name="web", setting_name="cpu", value=2.5)


@pytest.fixture(autouse=True)
def allowed(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVO_WEBHOOKS_ALLOW", "loopback")


def webhook(responder: Responder, path: str, *events: str, **fields: Any) -> dict[str, Any]:
    return {"name": path, "events": list(events), "url": f"{responder.url}/{path}", "secret": "s3cr3t", **fields}


def bodies(responder: Responder, event: str | None = None) -> list[dict[str, Any]]:
    found = [json.loads(request.body) for request in responder.received if request.path != "/servo"]
    return [body for body in found if event is None or body["event"] == event]


async def settled(servo_: servo.Servo) -> None:
    await webhooks(servo_).webhooks.idle()


async def test_both_sides_of_every_standard_event() -> None:
    with Responder() as responder:
        hooks = [webhook(responder, "all", "before:*", "after:*")]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            await servo_.dispatch_event("metrics")
            await servo_.dispatch_event("components")
            await servo_.dispatch_event("describe")
            await servo_.dispatch_event("measure", metrics=["throughput"], control=servo.Control(duration="1m"))
            await servo_.dispatch_event("adjust", [CPU])
            await servo_.dispatch_event("promote")
            checks = await servo_.dispatch_event("check", servo.CheckFilter(), include=servo_.all_connectors)
            await servo_.startup()
            await servo_.shutdown("test")
    told = [(body["event"], len(body["results"] or [])) for body in bodies(responder)]
    standard = "attach metrics components describe measure adjust promote check startup shutdown detach".split()
    assert {event for event, _ in told} == {f"{side}:{name}" for side in ("before", "after") for name in standard}
    for name in standard:
        before, after = bodies(responder, f"before:{name}")[0], bodies(responder, f"after:{name}")[0]
        assert before["id"] == after["id"], "one id on both sides"
        assert before["parameters"] == after["parameters"]
        assert before["results"] is None
    assert len(told) == 2 * len(standard), "each once"
    by_connector = {result.connector.name: result.value for result in checks}
    assert [(check.name, check.success) for check in by_connector["webhooks"]] == [("Webhook all", True)]


async def test_values_travel_as_the_models_of_servox_encode_them() -> None:
    with Responder() as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "all", "before:*", "after:*")]) as servo_:
            control = servo.Control(duration="1m", delay="1m30.5s")
            await servo_.dispatch_event("measure", metrics=["throughput"], control=control)
            await servo_.dispatch_event("adjust", adjustments=[CPU], control=servo.Control(settlement="2s"))
            await settled(servo_)
    after = bodies(responder, "after:measure")[0]
    assert after["parameters"]["metrics"] == ["throughput"]
    assert (
        after["parameters"]["control"] | {"duration": 60.0, "delay": 90.5, "warmup": 0.0, "load": None}
        == (after["parameters"]["control"])
    )
    metric = {"name": "throughput", "unit": "rpm"}
    # As the original sent it under this release of servox.
    point = {"metric": metric, "time": "2020-10-02T17:50:20.123456", "value": 31337.0}
    reading = {"metric": metric, "data_points": [point], "id": None, "annotation": None, "metadata": None}
    assert after["results"] == [{"connector": "provider", "value": {"readings": [reading], "annotations": {}}}]
    adjusted = bodies(responder, "after:adjust")[0]
    assert adjusted["parameters"]["adjustments"] == [{"component_name": "web", "setting_name": "cpu", "value": 2.5}]
    assert adjusted["parameters"]["control"]["settlement"] == 2.0
    (setting,) = adjusted["results"][0]["value"]["components"][0]["settings"]
    assert (setting["name"], setting["type"], setting["pinned"], setting["min"]) == ("cpu", "range", False, 1.0)


async def test_a_cancel_stops_the_event_with_its_reason() -> None:
    with Responder({"/veto": [CANCELLED]}) as responder:
        hooks = [webhook(responder, "veto", "before:adjust"), webhook(responder, "told", "after:adjust")]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            assert await servo_.dispatch_event("adjust", adjustments=[CPU]) == []
            assert provider(servo_).made == []
            event = servo.events.get_event("adjust")
            with pytest.raises(EventCancelledError) as raised:
                await webhooks(servo_).run_event_handlers(event, Preposition.before, adjustments=[CPU])
            assert raised.value.reason == str(raised.value) == "no changes while we launch"
            assert raised.value.connector is webhooks(servo_)
            assert raised.value.event == event
            await settled(servo_)
    assert bodies(responder, "after:adjust") == [], "nobody is told of what did not happen"


async def test_a_runner_of_servox_survives_a_cancel() -> None:
    with Responder({"/veto": [CANCELLED]}) as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "veto", "before:adjust")]) as servo_:
            runner = servo.runner.ServoRunner(servo_)
            description = await runner.adjust([CPU], servo.Control())
            assert description.components == []
            assert provider(servo_).made == []


async def test_no_answer_is_settled_by_on_error() -> None:
    with Responder({"/down": [{"status": 500}]}) as responder:
        proceed = [webhook(responder, "down", "before:adjust")]
        async with assembled(responder.url, webhooks=proceed) as servo_:
            assert len(await servo_.dispatch_event("adjust", [CPU])) == 1
        cancel = [webhook(responder, "down", "before:adjust", on_error="cancel")]
        async with assembled(responder.url, webhooks=cancel) as servo_:
            assert await servo_.dispatch_event("adjust", [CPU]) == []


async def test_after_webhooks_do_not_hold_up_the_servo() -> None:
    with Responder({"/slow": [{"hang": True}]}) as responder:
        hooks = [webhook(responder, "slow", "after:measure", timeout="30s")]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            began = time.monotonic()
            for _ in range(20):
                await servo_.dispatch_event("measure", metrics=[])
            assert time.monotonic() - began < 5
            assert webhooks(servo_).webhooks.waiting == 20
            assert webhooks(servo_).webhooks.shutdown(0.1) == 20


async def test_a_slow_answer_before_an_event_leaves_the_loop_free() -> None:
    with Responder({"/slow": [{"delay_ms": 400}]}) as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "slow", "before:promote")]) as servo_:
            dispatch = asyncio.ensure_future(servo_.dispatch_event("promote"))
            turns = 0
            while not dispatch.done():
                await asyncio.sleep(0.01)
                turns += 1
            assert turns > 10


async def test_custom_events_with_odd_values(caplog: pytest.LogCaptureFixture) -> None:
    with Responder() as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "all", "*:deploy")]) as servo_:
            provider(servo_).deployed = {
                "big": 12345678901234567890123,
                "money": Money("2.50"),
                "nan": float("nan"),
                "error": ValueError("no room"),
                "text": "größe \ud800",
                5: {1},
            }
            await servo_.dispatch_event("deploy", "v1", replicas=3, canary=float("inf"))
            await settled(servo_)
    before, after = responder.received
    assert json.loads(before.body)["parameters"] == {"version": "v1", "replicas": 3, "canary": None}
    assert b'"big":12345678901234567890123,' in after.body
    assert b'"money":2.50,' in after.body
    value = json.loads(after.body, parse_float=Decimal)["results"][0]["value"]
    assert value["nan"] is None
    assert value["error"] == {"error": "ValueError", "message": "no room"}
    assert value["text"] == "größe ?"
    assert value["5"] == [1]


async def test_the_exception_of_a_connector_is_told() -> None:
    with Responder() as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "all", "after:deploy")]) as servo_:
            provider(servo_).deployed = RuntimeError("it broke")
            await servo_.dispatch_event("deploy", "v1", return_exceptions=True)
            await settled(servo_)
    (body,) = bodies(responder)
    assert body["results"] == [{"connector": "provider", "value": {"error": "RuntimeError", "message": "it broke"}}]


async def test_two_instances_tell_everything_once() -> None:
    with Responder() as responder:
        connectors = {"left": "WebhooksConnector", "right": "WebhooksConnector", "provider": "ProviderConnector"}
        async with assembled(
            responder.url,
            connectors,
            left=[webhook(responder, "left", "*:measure")],
            right=[webhook(responder, "right", "*:measure")],
        ) as servo_:
            await servo_.dispatch_event("measure", metrics=[])
            for name in ("left", "right"):
                await webhooks(servo_, name).webhooks.idle()
    paths = sorted(request.path for request in responder.received)
    assert paths == ["/left", "/left", "/right", "/right"]


async def test_parameters_belong_to_their_own_event() -> None:
    """Two events of one name at the same time, the second of which ends first."""
    with Responder({"/all": [{"delay_ms": 300}, {}]}) as responder:
        hooks = [webhook(responder, "all", "before:deploy"), webhook(responder, "told", "after:deploy")]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            first = asyncio.ensure_future(servo_.dispatch_event("deploy", "v1"))
            await asyncio.to_thread(responder.wait, 1)
            await servo_.dispatch_event("deploy", version="v2")
            await first
            await settled(servo_)
    told = [(body["id"], body["parameters"]["version"]) for body in bodies(responder, "after:deploy")]
    asked = {body["id"]: body["parameters"]["version"] for body in bodies(responder, "before:deploy")}
    assert [version for _, version in told] == ["v2", "v1"]
    assert all(asked[id] == version for id, version in told)


async def test_a_cancelled_startup_stops_the_servo() -> None:
    with Responder({"/veto": [CANCELLED]}) as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "veto", "before:startup")]) as servo_:
            with pytest.raises(ExceptionGroup) as raised:
                await servo_.startup()
            assert raised.group_contains(EventCancelledError, match="no changes while we launch")


async def test_channels_are_passed_on_and_answers_published() -> None:
    answer = {"headers": {"Content-Type": "text/plain; charset=utf-8"}, "body": "grüße"}
    with Responder({"/relay": [answer]}) as responder:
        relay = webhook(responder, "relay", response_channel="answers", channels=["the_news"])
        del relay["events"]
        async with assembled(responder.url, webhooks=[relay]) as servo_:
            await servo_.startup()
            heard: asyncio.Queue[servo.pubsub.Message] = asyncio.Queue()

            async def hear(message: servo.pubsub.Message, channel: servo.pubsub.Channel) -> None:
                heard.put_nowait(message)

            exchange = servo_.pubsub_exchange
            exchange.create_subscriber("answers", callback=hear)
            exchange.create_channel("the_news")
            await exchange.publish(servo.pubsub.Message(content=b"\xff\x00", content_type="image/png"), "the_news")
            published = await asyncio.wait_for(heard.get(), 5)
            assert (published.content, published.content_type) == ("grüße".encode(), "text/plain; charset=utf-8")
            await servo_.shutdown("test")
    request = next(request for request in responder.received if request.path == "/relay")
    assert (request.body, request.header("content-type")) == (b"\xff\x00", "image/png")
    assert request.header("x-servo-event") == "channel:the_news"


async def test_shutdown_drains_and_says_what_is_left(capfd: pytest.CaptureFixture[str]) -> None:
    lines: list[str] = []
    sink = servo.logger.add(lines.append, level="WARNING", format="{message}")
    try:
        with Responder({"/slow": [{"delay_ms": 300}], "/hangs": [{"hang": True}]}) as responder:
            hooks = [
                webhook(responder, "slow", "after:measure"),
                webhook(responder, "hangs", "after:promote", timeout="30s"),
            ]
            async with assembled(responder.url, webhooks=hooks) as servo_:
                object.__setattr__(webhooks(servo_).webhooks.options, "drain_timeout", 1.0)
                await servo_.startup()
                await servo_.dispatch_event("measure", metrics=[])
                await servo_.dispatch_event("promote")
                began = time.monotonic()
                await servo_.shutdown("test")
                assert 0.9 < time.monotonic() - began < 5
    finally:
        servo.logger.remove(sink)
    left = [line for line in lines if "undelivered" in line]
    assert len(left) == 1
    assert left[0].startswith("hangs: after:promote, event ")
    assert any(request.path == "/slow" for request in responder.received)


async def test_what_nobody_listens_to_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with Responder() as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "all", "after:promote")]) as servo_:

            def fail(*_: object) -> None:
                raise AssertionError("written though nobody listens")

            monkeypatch.setattr("servo_webhooks.dispatch.encode", fail)
            await servo_.dispatch_event("measure", metrics=[])


async def test_an_event_that_is_too_large(capfd: pytest.CaptureFixture[str]) -> None:
    with Responder() as responder:
        hooks = [
            webhook(responder, "all", "after:deploy"),
            webhook(responder, "veto", "before:deploy", on_error="cancel"),
        ]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            provider(servo_).deployed = "x" * (1 << 20)
            assert len(await servo_.dispatch_event("deploy", "v1")) == 1
            await settled(servo_)
            assert bodies(responder, "after:deploy") == []
            assert await servo_.dispatch_event("deploy", "x" * (1 << 20)) == [], "settled by on_error"


def headers_of(request: Received) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers}


async def test_the_headers_of_a_request() -> None:
    with Responder() as responder:
        hooks = [webhook(responder, "all", "*:promote", headers={"X-Environment": "production"})]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            await servo_.dispatch_event("promote")
            await settled(servo_)
    before, after = map(headers_of, responder.received)
    assert set(before) == {
        "host", "content-length", "content-type", "user-agent", "x-environment", "x-servo-attempt", "x-servo-delivery",
        "x-servo-event", "x-servo-schema", "x-servo-signature", "x-servo-timeout",
    }  # fmt: skip
    assert set(after) == set(before) - {"x-servo-timeout"}
    assert before["x-servo-delivery"] != after["x-servo-delivery"]


@pytest.mark.parametrize(
    ("named", "told"),
    [("prod", {"prod/dev.example.com/web", "prod/dev.example.com/api"}), ("", {None})],
)
async def test_servos_of_one_assembly_are_told_apart(
    named: str, told: set[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVO_WEBHOOKS_SOURCE", named)
    with Responder() as responder:
        configs = [
            {
                "optimizer": {"id": f"dev.example.com/{name}", "token": "t", "url": responder.url},
                "connectors": {"webhooks": "WebhooksConnector", "second": "WebhooksConnector"},
                "webhooks": [webhook(responder, "first", "after:metrics")],
                "second": [webhook(responder, "second", "after:metrics")],
            }
            for name in ("web", "api")
        ]
        assembly = await servo.Assembly.assemble(configs=configs)
        connectors = [webhooks(servo_, name) for servo_ in assembly.servos for name in ("webhooks", "second")]
        try:
            for servo_ in assembly.servos:
                await servo_.dispatch_event("metrics")
            for connector in connectors:
                await connector.webhooks.idle()
        finally:
            for connector in connectors:
                connector.webhooks.shutdown(5)
            for servo_ in assembly.servos:
                await servo_._api_client.aclose()
    found = bodies(responder, "after:metrics")
    assert len(found) == 4
    assert {body.get("source") for body in found} == told


async def test_one_servo_has_the_name_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVO_WEBHOOKS_SOURCE", "prod")
    with Responder() as responder:
        connectors = {"left": "WebhooksConnector", "right": "WebhooksConnector", "provider": "ProviderConnector"}
        hooks = {name: [webhook(responder, name, "before:metrics")] for name in ("left", "right")}
        async with assembled(responder.url, connectors, **hooks) as servo_:
            await servo_.dispatch_event("metrics")
    assert [body["source"] for body in bodies(responder)] == ["prod", "prod"]


class Unsayable:
    """Its code raises whatever is asked of it."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__
    __class__ = property(__str__)

    def dict(self) -> Any:
        raise RuntimeError


ODD = [Decimal("sNaN"), Unsayable(), [Unsayable()] * 3, (item for item in [1])]


@pytest.mark.parametrize("at", range(len(ODD)))
async def test_odd_values_neither_break_an_event_nor_leave_a_question_out(at: int, log: list[str]) -> None:
    odd = ODD[at]
    with Responder({"/veto": [{}, CANCELLED]}) as responder:
        hooks = [webhook(responder, "veto", "before:deploy"), webhook(responder, "told", "after:deploy")]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            # servox compares connectors by all that they hold.
            provider(servo_).deployed = lambda: odd
            (result,) = await servo_.dispatch_event("deploy", "v1", canary=odd)
            assert result.value is odd
            assert await servo_.dispatch_event("deploy", "v1", canary=odd) == [], "it is cancelled"
            await settled(servo_)
            logger.flush()
    asked, told, again = bodies(responder)
    replaced = [None] * 3 if type(odd) is list else None
    assert asked["parameters"] == again["parameters"] == {"version": "v1", "canary": replaced}
    assert told["results"] == [{"connector": "provider", "value": replaced}]
    warned = [line for line in log if "is sent as null" in line]
    assert [line[: line.index(": the ")] for line in warned] == [
        f"deploy, event {body['id']}" for body in (asked, told)
    ], "what is said again within a minute is held back"


async def test_what_is_too_large_is_settled_by_on_error_and_not_told(log: list[str]) -> None:
    with Responder() as responder:
        asked = webhook(responder, "asked", "before:deploy", on_error="cancel", when=".parameters.version == 1")
        async with assembled(responder.url, webhooks=[asked]) as servo_:
            assert await servo_.dispatch_event("deploy", ["x"] * 400_000) == []
        async with assembled(responder.url, webhooks=[webhook(responder, "told", "after:deploy")]) as servo_:
            provider(servo_).deployed = "x" * (2 << 20)
            assert len(await servo_.dispatch_event("deploy", "v1")) == 1
        logger.flush()
    assert responder.received == []
    assert [line for line in log if "the parameter version is larger than 1048576 bytes" in line]
    assert [line for line in log if "after:deploy" in line and "the result of provider is larger" in line]
