"""The conformance vectors, in the component through Python."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from servo_webhooks import headers
from servo_webhooks.sandbox import Connector, Shape, records

from .conftest import REPOSITORY
from .support.comparison import differences

FOLDER = REPOSITORY / "tests" / "vectors"
FUNCTIONS = ("parse-config", "select", "render", "sign", "judge", "schema", "sample")


def read(function: str) -> list[dict[str, Any]]:
    vectors: list[dict[str, Any]] = json.loads((FOLDER / f"{function}.json").read_text())["vectors"]
    return vectors


@pytest.mark.parametrize("function", FUNCTIONS)
def test_vectors(connector: Connector, function: str) -> None:
    vectors = read(function)
    assert len(vectors) >= 20
    wrong = []
    for vector in vectors:
        found = globals()[function.replace("-", "_")](connector, vector["input"])
        wrong += [f"{vector['why']}: {text}" for text in differences(function, vector["expected"], found)]
    assert not wrong, "\n".join(wrong[:20])


def test_headers_of_a_webhook_s_own() -> None:
    vectors = read("own-headers")
    assert len(vectors) > 150
    assert [vector["why"] for vector in vectors if is_own(**vector["input"]) != (vector["expected"] == "own")] == []


def is_own(name: str, value: str) -> bool:
    try:
        headers.custom(name, value)
    except ValueError:
        return False
    return True


def test_a_wrong_vector_is_found(connector: Connector) -> None:
    vector = read("sign")[0]
    assert not differences("", vector["expected"], sign(connector, vector["input"]))
    vector["expected"]["headers"][0][1] = "0" * 40
    assert differences("", vector["expected"], sign(connector, vector["input"]))


def webhook(connector: Connector, given: dict[str, Any]) -> records.Webhook:
    document = json.dumps([given["webhook"]])
    found = connector.parse_config(document, [], given.get("source", ""))
    assert not [problem for problem in found.problems if problem.severity == "error"]
    return found.webhooks[0]


def value(of: records.Value) -> Any:
    kind, content = of
    return {"handle": content} if kind == "handle" else content


def content(of: Any) -> records.Content:
    if isinstance(of, str):
        return "text", of
    ((kind, inner),) = of.items()
    if kind == "text":
        return "text", inner
    return "binary", bytes(inner) if isinstance(inner, list) else base64.b64decode(inner)


def parse_config(connector: Connector, given: dict[str, Any]) -> Any:
    document = given["document"]
    text = document if isinstance(document, str) else json.dumps(document)
    found = connector.parse_config(text, given["events"], given["source"])
    return {
        "webhooks": [
            webhook._asdict()
            | {
                "url": value(webhook.url),
                "headers": [[name, value(of)] for name, of in webhook.headers],
                "before": webhook.before._asdict(),
                "after": webhook.after._asdict(),
                "settings": len(webhook.settings),
                # The vectors name it as a configuration does.
                "http_version": {"http1": "1.1", "http2": "2"}.get(webhook.http_version, "auto"),
            }
            for webhook in found.webhooks
        ],
        "problems": [problem._asdict() for problem in found.problems],
    }


def select(connector: Connector, given: dict[str, Any]) -> Any:
    return connector.select(given["listeners"], given["event"])


def render(connector: Connector, given: dict[str, Any]) -> Any:
    read = webhook(connector, given)
    ((kind, told),) = given["notification"].items()
    subject: records.Event | records.Message
    if kind == "event":
        subject = records.Event(**told)
    else:
        subject = records.Message(**{**told, "content": content(told["content"])})
    tag, found = connector.render(Shape(read.shape, read.warm), (kind, subject), len(str(told)))
    variant, payload = found
    if tag == "err":
        return {"error": {variant: payload}}
    if variant == "skip":
        return {"skip": payload}
    return {"send": payload._asdict() | {"headers": [list(header) for header in payload.headers]}}


def sign(connector: Connector, given: dict[str, Any]) -> Any:
    read = webhook(connector, given)
    context = records.SigningContext(**given["context"])
    tag, found = connector.sign(read.scheme, given["secrets"], context, content(given["body"]))
    if tag == "err":
        return {"error": found._asdict()}
    return {"headers": [list(header) for header in found]}


def schema(connector: Connector, given: dict[str, Any]) -> Any:
    tag, found = connector.schema(webhook(connector, given).shape, records.EventType(**given["event_type"]))
    if tag == "err":
        return {"error": found}
    return {"content_type": found.content_type, "schema": json.loads(found.schema)}


def sample(connector: Connector, given: dict[str, Any]) -> Any:
    tag, found = connector.sample(records.EventType(**given["event_type"]), given["id"], given["created"])
    return {"error": found} if tag == "err" else found._asdict()


def judge(connector: Connector, given: dict[str, Any]) -> Any:
    read = webhook(connector, given)
    ((kind, came),) = given["attempt"]["outcome"].items()
    outcome: Any = came
    if kind == "answer":
        body = records.AnswerBody(**came["body"]) if came.get("body") else None
        headers = [records.Header(*pair) for pair in came["headers"]]
        outcome = records.Answer(came["status"], headers, body)
    attempt = records.Attempt(
        given["attempt"]["number"],
        given["attempt"]["elapsed"],
        given["attempt"]["now"],
        ("answer" if kind == "answer" else "no-answer", outcome),
    )
    policy = read.before.policy if given["side"] == "before" else read.after.policy
    ruling = connector.judge(policy, attempt)
    verdict, payload = ruling.verdict
    return {
        "verdict": verdict,
        "why": payload if isinstance(payload, str) else None,
        "wait": list(payload) if isinstance(payload, records.Wait) else None,
        "read_body": ruling.read_body,
        "publish": ruling.publish,
        "warning": ruling.warning,
    }
