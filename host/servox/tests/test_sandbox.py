"""Connectors that do their worst, and what is made of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from wasmtime import wat2wasm

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration, ConfigurationError
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow
from servo_webhooks.sandbox import CallError, ComponentError, Connector, Shape, call_limits, records
from servo_webhooks.sandbox.component import built_in
from servo_webhooks.webhooks import Webhooks

from .conftest import REPOSITORY
from .support.patching import FAR, GROW, LOOP, UNREACHABLE, patched
from .support.responder import Responder
from .support.story import Recorder

GOOD = built_in()
EVENT = notification.event("after:measure", "{}", "[]")
ANSWERED = records.Attempt(1, 0, 0, ("answer", records.Answer(200, [], None)))
DEFAULT = Shape("", False)
CONTEXT = records.SigningContext("d", 1, 0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello", "not WebAssembly"),
        (b"", "truncated: it ends after 0 bytes"),
        (GOOD[:5], "truncated: it ends after 5 bytes"),
        (GOOD[: len(GOOD) // 2], "truncated: "),
        (GOOD[:1000] + b"\xff" * 5000 + GOOD[6000:], "corrupted: "),
        (wat2wasm("(module)"), "a core module, not a component"),
        (wat2wasm("(component)"), "not of the world servo:webhooks/webhook-connector@0.1.0: it exports nothing"),
        (
            wat2wasm('(component (import "wasi:cli/environment@0.2.0" (instance)))'),
            "it imports wasi:cli/environment@0.2.0; a connector imports nothing",
        ),
        (
            wat2wasm('(component (instance $i) (export "servo:webhooks/connector@0.1.0" (instance $i)))'),
            "its interface has no function parse-config",
        ),
        (
            GOOD.replace(b"servo:webhooks/connector@0.1.0", b"servo:webhooks/connector@0.2.0"),
            "webhook-connector@0.1.0: it exports servo:webhooks/connector@0.2.0",
        ),
    ],
)
def test_what_is_no_connector_is_refused_by_name(data: bytes, message: str) -> None:
    with pytest.raises(ComponentError, match="component foreign.wasm: ") as raised:
        Connector("foreign.wasm", bytes(data))
    assert message in str(raised.value)


def test_a_later_version_is_taken() -> None:
    later = GOOD.replace(b"servo:webhooks/connector@0.1.0", b"servo:webhooks/connector@0.1.7")
    assert later != GOOD
    assert list(Connector("later.wasm", later).select([["before:*"], ["after:measure"]], "after:measure")) == [1]


@pytest.fixture(scope="module")
def hostile() -> Connector:
    """Loops in `judge`, traps in `select`, eats memory in `sample`, returns nonsense from `schema`
    and signs with a header that it has no right to."""
    data = GOOD
    for function, code in (("judge", LOOP), ("select", UNREACHABLE), ("sample", GROW), ("schema", FAR)):
        data = patched(data, function, code)
    assert data.count(b"X-Servo-Signature")
    return Connector("hostile.wasm", data.replace(b"X-Servo-Signature", b"X-Forwarded-Proto"))


def configuration(connector: Connector, responder: Responder, **fields: Any) -> Configuration:
    webhook = {"name": "all", "events": "*:*", "url": f"{responder.url}/all", "secret": "hunter2", **fields}
    return Configuration(connector, [webhook])


def test_what_runs_too_long_is_stopped(hostile: Connector) -> None:
    began = time.monotonic()
    with pytest.raises(CallError, match=r"the connector's judge ran longer than 500 ms"):
        hostile.judge("after 12 180000000000", ANSWERED)
    assert 0.45 < time.monotonic() - began < 5


def test_what_keeps_the_interpreter_is_bounded_by_instructions() -> None:
    own = Connector("own.wasm", patched(GOOD, "judge", LOOP), keep_instances=True)
    began = time.monotonic()
    with pytest.raises(CallError, match=r"the connector's judge took more than 100,000,000 instructions"):
        own.judge("after 12 180000000000", ANSWERED)
    assert time.monotonic() - began < 5
    tag, _ = own.render(DEFAULT, EVENT.to_wit(), EVENT.size)
    assert tag == "ok"


@pytest.mark.parametrize(
    ("keys", "size"), [(1, call_limits.SHORT), (1, call_limits.SHORT + 1), (40, 10), (40, 100_000)]
)
def test_what_is_legal_is_signed_with_the_interpreter_and_without_it(
    connector: Connector, keys: int, size: int
) -> None:
    vectors = json.loads((REPOSITORY / "tests" / "vectors" / "sign.json").read_text())["vectors"]
    secrets = [secret for vector in vectors for secret in vector["input"].get("secrets", [])]
    key = next(secret for secret in secrets if secret.startswith("whsk_"))
    tag, headers = connector.sign("standard", [key] * keys, CONTEXT, ("text", "x" * size))
    assert tag == "ok", headers
    signatures = {header.name: header.value for header in headers}["webhook-signature"]
    assert signatures.count("v1a,") == keys


def test_recursion_is_as_deep_as_in_the_program_and_says_where_it_is_too_deep(connector: Connector) -> None:
    def run(payload: str) -> Any:
        webhook = {"events": "after:measure", "url": "https://hooks.example/", "secret": "s", "payload": payload}
        shape = Configuration(connector, [webhook]).webhooks[0].shape
        tag, (_, request) = connector.render(shape, EVENT.to_wit(), EVENT.size)
        assert tag == "ok"
        return request.body

    total = "def sum: if . == 0 then 0 else . + (. - 1 | sum) end"
    for payload, output in [
        ("def f: if . > 100000 then . else . + 1 | f end; 0 | f", "100001"),
        (f"{total}; 300 | sum", "45150"),
        ("reduce range(2000) as $i (0; [.]) | [..] | length", "2001"),
        ("reduce range(1000) as $i (0; [.]) | . == (tojson | fromjson)", "true"),
    ]:
        assert run(payload) == output, payload
    with pytest.raises(CallError, match="the connector's render recursed deeper than its stack"):
        run(f"{total}; 1000000 | sum")
    assert run(".event") == '"after:measure"'


@pytest.mark.parametrize("kibibytes", [1024, 8192])
def test_recursion_ends_the_call_and_not_the_process_where_stacks_are_small(kibibytes: int) -> None:
    text = """
