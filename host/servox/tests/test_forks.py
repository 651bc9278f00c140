"""A process that is forked after its servo was assembled."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import servo

from .support.assembly import assembled, provider, webhooks
from .support.responder import Responder
from .test_servox import CANCELLED, CPU, bodies, webhook


@pytest.fixture(autouse=True)
def allowed(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVO_WEBHOOKS_ALLOW", "loopback")


def in_child(work: Callable[[], Any], seconds: float = 30) -> Any:
    """What some work comes to in a forked process; it has so long."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, json.dumps(work()).encode())
        except BaseException as error:
            os.write(writer, json.dumps(repr(error)).encode())
        finally:
            os._exit(0)
    os.close(writer)
    watch = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    watch.start()
    try:
        with open(reader, "rb") as said:
            answer = said.read()
        _, status = os.waitpid(child, 0)
    finally:
        watch.cancel()
    assert os.WIFEXITED(status), f"it was still at work after {seconds} s"
    return json.loads(answer)


async def an_event(servo_: servo.Servo) -> Any:
    adjusted = await servo_.dispatch_event("adjust", adjustments=[CPU])
    await servo_.dispatch_event("measure", metrics=[])
    await webhooks(servo_).webhooks.idle()
    return [len(adjusted), len(provider(servo_).made)]


async def test_a_veto_and_a_delivery_in_the_child_and_in_the_parent() -> None:
    with Responder({"/veto": [CANCELLED]}) as responder:
        hooks = [
            webhook(responder, "veto", "before:adjust"),
            webhook(responder, "told", "after:measure", when=".event"),
        ]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            assert await an_event(servo_) == [0, 0]
            for _ in range(3):
                assert in_child(lambda: asyncio.run(an_event(servo_))) == [0, 0]
                assert await an_event(servo_) == [0, 0]
    assert len(bodies(responder, "before:adjust")) == 7
    told = [body["id"] for body in bodies(responder, "after:measure")]
    assert len(told) == len(set(told)) == 7


async def test_what_waits_stays_in_the_parent() -> None:
    with Responder({"/slow": [{"delay_ms": 300}]}) as responder:
        async with assembled(responder.url, webhooks=[webhook(responder, "slow", "after:measure")]) as servo_:
            await servo_.dispatch_event("measure", metrics=[])
            inherited = webhooks(servo_).webhooks
            assert in_child(
                lambda: [inherited.is_inherited, inherited.shutdown(), webhooks(servo_).webhooks.waiting]
            ) == [
                True,
                0,
                0,
            ]
            await webhooks(servo_).webhooks.idle()
    assert len(bodies(responder)) == 1


async def test_forks_while_other_threads_are_at_work() -> None:
    with Responder() as responder:
        hooks = [webhook(responder, "asked", "*:measure", when="[range(5000)] | length > 0")]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            over = threading.Event()

            def busy() -> None:
                while not over.is_set():
                    asyncio.run(servo_.dispatch_event("measure", metrics=[]))

            threads = [threading.Thread(target=busy) for _ in range(2)]
            for thread in threads:
                thread.start()
            try:
                done = [in_child(lambda: asyncio.run(an_event(servo_))) for _ in range(8)]
            finally:
                over.set()
                for thread in threads:
                    await asyncio.to_thread(thread.join)
    assert done == [[1, 1]] * 8


PROGRAM = """
import asyncio, os, sys
import servo
from servo_webhooks import WebhooksConnector
from tests.support.assembly import ProviderConnector

config = {"optimizer": {"id": "dev.example.com/checkout", "token": "t", "url": sys.argv[1]},
          "connectors": {"webhooks": "WebhooksConnector", "provider": "ProviderConnector"}, "provider": {},
          "webhooks": [{"events": "after:measure", "url": sys.argv[1] + "/told", "secret": "s"}]}
assembly = asyncio.run(servo.Assembly.assemble(configs=[config]))
if os.fork():
    os.wait()
else:
    # As a program that goes into the background: its parent has gone.
    asyncio.run(assembly.servos[0].dispatch_event("measure", metrics=[]))
"""


def test_a_program_that_goes_into_the_background_delivers_before_it_ends(tmp_path: Path) -> None:
    with Responder({"/told": [{"delay_ms": 300}]}) as responder:
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", PROGRAM, responder.url],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert len(bodies(responder, "after:measure")) == 1
    assert "ignored" not in done.stderr, done.stderr
    assert time.monotonic() - began < 50
