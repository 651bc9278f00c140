"""Variables of ours: what is allowed, and names that nobody knows."""

from __future__ import annotations

import time
from ipaddress import ip_address
from typing import Any

import pytest
import servo

from servo_webhooks.options import Options, unknown_variables
from servo_webhooks.outbound import Allow
from servo_webhooks.suggestion import nearest
from servo_webhooks.times import uuid7

from .support.assembly import assembled, webhooks
from .support.responder import Responder
from .test_servox import CANCELLED, CPU, bodies, webhook


def allowed(text: str) -> Allow:
    return Options.from_env({"SERVO_WEBHOOKS_ALLOW": text}).allow


@pytest.mark.parametrize("text", ["Loopback", " LOOPBACK ", "private,loopback", "responder.,, Loopback"])
def test_words_have_any_case(text: str) -> None:
    allowed(text).vet("a", ip_address("127.0.0.1"))


@pytest.mark.parametrize("text", ["", " ", " , "])
def test_an_empty_variable_is_as_good_as_none(text: str) -> None:
    with pytest.raises(Exception, match="SERVO_WEBHOOKS_ALLOW=loopback"):
        allowed(text).vet("a", ip_address("127.0.0.1"))


@pytest.mark.parametrize(
    ("item", "meant"),
    [
        ("privat", "private"),
        ("Privte", "private"),
        ("pirvate", "private"),
        ("lopback", "loopback"),
        ("loop-bak", "loopback"),
    ],
)
def test_a_misspelt_word_is_no_host_name(item: str, meant: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        allowed(item)
    assert str(raised.value) == (
        f'SERVO_WEBHOOKS_ALLOW: "{item}" is not known; did you mean "{meant}"? For a host of that name write "{item}."'
    )
    assert allowed(f"{item}.").names(item.lower())


def test_a_name_without_a_dot_is_asked_about() -> None:
    allow = allowed("responder, localhost, LOCALHOST, web., a.b")
    assert allow.warnings == ['SERVO_WEBHOOKS_ALLOW: "responder" is taken as a host name; write "responder." to say so']
    assert all(map(allow.names, ("responder", "localhost", "web", "a.b")))


def test_a_name_has_253_characters_at_most() -> None:
    name = ".".join(["a" * 49] * 5) + ".abc"
    assert len(name) == 253
    assert allowed(f"{name}.").names(name)
    with pytest.raises(ValueError, match='is not a CIDR, an address, a host name, "private" or "loopback"'):
        allowed(f"{name}d")


def test_unknown_variables_are_pointed_out() -> None:
    variables = dict.fromkeys(
        ["SERVO_WEBHOOKS_ALLOW", "SERVO_WEBHOOKS_SECRET", "SERVO_WEBHOOKS_ALOW", "SERVO_WEBHOOKS_LOG", "SERVO_NAME"],
        "x",
    )
    assert unknown_variables({"SERVO_WEBHOOKS_SECRET"}, variables) == [
        "the environment variable SERVO_WEBHOOKS_ALOW is not known; did you mean SERVO_WEBHOOKS_ALLOW?",
        "the environment variable SERVO_WEBHOOKS_LOG is not known; "
        "this host has SERVO_WEBHOOKS_ALLOW, SERVO_WEBHOOKS_SOURCE, SERVO_WEBHOOKS_FORWARD and "
        "SERVO_WEBHOOKS_FORWARD_TOKEN_FILE",
    ]


async def test_what_is_odd_in_the_environment_is_logged(monkeypatch: pytest.MonkeyPatch, log: list[str]) -> None:
    from servo_webhooks.log import logger

    monkeypatch.setenv("SERVO_WEBHOOKS_ALLOW", "Loopback,responder")
    monkeypatch.setenv("SERVO_WEBHOOKS_SORCE", "x")
    monkeypatch.setenv("SERVO_WEBHOOKS_KEY", "s3cr3t")
    with Responder() as responder:
        connectors = {"left": "WebhooksConnector", "right": "WebhooksConnector", "provider": "ProviderConnector"}
        hooks = [webhook(responder, "asked", "before:metrics", secret={"env": "SERVO_WEBHOOKS_KEY"})]
        async with assembled(responder.url, connectors, left=hooks, right=[]) as servo_:
            await servo_.dispatch_event("metrics")
    logger.flush()
    assert len(bodies(responder)) == 1
    said = "".join(log)
    assert said.count("SERVO_WEBHOOKS_SORCE") == 1
    assert 'SERVO_WEBHOOKS_ALLOW: "responder" is taken as a host name' in said
    assert "SERVO_WEBHOOKS_SORCE is not known; did you mean SERVO_WEBHOOKS_SOURCE?" in said
    assert "SERVO_WEBHOOKS_KEY" not in said


@pytest.mark.parametrize(
    ("word", "found"),
    [("mesure", "measure"), ("Measrue", "measure"), ("adjsut", "adjust"), ("deploy", None), ("x" * 1000, None)],
)
def test_near_and_far(word: str, found: str | None) -> None:
    assert nearest(word, ["adjust", "measure", "describe"]) == found


async def test_a_clock_before_1970_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVO_WEBHOOKS_ALLOW", "loopback")
    monkeypatch.setattr(time, "time_ns", lambda: -(10**18))
    assert uuid7()[:13] == "00000000-0000"
    with Responder(
        {"/veto": [CANCELLED], "/told": [{"status": 503, "headers": {"Retry-After": "0"}}, {}]}
    ) as responder:
        hooks: list[dict[str, Any]] = [
            webhook(responder, "veto", "before:adjust"),
            webhook(responder, "told", "after:measure", signatures="standard", secret="whsec_" + "a" * 32),
        ]
        async with assembled(responder.url, webhooks=hooks) as servo_:
            assert await servo_.dispatch_event("adjust", adjustments=[CPU]) == []
            await servo_.dispatch_event("measure", metrics=[], control=servo.Control())
            await webhooks(servo_).webhooks.idle()
    assert len(bodies(responder, "after:measure")) == 2