import threading
from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.sandbox import CallError, Connector

connector = Connector.built_in()
webhook = {"events": "after:*", "url": "https://hooks.example/", "secret": "s", "payload": "def f: 1 + f; f"}
shape = Configuration(connector, [webhook]).webhooks[0].shape
event = notification.event("after:measure", "{}", "[]")

def recurse():
    try:
        connector.render(shape, event.to_wit(), event.size)
    except CallError as error:
        print(error)

recurse()
thread = threading.Thread(target=recurse)
thread.start()
thread.join()
"""
    limited = ["sh", "-c", f'ulimit -Ss {kibibytes}; exec "$0" -c "$1"', sys.executable, text]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=120)
    assert done.stdout == "the connector's render recursed deeper than its stack\n" * 2, done.stderr
    assert done.returncode == 0


def test_a_trap_is_named(hostile: Connector) -> None:
    with pytest.raises(CallError, match=r"the connector's select trapped: .*unreachable"):
        hostile.select([["after:*"]], "after:measure")


def test_memory_is_bounded(hostile: Connector) -> None:
    began = time.monotonic()
    with pytest.raises(CallError, match=r"the connector's sample "):
        hostile.sample(records.EventType("after:measure", None, None), "i", "2026-11-23T11:23:42+00:00")
    assert time.monotonic() - began < 5


def test_a_result_outside_of_the_memory_is_refused(hostile: Connector) -> None:
    with pytest.raises(CallError, match=r"the connector's schema "):
        hostile.schema("", records.EventType("after:measure", None, None))


def test_a_failed_call_harms_no_other(hostile: Connector) -> None:
    for _ in range(3):
        with pytest.raises(CallError):
            hostile.select([["after:*"]], "after:measure")
        tag, _ = hostile.render(DEFAULT, EVENT.to_wit(), EVENT.size)
        assert tag == "ok"


@pytest.mark.parametrize("on_error", ["proceed", "cancel"])
async def test_before_an_event_on_error_decides(hostile: Connector, on_error: str) -> None:
    with Responder() as responder:
        read = configuration(hostile, responder, on_error=on_error)
        webhooks = Webhooks(hostile, read, Options(allow=Allow(["loopback"])), Recorder())
        outcome = await webhooks.before(notification.event("before:adjust", "{}", None))
        webhooks.shutdown(1)
    assert outcome.outcome == {"proceed": "proceed", "cancel": "cancelled"}[on_error]
    assert outcome.webhooks[0].outcome == "no_answer"
    assert "the connector's select trapped" in (outcome.webhooks[0].error or "")
    assert not responder.received


async def test_a_header_that_it_has_no_right_to_is_not_sent(hostile: Connector) -> None:
    with Responder() as responder:
        read = configuration(hostile, responder)
        recorder = Recorder()
        webhooks = Webhooks(hostile, read, Options(allow=Allow(["loopback"])), recorder)
        read._selected["after:measure"] = read.webhooks
        await webhooks.after(EVENT)
        webhooks.shutdown(5)
    (delivery,) = recorder.deliveries
    assert delivery.outcome == "failed"
    assert delivery.error == "the connector's sign gave something unusable: a header that it has no right to"
    assert not responder.received


def test_what_a_foreign_connector_says_while_it_signs_is_not_passed_on(hostile: Connector) -> None:
    with Responder() as responder, pytest.raises(ConfigurationError) as raised:
        configuration(hostile, responder, secret="whsec_hunter2", signatures="standard")
    assert "this connector cannot sign with it" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_a_configuration_that_makes_the_connector_trap_is_refused(connector: Connector) -> None:
    class Trapping(Connector):
        def __init__(self) -> None:
            self.__dict__.update(connector.__dict__)

        def parse_config(self, document: str, events: list[str], source: str) -> records.Configuration:
            raise CallError("the connector's parse-config trapped: unreachable")

    with Responder() as responder, pytest.raises(ConfigurationError, match="parse-config trapped"):
        configuration(Trapping(), responder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": ("text", "https://evil.example/")}, "a url that the configuration does not hold"),
        ({"secrets": [7]}, "the handle of another webhook"),
        ({"timeout": 10**18}, "a timeout of"),
        ({"settings": [records.Setting("mtls", "on", "/0/mtls")]}, "this host does not support the setting mtls"),
        ({"headers": [records.Header("Host", ("text", "evil"))]}, "Host is reserved"),
    ],
)
def test_what_it_reads_is_checked(connector: Connector, change: dict[str, Any], message: str) -> None:
    class Lying(Connector):
        def __init__(self) -> None:
            self.__dict__.update(connector.__dict__)
            self._trusted = False

        def parse_config(self, document: str, events: list[str], source: str) -> records.Configuration:
            read = super().parse_config(document, events, source)
            return read._replace(webhooks=[read.webhooks[0]._replace(**change)])

    with Responder() as responder, pytest.raises(ConfigurationError, match=message):
        configuration(Lying(), responder)


@pytest.mark.parametrize(
    ("verdict", "message"),
    [
        (("retry", records.Wait(5, 1)), "a wait of 5 to 1 ns"),
        (("retry", records.Wait(0, 10**18)), "a wait of 0 to 1000000000000000000 ns"),
        (("cancel", "never mind"), "a cancel after the event"),
    ],
)
async def test_what_it_rules_is_checked(connector: Connector, verdict: tuple[str, Any], message: str) -> None:
    class Odd(Connector):
        def __init__(self) -> None:
            self.__dict__.update(connector.__dict__)

        def judge(self, policy: str, attempt: records.Attempt) -> records.Ruling:
            return records.Ruling(verdict, False, False, None)

    with Responder() as responder:
        recorder = Recorder()
        odd = Odd()
        webhooks = Webhooks(odd, configuration(odd, responder), Options(allow=Allow(["loopback"])), recorder)
        await webhooks.after(EVENT)
        webhooks.shutdown(5)
    (delivery,) = recorder.deliveries
    assert delivery.outcome == "failed"
    assert message in (delivery.error or "")


def test_instances_are_kept_apart(connector: Connector) -> None:
    """What signs is never what renders, and a thousand calls are the most of one instance."""
    for _ in range(1005):
        connector.render(DEFAULT, EVENT.to_wit(), EVENT.size)
    connector.sign("", ["key"], CONTEXT, ("text", "body"))
    kept = connector._kept
    assert set(kept) >= {"render", "sign"}
    instances = [instance for purpose in kept.values() for instance in purpose]
    assert len({id(instance) for instance in instances}) == len(instances)
    assert all(instance.calls < 1000 for instance in instances)


def test_a_foreign_connector_gets_a_fresh_instance_for_each_call(hostile: Connector) -> None:
    hostile.render(DEFAULT, EVENT.to_wit(), EVENT.size)
    assert not any(hostile._kept.values())
