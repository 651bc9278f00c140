"""Where requests go: the rule about addresses, TLS, HTTP/2, proxies, and answers that do harm."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme

from servo_webhooks.outbound import (
    Allow,
    Client,
    NoAnswer,
    Proxies,
    ProxyError,
    Refused,
    Request,
    Target,
    TargetError,
    tls,
)
from servo_webhooks.outbound.address import Address

from .support.proxy import Proxy
from .support.responder import Responder, nobody

PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "169.253.0.1", "2606:4700::1111", "2a00:1450::1"]
FORBIDDEN = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("100.64.0.1", "169.254.1.1", "169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "192.0.0.8"),
    *("192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1"),
    *("255.255.255.255", "192.88.99.1", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "2001:db8::1"),
    *("2001::ffff:ffff:80ff:fffe", "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:a00:1", "3fff::1", "4000::1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_free(address: str) -> None:
    Allow().vet("hooks.example", ip_address(address))


@pytest.mark.parametrize("address", FORBIDDEN)
def test_special_addresses_are_refused(address: str) -> None:
    with pytest.raises(Refused, match=r"allow it with SERVO_WEBHOOKS_ALLOW="):
        Allow().vet("hooks.example", ip_address(address))


@pytest.mark.parametrize(
    ("allow", "host", "address", "good"),
    [
        ("loopback", "a", "127.0.0.1", True),
        ("loopback", "a", "::1", True),
        ("loopback", "a", "::ffff:127.0.0.1", True),
        ("loopback", "a", "2002:7f00:1::", False),
        ("loopback", "a", "10.0.0.1", False),
        ("private", "a", "10.1.2.3", True),
        ("private", "a", "fd12::1", True),
        ("private", "a", "127.0.0.1", False),
        ("private", "a", "169.254.169.254", False),
        ("10.0.0.0/8", "a", "10.9.9.9", True),
        ("10.0.0.0/8", "a", "::ffff:10.9.9.9", True),
        ("10.0.0.7", "a", "10.0.0.8", False),
        ("169.254.0.0/16", "a", "169.254.169.254", False),
        ("169.254.169.254", "a", "169.254.169.254", True),
        ("hooks.internal", "hooks.internal", "10.0.0.1", True),
        ("hooks.internal", "HOOKS.internal.", "10.0.0.1", True),
        ("hooks.internal", "other.internal", "10.0.0.1", False),
        ("hooks.internal", "hooks.internal", "169.254.169.254", False),
        ("0.0.0.0/0,::/0", "a", "192.0.2.1", True),
        # What an address carries is judged by itself.
        ("64:ff9b:1::/48", "a", "64:ff9b:1::a9fe:a9fe", False),
        ("64:ff9b:1::/48", "a", "64:ff9b:1:a9fe:a9:fe00::", False),
        ("64:ff9b:1::/48", "a", "64:ff9b:1:a9:fe:a9fe::", False),
        ("64:ff9b:1::/48", "a", "64:ff9b:1:0:a9:fea9:fe00:0", False),
        ("64:ff9b:1::/48", "a", "64:ff9b:1::7f00:1", False),
        ("64:ff9b:1::/48", "a", "64:ff9b:1::a00:1", False),
        ("64:ff9b:1::/48", "a", "64:ff9b:1::808:808", True),
        ("64:ff9b:1::/48,private", "a", "64:ff9b:1::a00:1", True),
        ("64:ff9b:1::/48,169.254.169.254", "a", "64:ff9b:1::a9fe:a9fe", True),
        ("64:ff9b::/96", "a", "64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::/96", "a", "64:ff9b::808:808", True),
        ("::ffff:0:0/96", "a", "::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", "a", "::ffff:10.0.0.1", True),
        ("2002::/16", "a", "2002:a9fe:a9fe::1", False),
        ("2001::/32", "a", "2001:0:a9fe:a9fe::1", False),
        ("::/0", "a", "2606:4700::5efe:a9fe:a9fe", False),
        ("::/0", "a", "::127.0.0.1", False),
        ("hooks.internal,::/0", "hooks.internal", "64:ff9b:1::a9fe:a9fe", False),
    ],
)
def test_what_is_allowed(allow: str, host: str, address: str, good: bool) -> None:
    rule = Allow(allow.split(","))
    if good:
        rule.vet(host, ip_address(address))
    else:
        with pytest.raises(Refused):
            rule.vet(host, ip_address(address))


@pytest.mark.parametrize("item", ["10.0.0.0/33", "0x7f.1", "300.1.1.1", "a b", "*.example", "http://a"])
def test_what_allows_nothing_is_an_error(item: str) -> None:
    with pytest.raises(ValueError, match="is not a CIDR"):
        Allow([item])


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "0x7f.1",
        "0177.0.0.1",
        "2130706433",
        "127.1",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "[::1]",
        "[::ffff:7f00:1]",
        "127。0。0。1",
    ],
)
async def test_every_spelling_of_loopback_is_refused(host: str) -> None:
    target = Target.parse(f"http://{host}:9/")
    with pytest.raises(Refused, match="a loopback address"):
        await Client(Allow(), Proxies({})).send(Request(target, "auto", [], b""))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/",
        "https://",
        "https://u@a/",
        "https://u:p@a/",
        "http://a:0/",
        "http://a:99999/",
        "a",
        "http://a b/",
        "http://[::1/",
    ],
)
def test_what_is_no_target(url: str) -> None:
    with pytest.raises(TargetError):
        Target.parse(url)


def test_a_target_shows_its_origin_alone() -> None:
    target = Target.parse("https://Hooks.Example/secret?token=hunter2#fragment")
    assert repr(target) == target.origin == "https://hooks.example"
    assert target.path == b"/secret?token=hunter2"


class Changing:
    """A name that means something else at every lookup."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.lookups = 0

    async def __call__(self, host: str) -> list[Address]:
        self.lookups += 1
        answers = self.answers[min(self.lookups, len(self.answers)) - 1]
        return [ip_address(answer) for answer in answers]


