"""What has happened is handed over to the real program with a store, which delivers it."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import servo

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.forward import Forward, envelope
from servo_webhooks.log import logger
from servo_webhooks.notification import EventError
from servo_webhooks.options import Options
from servo_webhooks.outbound import Proxies
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks

from .conftest import REPOSITORY
from .support.assembly import assembled
from .support.responder import Responder
from .support.story import Recorder
from .test_servox import CANCELLED, CPU, settled, webhook

PROGRAM = REPOSITORY / "target/debug/servo-webhooks"
TOKEN = "t0p-s3cr3t"

real = pytest.mark.skipif(not PROGRAM.exists(), reason="no servo-webhooks: cargo build makes it")


@contextmanager
def serving(folder: Path, hooks: list[dict[str, Any]], port: int = 0) -> Iterator[str]:
    """Runs `serve` with a store and these webhooks; gives its address."""
    (folder / "servo.yaml").write_text(json.dumps(hooks))
    (folder / "token").write_text(f"{TOKEN}\n")
    arguments = ["--bind", f"127.0.0.1:{port}", "--store", "store", "--token-file", "token", "--allow", "loopback"]
    command = [str(PROGRAM), "serve", *arguments]
    with (
        (folder / "log").open("w+") as log,
        subprocess.Popen(command, cwd=folder, stderr=log, stdout=subprocess.DEVNULL) as process,
    ):
        try:
            end = time.monotonic() + 60
            while "listening on " not in (said := (folder / "log").read_text()):
                assert process.poll() is None, said
                assert time.monotonic() < end, said
                time.sleep(0.01)
            yield said.split("listening on ")[1].split()[0]
        finally:
            process.kill()


def until_delivered(folder: Path, count: int) -> list[dict[str, Any]]:
    """Waits until the store has so many deliveries that got through, and no other ones."""
    command = [str(PROGRAM), "deliveries", "--store", "store", "--json"]
    end = time.monotonic() + 60
    while True:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        if [each["state"] for each in found] == ["delivered"] * count:
            return found
        assert time.monotonic() < end, found
        time.sleep(0.05)


def forward(folder: Path, url: str, token: str = TOKEN) -> Forward:
    (folder / "mine").write_text(f"{token}\n")
    variables = {"SERVO_WEBHOOKS_FORWARD": url, "SERVO_WEBHOOKS_FORWARD_TOKEN_FILE": str(folder / "mine")}
    made = Forward.from_env(variables)
    assert made is not None
    return made


def started(connector: Connector, to: Forward) -> tuple[Webhooks, Recorder]:
    """Webhooks that must not go anywhere by themselves: neither loopback nor a proxy helps them."""
    recorder = Recorder()
    own = [{"name": "own", "events": "*:*", "url": "http://127.0.0.1:9/", "secret": "s"}]
    options = Options(proxies=Proxies({"http_proxy": "http://127.0.0.1:9"}))
    return Webhooks(connector, Configuration(connector, own), options, recorder, to), recorder


def measured(id: str) -> notification.Notification:
    return notification.event("after:measure", '{"rate": 1.50}', '[{"connector": "c", "value": 1e2}]', id)


@real
async def test_serve_delivers_what_has_happened_and_the_servo_asks(tmp_path: Path, monkeypatch: Any) -> None:
    with Responder({"/veto": [CANCELLED]}) as responder:
        hooks = [
            webhook(responder, "asked", "before:measure"),
            webhook(responder, "veto", "before:adjust"),
            webhook(responder, "told", "after:measure", channels=["the_news"]),
        ]
        with serving(tmp_path, hooks) as url:
            monkeypatch.setenv("SERVO_WEBHOOKS_ALLOW", "loopback")
            monkeypatch.setenv("SERVO_WEBHOOKS_FORWARD", url)
            monkeypatch.setenv("SERVO_WEBHOOKS_FORWARD_TOKEN_FILE", str(tmp_path / "token"))
            async with assembled(responder.url, webhooks=hooks) as servo_:
                await servo_.startup()
                await servo_.dispatch_event("measure", metrics=["throughput"], control=servo.Control())
                assert await servo_.dispatch_event("adjust", adjustments=[CPU]) == []
                checks = await servo_.dispatch_event("check", servo.CheckFilter(), include=servo_.all_connectors)
                exchange = servo_.pubsub_exchange
                exchange.create_channel("the_news")
                await exchange.publish(servo.pubsub.Message(content=b"\xff\x00", content_type="image/png"), "the_news")
                await asyncio.to_thread(until_delivered, tmp_path, 2)
                await settled(servo_)
                await servo_.shutdown("test")
            found = until_delivered(tmp_path, 2)
    (checked,) = [result.value for result in checks if result.connector.name == "webhooks"]
    names = ["Webhook asked", "Webhook veto", "Webhook forward"]
    assert [(check.name, check.success) for check in checked] == [(name, True) for name in names]
    assert {each["event"] for each in found} == {"after:measure", "channel:the_news"}
    told = [request for request in responder.received if request.path == "/told"]
    assert {request.header("x-servo-delivery") for request in told} == {each["delivery"] for each in found}
    (news,) = (request for request in told if request.header("x-servo-event") == "channel:the_news")
    assert (news.body, news.header("content-type")) == (b"\xff\x00", "image/png")
    after = [json.loads(request.body) for request in told if request is not news]
    (before,) = [json.loads(request.body) for request in responder.received if request.path == "/asked"]
    assert [(each["id"], each["parameters"]) for each in after] == [(before["id"], before["parameters"])]
    assert after[0]["results"][0]["connector"] == "provider"


@real
async def test_of_two_connectors_one_hands_over(tmp_path: Path, monkeypatch: Any) -> None:
    with Responder() as responder:
        hooks = [webhook(responder, "told", "after:metrics", channels=["the_news"])]
        with serving(tmp_path, hooks) as url:
            monkeypatch.setenv("SERVO_WEBHOOKS_ALLOW", "loopback")
            monkeypatch.setenv("SERVO_WEBHOOKS_FORWARD", url)
            monkeypatch.setenv("SERVO_WEBHOOKS_FORWARD_TOKEN_FILE", str(tmp_path / "token"))
            connectors = dict.fromkeys(("left", "right"), "WebhooksConnector") | {"provider": "ProviderConnector"}
            async with assembled(responder.url, connectors, left=[], right=hooks) as servo_:
                await servo_.startup()
                await servo_.dispatch_event("metrics")
                exchange = servo_.pubsub_exchange
                exchange.create_channel("the_news")
                await exchange.publish(servo.pubsub.Message(content=b"news", content_type="text/plain"), "the_news")
                found = await asyncio.to_thread(until_delivered, tmp_path, 2)
                await servo_.shutdown("test")
            assert until_delivered(tmp_path, 2) == found
    assert sorted(each["event"] for each in found) == ["after:metrics", "channel:the_news"]


@real
async def test_what_serve_does_not_take_is_sent_again(connector: Connector, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    webhooks, recorder = started(connector, forward(tmp_path, f"http://127.0.0.1:{port}"))
    outcome = await webhooks.after(measured("m-1"))
    assert (outcome.event, outcome.id, outcome.outcome) == ("after:measure", "m-1", "accepted")
    end = time.monotonic() + 60
    queue = webhooks.forward._queue  # type: ignore[union-attr]
    while not queue._waiting:
        assert time.monotonic() < end, "its first attempt fails: nobody is there"
        time.sleep(0.01)
    assert webhooks.waiting == 1
    with Responder() as responder, serving(tmp_path, [webhook(responder, "told", "after:*")], port):
        await webhooks.idle()
        until_delivered(tmp_path, 1)
        (request,) = responder.received
    assert webhooks.shutdown(5) == webhooks.waiting == 0
    # Numbers keep their digits all the way.
    assert b"1e2" in request.body
    assert b"1.50" in request.body
    (delivery,) = recorder.deliveries
    assert (delivery.webhook, delivery.id, delivery.outcome) == ("forward", "m-1", "delivered")
    assert delivery.attempts > 1


@real
async def test_what_serve_refuses_is_logged_and_counted(connector: Connector, tmp_path: Path, log: list[str]) -> None:
    with serving(tmp_path, []) as url:
        webhooks, recorder = started(connector, forward(tmp_path, url, "another-t0ken"))
        await webhooks.after(measured("m-1"))
        await webhooks.idle()
        webhooks.shutdown(5)
    (delivery,) = recorder.deliveries
    assert (delivery.outcome, delivery.status) == ("failed", 401)
    logger.flush()
    assert "forward: after:measure, event m-1" in "".join(log)
    assert "t0ken" not in "".join(log) + repr(forward(tmp_path, url, "another-t0ken"))


async def test_what_is_left_at_the_end_is_counted(connector: Connector, tmp_path: Path) -> None:
    webhooks, recorder = started(connector, forward(tmp_path, "http://127.0.0.1:9"))
    for number in range(3):
        await webhooks.after(measured(f"m-{number}"))
    assert webhooks.waiting == 3
    assert webhooks.shutdown(0.2) == 3
    assert [each.outcome for each in recorder.deliveries] == ["undelivered"] * 3
    assert (await webhooks.after(measured("m-4"))).outcome == "rejected"


def test_an_event_is_limited_before_it_is_wrapped() -> None:
    with pytest.raises(EventError, match="the limit is 10"):
        envelope(measured("m-1"), 10)
    with pytest.raises(EventError, match="why"):
        envelope(notification.impossible("after:measure", EventError("why"), "m-1"), 10)


@pytest.mark.parametrize(
    ("url", "token", "why"),
    [
        ("ftp://localhost", "t", "must start with http"),
        ("http://localhost/path", "t", "without a path"),
        ("http://user:hunter2@localhost", "t", "must not hold a user"),
        ("http://localhost", "", "the file is empty"),
        ("http://localhost", None, "cannot be read"),
    ],
)
def test_what_cannot_be_used_is_refused(url: str, token: str | None, why: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    if token is not None:
        file.write_text(token)
    variables = {"SERVO_WEBHOOKS_FORWARD": url, "SERVO_WEBHOOKS_FORWARD_TOKEN_FILE": str(file)}
    with pytest.raises(ValueError, match=why) as raised:
        Forward.from_env(variables)
    assert "hunter2" not in str(raised.value)


def test_a_token_that_no_header_may_have_is_refused(connector: Connector, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no header may have") as raised:
        forward(tmp_path, "http://localhost:8081", "a\x01b").configuration(connector)
    assert "\x01" not in str(raised.value)
    assert Forward.from_env({"SERVO_WEBHOOKS_FORWARD": ""}) is None
