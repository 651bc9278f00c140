"""Response channels: a successful answer's body is published, bytes unchanged."""

from story import (
    ADJUST,
    ANY,
    MEASURE,
    Message,
    accepted,
    cancel,
    hook,
    proceeded,
    raw,
    scenario,
    settled,
    status,
    typed,
)

CAP = 64 * 1024
NEWS = Message("the_news", "hello")


def published(content, content_type="text/plain", *, webhook="store", key="content"):
    return {"channel": "answers", "content_type": content_type, key: content, "webhook": webhook, "delivery": ANY}


def told(name, why, answers, publications, *, code=200, delivery=None, attempts=1, **more):
    return scenario(
        name,
        why,
        [hook("store", "after:measure", response_channel="answers")],
        [MEASURE],
        answers={"/store": answers},
        requests={"/store": MEASURE.requests(attempts)},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", status=code, attempts=attempts, **(delivery or {}))],
        publications=publications,
        **more,
    )


def asked(name, why, answers, decision, webhook, publications, *, reason=None):
    return scenario(
        name,
        why,
        [hook("approve", "before:adjust", response_channel="answers")],
        [ADJUST],
        answers={"/approve": answers},
        requests={"/approve": [ADJUST.request()]},
        outcomes=[ADJUST.outcome(decision, webhook, reason=reason)],
        publications=publications,
    )


def scenarios():
    yes = "a successful answer with a body and a content type is published, bytes unchanged"
    no = "what is no successful answer with a body and a content type is not published"
    failed = {"outcome": "failed", "error": ANY}
    yield told("an answer is published", yes, [typed("text/plain", "thank you")], [published("thank you")])
    yield told("an answer with status 201", yes, [typed("text/plain", "made", 201)], [published("made")], code=201)
    text = ' { "größe" : 1.0 }\r\n\u0000'
    yield told(
        "an answer in JSON",
        yes,
        [typed("application/json; charset=utf-8", text)],
        [published(text, "application/json; charset=utf-8")],
    )
    binary = {"headers": {"Content-Type": "image/png"}, "body_base64": "iVBORw0KGgr/AA=="}
    yield told(
        "an answer that is no text", yes, [binary], [published("iVBORw0KGgr/AA==", "image/png", key="content_base64")]
    )
    yield told(
        "an answer as long as the cap", "64 KiB are published", [typed("text/plain", "x" * CAP)], [published("x" * CAP)]
    )
    yield told(
        "an answer longer than the cap",
        "past 64 KiB nothing is published; delivered it is",
        [typed("text/plain", "x" * (CAP + 1))],
        [],
    )
    yield told("an answer without a body", no, [typed("text/plain", "")], [])
    yield told("an answer without a content type", no, [status(200, body="thank you")], [])
    yield told(
        "a 204 with a content type", no, [{"status": 204, "headers": {"Content-Type": "text/plain"}}], [], code=204
    )
    yield told("a failure with a body", no, [typed("text/plain", "no", 400)], [], code=400, delivery=failed)
    yield told("a late cancel", "a cancel is not published", [cancel("too late")], [])
    yield told(
        "the answer of a retry",
        yes,
        [typed("text/plain", "busy", 503), typed("text/plain", "done")],
        [published("done")],
        attempts=2,
    )
    yield told(
        "an answer that breaks off",
        "a body that is cut is not published, and delivered it is",
        [raw("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf")],
        [],
        needs=["raw"],
    )
    yield asked(
        "consent is published",
        "before an event too a successful answer is published",
        [typed("text/plain", "go on")],
        "proceed",
        proceeded("approve"),
        [published("go on", webhook="approve")],
    )
    yield asked(
        "a cancel is not published",
        "a cancel is not published",
        [cancel("not now")],
        "cancelled",
        settled("approve", "cancelled", attempts=1, status=200),
        [],
        reason="not now",
    )
    yield scenario(
        "without a response channel nothing is published",
        "an answer's body is of no interest without a response channel",
        [hook("store", "after:measure")],
        [MEASURE],
        answers={"/store": [typed("text/plain", "thank you")]},
        requests={"/store": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store")],
    )
    yield scenario(
        "the answer to a message is published",
        "a message's answer goes to another channel",
        [hook("store", channels="the_news", response_channel="answers")],
        [NEWS],
        answers={"/store": [typed("text/plain", "read")]},
        requests={"/store": [NEWS.request()]},
        outcomes=[NEWS.outcome("accepted", accepted("store"))],
        deliveries=[NEWS.delivery("store")],
        publications=[published("read")],
    )
    yield scenario(
        "two webhooks answer on one channel",
        "each answer is published, with the name of its webhook",
        [hook(name, "after:measure", response_channel="answers") for name in ("a", "b")],
        [MEASURE],
        answers={"/a": [typed("text/plain", "from a")], "/b": [typed("text/plain", "from b")]},
        requests={"/a": [MEASURE.request()], "/b": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("a"), accepted("b", index=1))],
        deliveries=[MEASURE.delivery("a"), MEASURE.delivery("b", index=1)],
        publications=[published("from a", webhook="a"), published("from b", webhook="b")],
    )