async def test_a_name_is_looked_up_once_and_all_of_it_vetted() -> None:
    with Responder() as responder:
        target = Target.parse(f"http://hooks.example:{responder.port}/")
        both = Client(Allow(["127.0.0.1"]), Proxies({}), Changing(["127.0.0.1", "10.0.0.1"]))
        with pytest.raises(Refused, match=r"hooks.example has the address 10.0.0.1, which is a private address"):
            await both.send(Request(target, "auto", [], b""))
        resolve = Changing(["127.0.0.1"], ["169.254.169.254"])
        client = Client(Allow(["127.0.0.1"]), Proxies({}), resolve)
        for _ in range(3):
            await (await client.send(Request(target, "auto", [], b"{}"))).finish()
        assert resolve.lookups == 1, "a connection that stands was vetted"
        await client.close()
        with pytest.raises(Refused, match="metadata service"):
            await client.send(Request(target, "auto", [], b"{}"))
    assert responder.connections == 1
    assert {request.header("host") for request in responder.received} == {f"hooks.example:{responder.port}"}


async def test_redirects_are_not_followed() -> None:
    with Responder({"/": [{"status": 302, "headers": {"Location": "/elsewhere"}}]}) as responder:
        answer = await local().send(Request(Target.parse(responder.url), "auto", [], b""))
        assert answer.status == 302
        await answer.finish()
    assert [request.path for request in responder.received] == ["/"]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context(authority: trustme.CA, *protocols: str, name: str = "hooks.example") -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(made)
    made.set_alpn_protocols(list(protocols))
    return made


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls.context.cache_clear()
    yield
    tls.context.cache_clear()


def local() -> Client:
    return Client(Allow(["loopback"]), Proxies({}))


def client() -> Client:
    return Client(Allow(["loopback"]), Proxies({}), Changing(["127.0.0.1"]))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(("version", "spoken"), [("auto", "2"), ("http1", "1.1"), ("http2", "2")])
async def test_the_version_of_http_over_tls(authority: trustme.CA, version: str, spoken: str) -> None:
    with Responder(tls=context(authority, "h2", "http/1.1")) as responder:
        target = Target.parse(f"https://hooks.example:{responder.port}/path")
        sender = client()
        for _ in range(2):
            answer = await sender.send(Request(target, version, [("X-Servo-Event", "after:measure")], b"{}"))
            assert answer.status == 200
            await answer.finish()
        await sender.close()
    assert [request.version for request in responder.received] == [spoken] * 2
    assert responder.connections == 1
    assert responder.received[0].header("x-servo-event") == "after:measure"


