"""Proxies as they are: what `NO_PROXY` and the others may say, and real ones."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
import trustme

from servo_webhooks.outbound import Allow, Client, NoAnswer, Proxies, ProxyError, Refused, Request, Target, tls
from servo_webhooks.outbound.address import Address
from servo_webhooks.outbound.connect import LookupFailed

from .support.proxy import Proxy
from .support.responder import Responder


@pytest.mark.parametrize(
    ("no_proxy", "url", "excepted"),
    [
        ("example.com", "http://example.com/", True),
        ("example.com", "http://a.example.com/", True),
        ("example.com", "http://badexample.com/", False),
        (".example.com", "http://a.example.com/", True),
        (".example.com", "http://example.com/", True),
        ("*.example.com", "http://a.example.com/", True),
        ("*.example.com", "http://example.com/", False),
        ("EXAMPLE.com.", "http://example.COM./", True),
        ("example.com:8080", "http://example.com:8080/", True),
        ("example.com:8080", "http://example.com/", False),
        ("example.com:443", "https://example.com/", True),
        ("a.example b.example", "http://b.example/", True),
        (" a.example ,\tb.example,", "http://b.example/", True),
        ("*", "http://example.com/", True),
        ("*:8080", "http://example.com:8080/", True),
        ("*:8080", "http://example.com/", False),
        ("10.0.0.1", "http://10.0.0.1/", True),
        ("10.0.0.1.", "http://10.0.0.1/", True),
        ("10.0.0.1:80", "http://10.0.0.1/", True),
        ("10.0.0.1:81", "http://10.0.0.1/", False),
        ("10.0.0.0/8", "http://10.1.2.3/", True),
        ("10.0.0.0/8:8080", "http://10.1.2.3:8080/", True),
        ("10.0.0.0/8:8080", "http://10.1.2.3/", False),
        ("::1", "http://[::1]/", True),
        ("[::1]", "http://[::1]:9/", True),
        ("[::1]:9", "http://[::1]:9/", True),
        ("[::1]:9", "http://[::1]/", False),
        ("fd00::/8", "http://[fd12::1]/", True),
        ("[fd00::]/8", "http://[fd12::1]/", True),
        ("[fd00::/8]:80", "http://[fd12::1]/", True),
        ("[fd00::]/8:80", "http://[fd12::1]/", True),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]/", True),
        ("", "http://example.com/", False),
    ],
)
def test_what_no_proxy_excepts(no_proxy: str, url: str, excepted: bool) -> None:
    proxies = Proxies({"all": "http://proxy.example:3128", "no": no_proxy})
    assert (proxies.of(Target.parse(url)) is None) == excepted


@pytest.mark.parametrize(
    "item",
    [
        "http://u:hunter2@example.com",
        "example.com:0",
        "example.com:99999",
        "example.com:http",
        "10.0.0.0/33",
        "[::1",
        "[10.0.0.1]",
        "exa mple..com",
        "*.*.com",
        "10.0.0.300",
        "a/b",
        "*example.com",
    ],
)
def test_what_no_proxy_cannot_say(item: str) -> None:
    with pytest.raises(ProxyError, match=r"NO_PROXY: item \d cannot be read: write ") as raised:
        Proxies({"no": f"{item}"})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("proxy", "why"),
    [
        (
            "http://u:hunter2@proxy:99999",
            "has an invalid port; write http://HOST:PORT, with a port from 1 to 65535",
        ),
        ("proxy:0", "has an invalid port"),
        ("http://proxy:http", "has an invalid port"),
        ("http://u:hunter2@proxy:8o80/", "has an invalid port"),
        ("http://", "is not a valid URL"),
        ("https://u:hunter2@proxy", "must be an http:// URL"),
    ],
)
def test_what_is_no_proxy(proxy: str, why: str) -> None:
    with pytest.raises(ProxyError, match=f"the proxy of HTTPS_PROXY {why}") as raised:
        Proxies({"https": proxy})
    assert "hunter2" not in str(raised.value)


def resolving(answers: dict[str, str]) -> Callable[[str], object]:
    async def resolve(host: str) -> list[Address]:
        if host not in answers:
            raise LookupFailed(host, "Name or service not known")
        return [ip_address(answers[host])]

    return resolve


async def test_a_name_that_only_the_proxy_can_look_up() -> None:
    with Responder() as responder, Proxy() as proxy:
        proxies = Proxies({"http": f"127.0.0.1:{proxy.port}"})
        target = Target.parse(f"http://inside.example:{responder.port}/")
        strict = Client(Allow(), proxies, resolving({}))  # type: ignore[arg-type]
        with pytest.raises(Refused, match="allow it with SERVO_WEBHOOKS_ALLOW=inside.example"):
            await strict.send(Request(target, "auto", [], b""))
        assert proxy.asked == []
        listed = Client(Allow(["inside.example"]), proxies, resolving({}))  # type: ignore[arg-type]
        assert (await listed.send(Request(target, "auto", [], b""))).status == 200
        await listed.close()
        with pytest.raises(NoAnswer, match="name lookup failed"):
            await Client(Allow(["inside.example"]), Proxies({}), resolving({})).send(  # type: ignore[arg-type]
                Request(target, "auto", [], b"")
            )


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], port: int, folder: Path) -> Iterator[None]:
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "output").read_text()
                assert time.monotonic() < deadline, "it does not listen"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def tinyproxy(folder: Path, port: int, name: str) -> list[str]:
    """It takes requests for one name alone."""
    (folder / "filter").write_text(f"^{name}$\n")
    (folder / "conf").write_text(
        f"Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n"
        f'Filter "{folder}/filter"\nFilterDefaultDeny Yes\nFilterType ere\n'
    )
    return ["tinyproxy", "-d", "-c", str(folder / "conf")]


def squid(folder: Path, port: int, name: str) -> list[str]:
    """It takes requests for one name alone."""
    (folder / "conf").write_text(
        f"http_port 127.0.0.1:{port}\nacl named dstdomain {name}\nhttp_access allow named\nhttp_access deny all\n"
        f"pid_filename none\naccess_log none\ncache_log {folder}/log\ncache deny all\ncoredump_dir {folder}\n"
        "shutdown_lifetime 0 seconds\nmax_filedescriptors 256\npinger_enable off\n"
    )
    if os.geteuid() == 0:
        shutil.chown(folder, "proxy")
    return ["squid", "-N", "-f", str(folder / "conf")]


REAL = [
    pytest.param(
        made,
        id=made.__name__,
        marks=pytest.mark.skipif(shutil.which(made.__name__) is None, reason=f"no {made.__name__}"),
    )
    for made in (tinyproxy, squid)
]


@pytest.mark.parametrize("made", REAL)
async def test_a_real_proxy_is_asked_by_name(
    made: Callable[[Path, int, str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a name that this machine knows, too. It refuses every address."""
    authority = trustme.CA()
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        folder = Path(place)
        file = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(file))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        tls.context.cache_clear()
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(secure)
        secure.set_alpn_protocols(["h2", "http/1.1"])
        port = free_port()
        with (
            Responder() as clear,
            Responder(tls=secure) as covered,
            running(made(folder, port, "localhost"), port, folder),
        ):
            client = Client(Allow(["loopback"]), Proxies({"all": f"http://127.0.0.1:{port}"}))
            for url in (f"http://localhost:{clear.port}/p?q", f"https://localhost:{covered.port}/p?q"):
                answer = await client.send(Request(Target.parse(url), "auto", [], b"{}"))
                assert answer.status == 200
                await answer.finish()
            refused = await client.send(Request(Target.parse(f"http://127.0.0.1:{clear.port}/"), "auto", [], b""))
            assert refused.status == 403, "what its list does not have"
            await client.close()
    (request,) = clear.received
    assert request.header("host") == f"localhost:{clear.port}"
    assert request.path == "/p?q"
    assert covered.received[0].version == "2"
    tls.context.cache_clear()
