"""A veto is not lost for the transport's sake: what responders do below HTTP."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import h2.events
import pytest
import trustme

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow, Client, NoAnswer, Proxies, Request, Target, tls
from servo_webhooks.outbound.address import Address
from servo_webhooks.outcome import EventOutcome
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks

from .support.peer import CANCEL, VETO, Peer, Server2, read_head, read_request
from .support.story import Recorder

MANY = 60
"""Questions of one test."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """What a responder on 127.0.0.1 is trusted by."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls.context.cache_clear()
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(made)
    yield made
    tls.context.cache_clear()


def started(connector: Connector, peer: Peer, **fields: Any) -> Webhooks:
    webhook = {"name": "veto", "events": "*:*", "url": peer.url, "secret": "s", **fields}
    return Webhooks(connector, Configuration(connector, [webhook]), Options(allow=Allow(["loopback"])), Recorder())


async def ask(webhooks: Webhooks, parameters: str = "{}") -> EventOutcome:
    return await webhooks.before(notification.event("before:adjust", parameters, None))


async def vetoed(webhooks: Webhooks, times: int = MANY, parameters: str = "{}", in_flight: int = 1) -> None:
    """Asks so many times; each is vetoed, at the first attempt."""
    lost = []
    for _ in range(times // in_flight):
        for outcome in await asyncio.gather(*(ask(webhooks, parameters) for _ in range(in_flight))):
            if outcome.outcome != "cancelled" or outcome.webhooks[0].attempts != 1:
                lost.append(outcome.webhooks[0])
    webhooks.shutdown(1)
    assert not lost, lost[:3]


@pytest.mark.parametrize("over_tls", [False, True])
async def test_a_kept_connection_that_is_closed_under_a_request(
    connector: Connector, secure: ssl.SSLContext, over_tls: bool
) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        read_request(connection, buffer)
        connection.sendall(VETO)
        # It had been about to close when the next one came.
        read_head(connection, buffer)

    with Peer(serve, secure if over_tls else None) as peer:
        await vetoed(started(connector, peer))
        assert peer.connections >= MANY


@pytest.mark.parametrize("over_tls", [False, True])
async def test_a_kept_connection_that_is_reset_under_a_request(
    connector: Connector, secure: ssl.SSLContext, over_tls: bool
) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        read_request(connection, buffer)
        connection.sendall(VETO)
        read_head(connection, buffer)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with Peer(serve, secure if over_tls else None) as peer:
        await vetoed(started(connector, peer))


async def test_it_is_sent_again_once_and_as_the_same_attempt(connector: Connector) -> None:
    heads = []

    def serve(connection: socket.socket, number: int) -> None:
        buffer = bytearray()
        heads.append(read_request(connection, buffer))
        if number == 0:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            heads.append(read_request(connection, buffer))

    with Peer(serve) as peer:
        webhooks = started(connector, peer)
        assert (await ask(webhooks)).webhooks[0].outcome == "proceeded"
        outcome = (await ask(webhooks)).webhooks[0]
        webhooks.shutdown(1)
    assert (outcome.outcome, outcome.attempts) == ("no_answer", 1)
    assert "the connection was closed before an answer" in (outcome.error or "")
    _, before, again = heads
    assert before == again, "with the same number and delivery"
    assert peer.connections == 2, "a new connection that is closed is no answer"


async def test_what_is_answered_in_part_is_not_sent_again(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        read_request(connection, buffer)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        read_request(connection, buffer)
        connection.sendall(b"HTTP/1.1 2")

    with Peer(serve) as peer:
        webhooks = started(connector, peer)
        await ask(webhooks)
        assert (await ask(webhooks)).webhooks[0].outcome == "no_answer"
        webhooks.shutdown(1)
        assert peer.connections == 1


@pytest.mark.parametrize(
    ("announced", "waits", "connections"),
    [("timeout=0", 0, 2), ("timeout=1", 0, 1), ("timeout=1, max=5", 0.6, 2), ("max=5", 0.6, 1)],
)
async def test_keep_alive_is_heeded(announced: str, waits: float, connections: int) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        while True:
            read_request(connection, buffer)
            head = f"HTTP/1.1 200 OK\r\nKeep-Alive: {announced}\r\nContent-Length: 0\r\n\r\n"
            connection.sendall(head.encode())

    with Peer(serve) as peer:
        client = Client(Allow(["loopback"]), Proxies({}))
        for wait in (0.0, waits):
            await asyncio.sleep(wait)
            await (await client.send(Request(Target.parse(peer.url), "auto", [], b"{}"))).finish()
        await client.close()
        assert peer.connections == connections


@pytest.mark.parametrize("over_tls", [False, True])
@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_an_answer_wins_over_an_error_of_writing(
    connector: Connector, secure: ssl.SSLContext, over_tls: bool, version: str
) -> None:
    """900 kB, answered before they are read."""

    def http1(connection: socket.socket, _: int) -> None:
        read_head(connection, bytearray())
        connection.sendall(VETO)
        # What was not read resets the connection, which is still being written to.

    def http2(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        stream = server.event(h2.events.RequestReceived)
        server.veto(stream)

    secure.set_alpn_protocols(["h2"] if version == "2" else ["http/1.1"])
    with Peer(http2 if version == "2" else http1, secure if over_tls else None) as peer:
        fields = {"http_version": "2"} if version == "2" else {}
        await vetoed(started(connector, peer, **fields), parameters='{"x":"' + "x" * 900_000 + '"}')


async def test_goaway_below_our_stream(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        server.veto(server.request())
        stream = server.request()
        server.go_away(stream - 2)

    with Peer(serve) as peer:
        await vetoed(started(connector, peer, http_version="2"))


async def test_goaway_below_some_of_many_streams(connector: Connector) -> None:
    """Those that it took are answered after it."""

    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        taken = [server.request() for _ in range(3)]
        server.go_away(max(taken))
        for stream in taken:
            server.veto(stream)

    with Peer(serve) as peer:
        await vetoed(started(connector, peer, http_version="2"), in_flight=6)


async def test_refused_streams(connector: Connector) -> None:
    """As often as it happens, as the same attempt."""
    asked: list[tuple[bytes, bytes]] = []

    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        while True:
            stream = server.request()
            headers = server.headers[stream]
            asked.append((headers[b"x-servo-delivery"], headers[b"x-servo-attempt"]))
            if len(asked) % 6:
                server.refuse(stream)
            else:
                server.veto(stream)

    with Peer(serve) as peer:
        await vetoed(started(connector, peer, http_version="2"), times=6)
        assert peer.connections == 1
    assert len(asked) == 36
    assert len(set(asked)) == 6
    assert {attempt for _, attempt in asked} == {b"1"}


async def test_refusing_for_ever_costs_nothing_and_ends_with_the_attempt(connector: Connector) -> None:
    refused = 0

    def serve(connection: socket.socket, _: int) -> None:
        nonlocal refused
        server = Server2(connection)
        while True:
            server.refuse(server.request())
            refused += 1

    with Peer(serve) as peer:
        webhooks = started(connector, peer, http_version="2", timeout="1s")
        outcome = (await ask(webhooks)).webhooks[0]
        webhooks.shutdown(1)
    assert (outcome.outcome, outcome.attempts) == ("no_answer", 1)
    # 3 at once, then after 10, 20, 40, 80, 160 and each 250 ms.
    assert 5 <= refused <= 15


async def test_a_connection_of_http2_that_ends_under_a_request(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        server.veto(server.request())
        server.event(h2.events.RequestReceived)

    with Peer(serve) as peer:
        await vetoed(started(connector, peer, http_version="2"))


async def test_more_streams_than_the_server_takes(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection, MAX_CONCURRENT_STREAMS=2)
        while True:
            server.veto(server.request())

    with Peer(serve) as peer:
        await vetoed(started(connector, peer, http_version="2"), in_flight=12)


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [(b"content-type", b"text/plain")],
        [(b":status", b"500"), (b":status", b"200")],
        [(b":status", b"200"), (b":status", b"200")],
        [(b":status", b"2\xff0")],
        [(b":status", b"65736")],
        [(b":status", b"+200")],
        [(b":status", b"099")],
        [(b":status", b"20")],
        [(b":status", "２００".encode())],
        [(b":status", b"")],
        [(b"x", b"y"), (b":status", b"200")],
        [(b":status", b"200"), (b":path", b"/")],
        [(b":status", b"200"), (b"X-Upper", b"y")],
        [(b":status", b"200"), (b"x", b"a\r\nb")],
        [(b":status", b"200"), (b"connection", b"close")],
        [(b":status", b"204"), *[(b"x%d" % at, b"y") for at in range(200)]],
    ],
)
async def test_malformed_http2_is_no_answer(connector: Connector, fields: list[tuple[bytes, bytes]]) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        server.raw_headers(server.request(), fields)
        server.request()

    with Peer(serve) as peer:
        webhooks = started(connector, peer, http_version="2", on_error="cancel")
        outcome = (await ask(webhooks)).webhooks[0]
        webhooks.shutdown(1)
    assert (outcome.outcome, outcome.status) == ("no_answer", None), fields
    assert "malformed HTTP answer" in (outcome.error or "") or "over 16 KiB" in (outcome.error or "")


@pytest.mark.parametrize("status", [b"099", b"1000", b"20", b"+20", b"2\xff0", b"200\xff", b"2 0"])
async def test_malformed_http1_is_no_answer(connector: Connector, status: bytes) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        read_request(connection, bytearray())
        connection.sendall(b"HTTP/1.1 " + status + b" OK\r\nContent-Length: 0\r\n\r\n")

    with Peer(serve) as peer:
        webhooks = started(connector, peer)
        assert (await ask(webhooks)).webhooks[0].outcome == "no_answer"
        webhooks.shutdown(1)


async def test_malformed_headers_end_their_own_stream_alone(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        first, second = server.request(), server.request()
        server.raw_headers(first, [(b":status", b"65736")])
        server.veto(second)
        server.request()

    with Peer(serve) as peer:
        client = Client(Allow(["loopback"]), Proxies({}))
        target = Target.parse(peer.url)
        both = (client.send(Request(target, "http2", [], b"{}")) for _ in range(2))
        lost, answer = await asyncio.gather(*both, return_exceptions=True)
        assert isinstance(lost, NoAnswer)
        assert not isinstance(answer, BaseException)
        assert answer.status == 200
        assert (await answer.read(100, time.monotonic() + 5)).content == b'{"reason":"no"}'
        await client.close()


async def test_an_answer_stands_though_nonsense_follows_it(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        stream = server.request()
        block = server.encoder.encode([(b":status", b"200"), (b"content-type", CANCEL)])
        head = len(block).to_bytes(3, "big") + bytes([0x1, 0x5]) + stream.to_bytes(4, "big") + block
        connection.sendall(head + b"\xff" * 100)

    with Peer(serve) as peer:
        await vetoed(started(connector, peer, http_version="2"), times=5)


@pytest.mark.parametrize("value", [CANCEL + b"; charset=\xff", CANCEL + b';x="\xc3\xa4"', CANCEL + b";\x80"])
@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_a_cancel_with_odd_bytes_is_a_cancel(connector: Connector, value: bytes, version: str) -> None:
    def http1(connection: socket.socket, _: int) -> None:
        read_request(connection, bytearray())
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: " + value + b"\r\n\r\n")

    def http2(connection: socket.socket, _: int) -> None:
        server = Server2(connection)
        server.raw_headers(server.request(), [(b":status", b"200"), (b"content-type", value)])
        server.request()

    with Peer(http2 if version == "2" else http1) as peer:
        await vetoed(started(connector, peer, http_version=version), times=1)


async def test_http2_that_is_not_spoken_is_said(connector: Connector, secure: ssl.SSLContext) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        connection.recv(100)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")

    with Peer(serve) as peer:
        webhooks = started(connector, peer, http_version="2")
        error = (await ask(webhooks)).webhooks[0].error or ""
        webhooks.shutdown(1)
    assert "answers in HTTP/1.1, not in HTTP/2: write `http_version: auto`" in error
    for protocols in ([], ["http/1.1"]):
        if protocols:
            secure.set_alpn_protocols(protocols)
        with Peer(serve, secure) as peer:
            webhooks = started(connector, peer, http_version="2")
            error = (await ask(webhooks)).webhooks[0].error or ""
            webhooks.shutdown(1)
        assert "the server does not offer this HTTP version by ALPN; write `http_version: auto`" in error


def swallowing(host: str, port: int) -> list[socket.socket]:
    """Swallows the packets that would open a connection: its queue is full."""
    listener = socket.socket()
    listener.bind((host, port))
    listener.listen(0)
    filling = []
    for _ in range(4):
        filled = socket.socket()
        filled.setblocking(False)
        filled.connect_ex((host, port))
        filling.append(filled)
    return [listener, *filling]


async def test_an_address_that_swallows_packets_hides_no_other(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        read_request(connection, buffer)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        read_head(connection, buffer)

    async def resolve(host: str) -> list[Address]:
        return [ip_address("127.0.0.2"), ip_address("127.0.0.3"), ip_address("127.0.0.1")]

    with Peer(serve) as peer:
        kept = swallowing("127.0.0.2", peer.port)
        client = Client(Allow(["loopback"]), Proxies({}), resolve)
        async with asyncio.timeout(1):
            # The second refuses: the third is tried at once.
            answer = await client.send(Request(Target.parse(f"http://hooks.example:{peer.port}/"), "auto", [], b""))
        assert answer.status == 200
        await client.close()
        for one in kept:
            one.close()


async def test_families_are_tried_in_turn() -> None:
    from servo_webhooks.outbound.race import interleaved

    addresses = [ip_address(text) for text in ("::1", "::2", "::3", "10.0.0.1", "10.0.0.2")]
    assert [str(address) for address in interleaved(addresses)] == ["::1", "10.0.0.1", "::2", "10.0.0.2", "::3"]


async def test_what_came_while_the_loop_stood_still_counts(connector: Connector) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        buffer = bytearray()
        while True:
            read_request(connection, buffer)
            time.sleep(0.05)
            connection.sendall(VETO)

    with Peer(serve) as peer:
        webhooks = started(connector, peer, timeout="300ms")
        for _ in range(8):
            asked = asyncio.ensure_future(ask(webhooks))
            # Its loop cannot tell the one from the other.
            webhooks.worker.call(time.sleep, 0.01)
            await asyncio.sleep(0.02)
            webhooks.worker.call(time.sleep, 0.5)
            assert (await asked).outcome == "cancelled"
        webhooks.shutdown(1)