@pytest.mark.usefixtures("trusted")
async def test_http2_is_shared_and_outlives_an_abort(authority: trustme.CA) -> None:
    with Responder({"/slow": [{"delay_ms": 200}]}, tls=context(authority, "h2")) as responder:
        sender = client()
        target = Target.parse(f"https://hooks.example:{responder.port}/slow")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await sender.send(Request(target, "auto", [], b"{}"))
        other = Target.parse(f"https://hooks.example:{responder.port}/")
        answers = await asyncio.gather(*(sender.send(Request(other, "auto", [], b"{}")) for _ in range(8)))
        for answer in answers:
            await answer.finish()
        await sender.close()
    assert responder.connections == 2, "one that was aborted, and one for all the others"


@pytest.mark.usefixtures("trusted")
async def test_tls_errors_in_words(authority: trustme.CA) -> None:
    with Responder(tls=context(authority, "http/1.1", name="other.example")) as responder:
        target = Target.parse(f"https://hooks.example:{responder.port}/")
        with pytest.raises(NoAnswer, match='certificate not valid for name "hooks.example"'):
            await client().send(Request(target, "auto", [], b""))
    with Responder(tls=context(trustme.CA(), "http/1.1")) as responder:
        target = Target.parse(f"https://hooks.example:{responder.port}/")
        with pytest.raises(NoAnswer, match="certificate of an unknown issuer"):
            await client().send(Request(target, "auto", [], b""))
    plain = await asyncio.start_server(lambda _, writer: writer.write(b"HTTP/1.1 400 Bad\r\n\r\n"), "127.0.0.1", 0)
    async with plain:
        target = Target.parse(f"https://hooks.example:{plain.sockets[0].getsockname()[1]}/")
        with pytest.raises(NoAnswer, match="the other side does not speak TLS"):
            await client().send(Request(target, "auto", [], b""))
    with Responder(tls=context(authority, "http/1.1")) as responder:
        target = Target.parse(f"https://hooks.example:{responder.port}/")
        with pytest.raises(NoAnswer, match="TLS handshake failed"):
            await client().send(Request(target, "http2", [], b""))


async def test_errors_in_words() -> None:
    with nobody() as refusing, pytest.raises(NoAnswer, match=r"connection refused by 127.0.0.1:"):
        await local().send(Request(Target.parse(refusing), "auto", [], b""))
    with pytest.raises(NoAnswer, match='name lookup failed for "nothing.invalid"'):
        await Client(Allow(), Proxies({})).send(Request(Target.parse("http://nothing.invalid/"), "auto", [], b""))
    cases = {
        "HTTP/1.1 200 OK\r\n" + "X: y\r\n" * 150 + "\r\n": "answer headers over 16 KiB, or more than 100",
        "HTTP/1.1 200 OK\r\nX: " + "y" * 20000 + "\r\n\r\n": "answer headers over 16 KiB, or more than 100",
        "nonsense\r\n\r\n": "malformed HTTP answer",
        "HTTP/1.1 ": "the connection was closed before an answer|malformed HTTP answer",
    }
    for raw, words in cases.items():
        with Responder({"/": [{"raw": raw}]}) as responder, pytest.raises(NoAnswer, match=words):
            await local().send(Request(Target.parse(responder.url), "auto", [], b""))


@pytest.mark.parametrize(
    ("raw", "ending", "size"),
    [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + "x" * 10, "whole", 10),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + "x" * 10, "broken", 10),
        ("HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + "x" * 90000, "oversized", 65536),
        ("HTTP/1.1 200 OK\r\n\r\n" + "x" * 70000, "oversized", 65536),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "broken", 0),
    ],
)
async def test_a_body_is_read_up_to_a_cap(raw: str, ending: str, size: int) -> None:
    with Responder({"/": [{"raw": raw}]}) as responder:
        answer = await local().send(Request(Target.parse(responder.url), "auto", [], b""))
        body = await answer.read(65536, asyncio.get_running_loop().time() + 1e6)
        assert (body.ending, len(body.content)) == (ending, size)


