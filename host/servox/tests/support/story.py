"""Tells a scenario with the host, and says what came out otherwise."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
import uuid
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from servo_webhooks.configuration import Configuration, ConfigurationError
from servo_webhooks.notification import EventError
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow
from servo_webhooks.outcome import DeliveryOutcome, Publication
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks

from . import envelope
from .comparison import difference, differences, in_any_order
from .responder import Received, Responder, nobody

Told = dict[str, Any]


class Recorder:
    """Hears of deliveries and publications."""

    def __init__(self) -> None:
        self.deliveries: list[DeliveryOutcome] = []
        self.publications: list[Publication] = []

    def delivery(self, outcome: DeliveryOutcome) -> None:
        self.deliveries.append(outcome)

    def publication(self, publication: Publication) -> None:
        self.publications.append(publication)


async def tell(connector: Connector, story: Told, folder: Path) -> list[str]:
    """What differs from what is expected."""
    with Responder(story.get("answers", {})) as responder, nobody() as refusing:

        def place(text: str) -> str:
            return text.replace("{responder}", responder.url).replace("{nobody}", refusing)

        webhooks = json.loads(json.dumps(story["webhooks"]))
        for webhook in webhooks:
            if isinstance(webhook, dict) and isinstance(webhook.get("url"), str):
                webhook["url"] = place(webhook["url"])
        for name, text in story.get("files", {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(place(text))
        try:
            configuration = Configuration(
                connector,
                webhooks,
                events=sorted(story.get("catalogue", {}).get("events", {})),
                source=story.get("source", ""),
                folder=folder,
                variables={name: place(text) for name, text in story.get("environment", {}).items()},
            )
        except ConfigurationError as error:
            found = [
                {"path": problem.path, "message": problem.message}
                for problem in error.problems
                if problem.severity == "error"
            ]
            wanted = [
                {"path": one["path"], "message": "~" + one["contains"]} for one in story["expect"].get("refused", [])
            ]
            return in_any_order("refused", wanted, found)
        if "refused" in story["expect"]:
            return ["refused: it is not"]
        return await _steps(connector, story, configuration, responder)


async def _steps(connector: Connector, story: Told, configuration: Configuration, responder: Responder) -> list[str]:
    budget = seconds(story.get("before_budget", "30s"))
    options = Options(allow=Allow(story.get("allow", ["loopback"])), before_budget=budget)
    recorder = Recorder()
    webhooks = Webhooks(connector, configuration, options, recorder)
    outcomes: list[Any] = []
    try:
        for step in story["steps"]:
            try:
                told = envelope.read(step)
                outcome = await (webhooks.before(told) if told.is_before else webhooks.after(told))
            except EventError:
                outcomes.append(None)
                continue
            outcomes.append(asdict(outcome))
            await webhooks.idle()
    finally:
        webhooks.shutdown(5)
    expect = story["expect"]
    wrong = requests(story, responder.received, budget)
    wrong += differences("outcomes", expect.get("outcomes", []), outcomes)
    deliveries = [asdict(delivery) for delivery in recorder.deliveries]
    wrong += in_any_order("deliveries", expect.get("deliveries", []), deliveries)
    publications = [_publication(publication) for publication in recorder.publications]
    wrong += in_any_order("publications", expect.get("publications", []), publications)
    return wrong


def _publication(publication: Publication) -> dict[str, Any]:
    found: dict[str, Any] = {
        "channel": publication.channel,
        "content_type": publication.content_type,
        "webhook": publication.webhook,
        "delivery": publication.delivery,
    }
    try:
        found["content"] = publication.content.decode()
    except UnicodeDecodeError:
        found["content_base64"] = base64.b64encode(publication.content).decode()
    return found


def requests(story: Told, received: list[Received], budget: float) -> list[str]:
    """What differs in all requests: those that are expected, by path, and no others."""
    expected = story["expect"].get("requests", {})
    by_path: dict[str, list[Received]] = defaultdict(list)
    for request in received:
        by_path[request.path].append(request)
    wrong = []
    for path in {*expected, *by_path}:
        wanted, found = expected.get(path, []), by_path[path]
        if len(wanted) != len(found):
            wrong.append(difference(path, f"{len(wanted)} requests", f"{len(found)}"))
        for at, (one, other) in enumerate(zip(wanted, found, strict=False)):
            wrong += _request(f"{path}[{at}]", one, other)
    for request in received:
        wrong += _manners(story, request, budget)
    return wrong + _attempts(received)


def _request(place: str, expected: Told, found: Received) -> list[str]:
    wrong = []
    for name, value in expected.get("headers", {}).items():
        wrong += differences(f"{place} {name}", value, found.header(name))
    for name in expected.get("absent", []):
        if any(known.lower() == name.lower() for known, _ in found.headers):
            wrong.append(difference(place, f"no {name}", "one"))
    if "body" in expected and expected["body"].encode() != found.body:
        wrong.append(difference(f"{place} body", expected["body"], found.body))
    if "body_base64" in expected and base64.b64decode(expected["body_base64"]) != found.body:
        wrong.append(difference(f"{place} body", expected["body_base64"], found.body))
    if "version" in expected and expected["version"] != found.version:
        wrong.append(difference(f"{place} version", expected["version"], found.version))
    if "signed_with" in expected:
        made = hmac.new(expected["signed_with"].encode(), found.body, hashlib.sha1).hexdigest()
        wrong += differences(f"{place} X-Servo-Signature", made, found.header("x-servo-signature"))
    if "standard" in expected:
        wrong += _standard(place, expected["standard"], found)
    return wrong


def _standard(place: str, keys: list[str], found: Received) -> list[str]:
    id, timestamp = found.header("webhook-id") or "", found.header("webhook-timestamp") or ""
    content = b".".join((id.encode(), timestamp.encode(), found.body))
    made = []
    for key in keys:
        kind, _, text = key.partition("_")
        raw = base64.b64decode(text)
        if kind == "whsec":
            made.append("v1," + base64.b64encode(hmac.new(raw, content, hashlib.sha256).digest()).decode())
        else:
            signature = Ed25519PrivateKey.from_private_bytes(raw[:32]).sign(content)
            made.append("v1a," + base64.b64encode(signature).decode())
    wrong = differences(f"{place} webhook-signature", " ".join(made), found.header("webhook-signature"))
    if id != found.header("x-servo-delivery"):
        wrong.append(difference(f"{place} webhook-id", found.header("x-servo-delivery"), id))
    if not timestamp.isdigit() or abs(int(timestamp) - time.time()) > 120:
        wrong.append(difference(f"{place} webhook-timestamp", "about now", timestamp))
    return wrong


def _manners(story: Told, request: Received, budget: float) -> list[str]:
    """What holds for every request, whatever is expected of it."""
    wrong = [] if request.method == "POST" else [difference(request.path, "POST", request.method)]
    for name, _ in request.headers:
        if request.header(name) is None:
            wrong.append(difference(request.path, f"{name} once", "more"))
    delivery = request.header("x-servo-delivery") or ""
    if not re.fullmatch(r"[0-9a-f-]{36}", delivery) or uuid.UUID(delivery).version != 7:
        wrong.append(difference(request.path, "X-Servo-Delivery is a UUIDv7", delivery))
    timeout = request.header("x-servo-timeout")
    if (request.header("x-servo-event") or "").startswith("before:"):
        own = [
            seconds(webhook.get("timeout", "5s"))
            for webhook in story["webhooks"]
            if webhook.get("url") == "{responder}" + request.path
        ]
        limit = min(max(own, default=1e9), budget) * 1000
        if timeout is None or not timeout.isdigit() or not 1 <= int(timeout) <= limit:
            wrong.append(difference(request.path, f"X-Servo-Timeout up to {limit}", timeout))
    elif timeout is not None:
        wrong.append(difference(request.path, "no X-Servo-Timeout", timeout))
    return wrong


def _attempts(received: list[Received]) -> list[str]:
    by_id: dict[str | None, list[Received]] = defaultdict(list)
    for request in received:
        by_id[request.header("x-servo-delivery")].append(request)
    wrong = []
    for attempts in by_id.values():
        first = attempts[0]
        for at, attempt in enumerate(attempts):
            if attempt.header("x-servo-attempt") != str(at + 1):
                wrong.append(difference(attempt.path, f"attempt {at + 1}", attempt.header("x-servo-attempt")))
            if (attempt.path, attempt.body) != (first.path, first.body):
                wrong.append(difference(attempt.path, "the same on every attempt", "another"))
    return wrong


def seconds(written: Any) -> float:
    """A duration as scenarios write it where an event waits: `300ms`, `2s`, a number."""
    text = str(written)
    if text.endswith("ms"):
        return float(text[:-2]) / 1000
    return float(text.removesuffix("s").removesuffix("m")) * (60 if text.endswith("m") else 1)
