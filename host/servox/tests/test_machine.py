"""What the machine lacks is nobody else's fault, and a process that stood still has not waited."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow, Client, Lacking, NoAnswer, Proxies, Request, Target, race
from servo_webhooks.outbound.pool import Pool
from servo_webhooks.outbound.scarcity import lacking
from servo_webhooks.sandbox import Connector, Starved
from servo_webhooks.webhooks import Webhooks

from .support.peer import VETO, Peer, read_request
from .support.responder import Responder
from .support.story import Recorder

ASKER = Path(__file__).parent / "support" / "asker.py"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def asker(**told: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", ASKER, json.dumps(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads(output)
    return found


def vetoing(connection: socket.socket, _: int) -> None:
    buffer = bytearray()
    while True:
        connection.sendall(VETO if b"before:" in read_request(connection, buffer) else OK)


def webhook(peer: Peer, *events: str, name: str = "veto", **fields: Any) -> dict[str, Any]:
    return {"name": name, "events": list(events), "url": peer.url, "secret": "s", **fields}


def lost(found: dict[str, Any]) -> list[Any]:
    return [one for one in found["asked"] if one["outcome"] != "cancelled"]


def test_questions_have_descriptors_when_there_are_none() -> None:
    with Peer(vetoing) as peer:
        named = webhook(peer, "before:adjust", url=f"http://localhost:{peer.port}/", http_version="1.1")
        for asked in (webhook(peer, "before:adjust"), named):
            found = finished(asker(webhooks=[asked], descriptors=0, questions=40, in_flight=4))
            assert len(found["asked"]) == 40
            assert not lost(found), lost(found)[:2]


def test_what_used_up_the_descriptors_is_waited_for() -> None:
    """More questions at a time than descriptors are held in reserve."""
    with Peer(vetoing) as peer:
        found = finished(
            asker(
                webhooks=[webhook(peer, "before:adjust")], descriptors=0, release_after=1.0, questions=60, in_flight=30
            )
        )
        assert not lost(found), lost(found)[:2]


def test_more_questions_at_a_time_than_descriptors() -> None:
    with Peer(vetoing) as peer:
        asked = [webhook(peer, "before:adjust", timeout="20s")]
        found = finished(asker(webhooks=asked, soft_limit=110, questions=200, in_flight=200))
    assert len(found["asked"]) == 200
    assert not lost(found), lost(found)[:2]


def test_deliveries_wait_for_descriptors_and_nobody_is_blamed() -> None:
    with Peer(vetoing) as peer:
        told = webhook(peer, "after:measure", timeout="200ms", backoff={"max_tries": 2, "max_time": "1m"})
        found = finished(asker(webhooks=[told], descriptors=0, release_after=1.5, deliveries=20))
    assert [(one["outcome"], one["attempts"]) for one in found["deliveries"]] == [("delivered", 1)] * 20


def test_a_lack_that_lasts_is_said() -> None:
    with Peer(vetoing) as peer:
        told = webhook(peer, "after:measure", timeout="100ms", backoff={"max_tries": 2, "max_time": "1500ms"})
        found = finished(asker(webhooks=[told], descriptors=0, deliveries=2))
    for delivery in found["deliveries"]:
        assert (delivery["outcome"], delivery["attempts"]) == ("failed", 0)
        assert "this machine lacks" in delivery["error"]


def test_deliveries_leave_descriptors_for_questions() -> None:
    """Sixty endpoints that take a second, and a hundred descriptors."""

    def serve(connection: socket.socket, number: int) -> None:
        buffer = bytearray()
        while True:
            if b"before:" in read_request(connection, buffer):
                connection.sendall(VETO)
            else:
                time.sleep(1)
                connection.sendall(OK)

    with Peer(serve, host="0.0.0.0") as peer:
        told = [
            webhook(peer, "after:measure", name=f"slow{at}", url=f"http://127.0.1.{at}:{peer.port}/")
            for at in range(60)
        ]
        asked = [
            webhook(peer, "before:adjust", name=f"veto{at}", url=f"http://127.0.2.{at}:{peer.port}/") for at in range(5)
        ]
        found = finished(
            asker(
                webhooks=[*told, *asked],
                soft_limit=100,
                deliveries=4,
                questions=50,
                in_flight=10,
                settle=False,
                drain=30,
            )
        )
    assert not lost(found), lost(found)[:2]
    assert {one["outcome"] for one in found["deliveries"]} == {"delivered"}
    assert len(found["deliveries"]) == 240


def test_memory_is_waited_for() -> None:
    with Peer(vetoing) as peer:
        found = finished(
            asker(webhooks=[webhook(peer, "*:*")], memory=True, release_after=0.5, deliveries=3, questions=5)
        )
    assert not lost(found), lost(found)[:2]
    assert [one["outcome"] for one in found["deliveries"]] == ["delivered"] * 3


@pytest.mark.parametrize("timeout", ["300ms", "1s"])
def test_a_process_that_was_stopped_takes_what_had_arrived(timeout: str) -> None:
    pauses = [0.5, 3.0, 1.0, 0.5, 1.5, 2.0, 0.5, 0.7]
    process: list[subprocess.Popen[str]] = []

    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        while True:
            read_request(connection, buffer)
            os.kill(process[0].pid, signal.SIGSTOP)
            time.sleep(0.05)
            connection.sendall(VETO)
            time.sleep(pauses.pop(0))
            os.kill(process[0].pid, signal.SIGCONT)

    with Peer(serve) as peer:
        process.append(asker(webhooks=[webhook(peer, "before:adjust", timeout=timeout)], questions=8))
        found = finished(process[0])
    assert len(found["asked"]) == 8
    assert not lost(found), lost(found)


def test_errors_that_say_what_the_machine_lacks() -> None:
    here, nowhere = ip_address("127.0.0.1"), ip_address("2001:db8::1")
    for number in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EAGAIN, errno.EADDRNOTAVAIL):
        assert isinstance(lacking(OSError(number, "x"), here), Lacking)
    assert lacking(OSError(errno.ECONNREFUSED, "x"), here) is None
    assert lacking(MemoryError()) is not None
    if not _reaches(str(nowhere)):
        assert lacking(OSError(errno.EADDRNOTAVAIL, "x"), nowhere) is None, "no address of that kind, not no port"


def _reaches(address: str) -> bool:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as tried:
        try:
            tried.connect((address, 9))
        except OSError:
            return False
    return True


async def test_ports_that_are_used_up_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = race._open, 0

    async def used_up(address: Any, port: int) -> socket.socket:
        nonlocal tries
        tries += 1
        if tries <= 5:
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return await real(address, port)

    monkeypatch.setattr(race, "_open", used_up)
    with Responder() as responder:
        client = Client(Allow(["loopback"]), Proxies({}))
        request = Request(Target.parse(responder.url), "auto", [], b"")
        assert (await client.send(request)).status == 200
        assert request.lacking is None
        assert tries == 6
        await client.close()


async def test_deliveries_wait_for_their_turn_and_questions_do_not() -> None:
    with Responder({"/": [{"delay_ms": 200}]}) as responder:
        pool = Pool(most=16)
        client = Client(Allow(["loopback"]), Proxies({}), pool=pool)
        target = Target.parse(responder.url + "/")
        sent = [asyncio.ensure_future(client.send(Request(target, "http1", [], b""))) for _ in range(20)]
        await asyncio.to_thread(responder.wait, 16)
        assert responder.connections == 16
        quick = Target.parse(responder.url + "/quick")
        assert (await client.send(Request(quick, "http1", [], b"", urgent=True))).status == 200
        assert responder.connections == 17
        for answer in await asyncio.gather(*sent[:16]):
            await answer.finish()
        assert [(await answer).status for answer in sent[16:]] == [200] * 4
        await client.close()


async def test_a_lack_of_memory_counts_no_attempt(connector: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    real = connector.sign
    failures = 3

    def sign(*arguments: Any) -> Any:
        nonlocal failures
        if failures:
            failures -= 1
            raise Starved("sign")
        return real(*arguments)

    with Responder() as responder:
        recorder = Recorder()
        read = Configuration(connector, [{"events": "*:*", "url": responder.url, "secret": "s"}])
        webhooks = Webhooks(connector, read, Options(allow=Allow(["loopback"])), recorder)
        monkeypatch.setattr(connector, "sign", sign)
        await webhooks.after(notification.event("after:measure", "{}", "[]"))
        await webhooks.idle()
        webhooks.shutdown(1)
    assert [(one.outcome, one.attempts) for one in recorder.deliveries] == [("delivered", 1)]
    assert failures == 0


async def test_a_question_that_cannot_be_sent_says_what_is_lacking(
    connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def used_up(address: Any, port: int) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(race, "_open", used_up)
    with Responder() as responder:
        fields = {"events": "*:*", "url": responder.url, "secret": "s", "timeout": "200ms", "on_error": "cancel"}
        webhooks = Webhooks(
            connector, Configuration(connector, [fields]), Options(allow=Allow(["loopback"])), Recorder()
        )
        outcome = await webhooks.before(notification.event("before:adjust", "{}", None))
        breaker = webhooks.configuration.webhooks[0].breaker
        assert breaker.is_closed
        assert breaker._failures == 0, "nobody is blamed"
        webhooks.shutdown(1)
    assert outcome.outcome == "cancelled", "as on_error says"
    assert "this machine lacks what a connection takes: Too many open files" in (outcome.webhooks[0].error or "")


async def test_a_connection_that_is_refused_is_no_lack() -> None:
    closed: Callable[[], Any] = lambda: socket.create_server(("127.0.0.1", 0))  # noqa: E731
    with closed() as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NoAnswer, match="connection refused"):
        await race.connect([ip_address("127.0.0.1")], port)