async def test_a_connection_that_has_more_to_say_is_not_used_again() -> None:
    forged = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with Responder({"/": [{"headers": {}, "body": ""}]}) as responder:
        sender = local()
        target = Target.parse(responder.url)
        responder.answers = {"/": [{"raw": forged + forged}, {"status": 404}]}
        assert (await sender.send(Request(target, "auto", [], b""))).status == 200
        answer = await sender.send(Request(target, "auto", [], b""))
        assert answer.status == 404, "what came unasked is no answer to the next request"
        await sender.close()


@pytest.mark.usefixtures("trusted")
async def test_a_proxy_is_asked_by_name(authority: trustme.CA) -> None:
    with Responder(tls=context(authority, "h2", "http/1.1")) as secure, Responder() as clear, Proxy() as proxy:
        proxies = Proxies({"all": f"http://user:pa%20ss@127.0.0.1:{proxy.port}"})
        sender = Client(Allow(["127.0.0.1"]), proxies, Changing(["127.0.0.1"]))
        answer = await sender.send(Request(Target.parse(f"https://hooks.example:{secure.port}/p"), "auto", [], b"{}"))
        assert answer.status == 200
        await answer.finish()
        answer = await sender.send(Request(Target.parse(f"http://hooks.example:{clear.port}/p?q"), "auto", [], b"{}"))
        assert answer.status == 200
        await answer.finish()
        await sender.close()
    assert proxy.asked == [f"CONNECT hooks.example:{secure.port}", f"POST http://hooks.example:{clear.port}/p?q"]
    assert all("Proxy-Authorization: Basic dXNlcjpwYSBzcw==" in head for head in proxy.heads)
    assert secure.received[0].version == "2"
    assert clear.received[0].header("host") == f"hooks.example:{clear.port}"


async def test_a_proxy_serves_many_targets() -> None:
    with Responder() as one, Responder() as two, Proxy() as proxy:
        sender = Client(Allow(["loopback"]), Proxies({"http": f"127.0.0.1:{proxy.port}"}), Changing(["127.0.0.1"]))
        for port in (one.port, two.port, one.port):
            answer = await sender.send(Request(Target.parse(f"http://hooks.example:{port}/"), "auto", [], b"{}"))
            assert answer.status == 200
            await answer.finish()
        await sender.close()
    assert (len(one.received), len(two.received)) == (2, 1)


@pytest.mark.usefixtures("trusted")
async def test_connections_of_http1_are_opened_side_by_side(authority: trustme.CA) -> None:
    with Responder({"/": [{"delay_ms": 300}]}, tls=context(authority, "http/1.1")) as responder:
        sender = client()
        target = Target.parse(f"https://hooks.example:{responder.port}/")
        answers = await asyncio.gather(*(sender.send(Request(target, "auto", [], b"{}")) for _ in range(6)))
        assert responder.connections == 6
        for answer in answers:
            await answer.finish()
        await sender.close()


async def test_what_is_behind_a_proxy_is_vetted_too() -> None:
    with Proxy() as proxy:
        sender = Client(Allow(), Proxies({"http": f"127.0.0.1:{proxy.port}"}), Changing(["10.0.0.1"]))
        with pytest.raises(Refused, match="a private address"):
            await sender.send(Request(Target.parse("http://hooks.example/"), "auto", [], b""))
        assert proxy.asked == []


async def test_a_proxy_that_refuses() -> None:
    with Proxy(b"HTTP/1.1 407 Authenticate\r\nContent-Length: 0\r\n\r\n") as proxy:
        sender = Client(
            Allow(["loopback"]), Proxies({"https": f"http://127.0.0.1:{proxy.port}"}), Changing(["127.0.0.1"])
        )
        with pytest.raises(NoAnswer, match=r"the proxy 127.0.0.1:\d+ answered 407 to CONNECT"):
            await sender.send(Request(Target.parse("https://hooks.example/"), "auto", [], b""))


def test_proxies_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "internal.example")
    proxies = Proxies()
    assert repr(proxies.of(Target.parse("http://hooks.example/"))) == "proxy.example:3128"
    assert proxies.of(Target.parse("http://a.internal.example/")) is None
    assert proxies.of(Target.parse("https://hooks.example/")) is None
    monkeypatch.setenv("HTTP_PROXY", "socks5://secret:hunter2@proxy.example")
    with pytest.raises(ProxyError, match="HTTP_PROXY must be an http:// URL") as raised:
        Proxies()
    assert "hunter2" not in str(raised.value)
