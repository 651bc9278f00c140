"""HTTP/1.1 and HTTP/2, and answers that are hardly HTTP."""

from story import ADJUST, ANY, CANCEL, MEASURE, accepted, cancel, hook, proceeded, raw, scenario, settled, status
from topics.after import told

ONCE = {"backoff": False}
NONE = {"outcome": "failed", "status": None, "error": ANY}
OK = "HTTP/1.1 200 OK\r\n"
GARBAGE = [
    ("bytes that are no HTTP", "hello, who is there?\r\n\r\n"),
    ("a status that is no number", "HTTP/1.1 two-hundred OK\r\n\r\n"),
    ("half a status line", "HTTP/1.1 20"),
    ("headers that are cut", OK + "Content-Type: text/pl"),
    ("a header without a colon", OK + "Content-Type\r\n\r\n"),
    ("a length that is no number", OK + "Content-Length: many\r\n\r\n"),
    ("an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n"),
]
STATUSES = ["099", "1000", "2000", "0200", "2 0", "20", "+20", "-20", "2O0", "0x2", "2.0", "200,200"]
"""A status is three ASCII digits, from 100 to 999."""
ODD = [
    ("names in small letters", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nserver: x\r\n\r\n", 200),
    ("a status without a reason", "HTTP/1.1 204 \r\n\r\n", 204),
    ("an answer of HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nthanks", 200),
    ("a body that is cut", OK + "Content-Length: 100\r\n\r\nthan", 200),
    ("a body in chunks that are no chunks", OK + "Transfer-Encoding: chunked\r\n\r\nzzzz\r\n", 200),
    (
        "an interim answer before the answer",
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n",
        202,
    ),
]


def asked(name, why, version, answers, decision, webhook, *, reason=None, attempts=1, fields=None, **more):
    return scenario(
        name,
        why,
        [hook("approve", "before:adjust", **(fields or {}))],
        [ADJUST],
        answers={"/approve": answers},
        requests={"/approve": ADJUST.requests(attempts, **({"version": version} if version else {}))},
        outcomes=[ADJUST.outcome(decision, webhook, reason=reason)],
        **more,
    )


def versioned(name, version, fields, **more):
    return scenario(
        name,
        "auto is HTTP/1.1 in clear; 2 is HTTP/2 by prior knowledge",
        [hook("store", "after:measure", **fields)],
        [MEASURE],
        requests={"/store": [MEASURE.request(version=version)]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store")],
        **more,
    )


def scenarios():
    yield versioned("HTTP/1.1 where nothing is said", "1.1", {})
    yield versioned("HTTP/1.1 for auto in clear", "1.1", {"http_version": "auto"})
    yield versioned("HTTP/1.1 where it is asked for", "1.1", {"http_version": "1.1"})
    yield versioned("HTTP/2 by prior knowledge", "2", {"http_version": "2"}, needs=["http2"])
    two = {"http_version": "2"}
    h2 = {"needs": ["http2"]}
    yield asked(
        "a cancel over HTTP/2",
        "an answer means the same in either version",
        "2",
        [cancel("not now")],
        "cancelled",
        settled("approve", "cancelled", attempts=1, status=200),
        reason="not now",
        fields=two,
        **h2,
    )
    yield asked(
        "a retry over HTTP/2",
        "an answer means the same in either version",
        "2",
        [status(503), status(204)],
        "proceed",
        proceeded("approve", status=204, attempts=2),
        attempts=2,
        fields=two | {"backoff": {"max_tries": 2}},
        **h2,
    )
    yield asked(
        "a stream that hangs",
        "the timeout ends a stream of HTTP/2 as it ends a connection",
        "2",
        [{"hang": True}],
        "proceed",
        settled("approve", "no_answer", attempts=1, error=ANY),
        fields=two | {"timeout": "300ms"},
        **h2,
    )
    again = MEASURE.named(id="measure-2")
    yield scenario(
        "two events over HTTP/2",
        "headers are the same in either version",
        [hook("store", "after:measure", headers={"X-Team": "blue"}, **two)],
        [MEASURE, again],
        requests={"/store": [event.request(version="2", headers={"x-team": "blue"}) for event in (MEASURE, again)]},
        outcomes=[event.outcome("accepted", accepted("store")) for event in (MEASURE, again)],
        deliveries=[event.delivery("store") for event in (MEASURE, again)],
        **h2,
    )
    for what, text in GARBAGE:
        yield told(f"no answer: {what}", "what is no HTTP is no answer", [raw(text)], NONE, fields=ONCE, needs=["raw"])
    for code in STATUSES:
        text = f"HTTP/1.1 {code} OK\r\nContent-Length: 0\r\n\r\n"
        why = "a status is three digits, from 100 to 999; all else is no answer"
        yield told(f"no answer: a status of {code}", why, [raw(text)], NONE, fields=ONCE, needs=["raw"])
        yield asked(
            f"no consent: a status of {code}",
            why,
            None,
            [raw(text)],
            "cancelled",
            settled("approve", "no_answer", attempts=1, error=ANY),
            reason=ANY,
            fields={"on_error": "cancel"},
            needs=["raw"],
        )
    for code in ("600", "999"):
        yield told(
            f"a status of {code}",
            "statuses beyond 599 count as 5xx",
            [raw(f"HTTP/1.1 {code} Busy\r\nContent-Length: 0\r\n\r\n"), status(200)],
            {},
            attempts=2,
            needs=["raw"],
        )
    vetoes = [ADJUST.named(id=f"adjust-{number}") for number in range(1, 9)]
    told_no = {"reason": "not now"}
    yield scenario(
        "a kept connection that ends as the next request comes",
        "a connection that was used before and ends without a byte of an answer says nothing: the request is sent "
        "again, once, on a new one, as the same attempt",
        [hook("approve", "before:adjust")],
        vetoes,
        answers={"/approve": [cancel("not now", closes_next=True)]},
        requests={"/approve": [event.request() for event in vetoes]},
        outcomes=[
            event.outcome("cancelled", settled("approve", "cancelled", attempts=1, status=200), **told_no)
            for event in vetoes
        ],
        needs=["raw"],
    )
    stored = [MEASURE.named(id=f"measure-{number}") for number in range(1, 5)]
    yield scenario(
        "a kept connection that ends as the next delivery comes",
        "the same after an event: no attempt is counted, and none is lost where there is one alone",
        [hook("store", "after:measure", **ONCE)],
        stored,
        answers={"/store": [status(204, closes_next=True)]},
        requests={"/store": [event.request() for event in stored]},
        outcomes=[event.outcome("accepted", accepted("store")) for event in stored],
        deliveries=[event.delivery("store", status=204) for event in stored],
        needs=["raw"],
    )
    large = [event.named(padding=900_000) for event in vetoes]
    heard = f'{OK}Content-Type: {CANCEL}\r\nContent-Length: 21\r\n\r\n{{"reason": "not now"}}'
    early = {"x-servo-event": "before:adjust", "x-servo-attempt": "1"}
    yield scenario(
        "an answer before the request is read, and the end",
        "an answer that has come wins over an error of writing",
        [hook("approve", "before:adjust")],
        large,
        answers={"/approve": [raw(heard, unread=True)]},
        requests={"/approve": [{"headers": early} for _ in large]},
        outcomes=[
            event.outcome("cancelled", settled("approve", "cancelled", attempts=1, status=200), **told_no)
            for event in large
        ],
        needs=["raw"],
    )
    for what, text, code in ODD:
        yield told(
            f"an answer all the same: {what}",
            "status and headers are the answer",
            [raw(text)],
            {"status": code},
            fields=ONCE,
            needs=["raw"],
        )
    yield told(
        "garbage, then an answer",
        "malformed HTTP is retried as any attempt without an answer",
        [raw("garbage\r\n\r\n"), status(200)],
        {},
        attempts=2,
        needs=["raw"],
    )
    yield asked(
        "garbage before an event",
        "malformed HTTP is no answer: on_error decides",
        None,
        [raw("garbage\r\n\r\n")],
        "cancelled",
        settled("approve", "no_answer", attempts=1, error=ANY),
        reason=ANY,
        fields={"on_error": "cancel"},
        needs=["raw"],
    )
    yield asked(
        "a cancel in an interim answer",
        "the final status decides, and an interim answer cancels nothing",
        None,
        [raw(f"HTTP/1.1 103 Early Hints\r\nContent-Type: {CANCEL}\r\n\r\n{OK}Content-Length: 0\r\n\r\n")],
        "proceed",
        proceeded("approve"),
        needs=["raw"],
    )
    yield asked(
        "a cancel whose header's name is in odd case",
        "names of headers have no case",
        None,
        [raw(f'{OK}cOnTeNt-TyPe:{CANCEL}\r\nContent-Length: 17\r\n\r\n{{"reason": "not"}}')],
        "cancelled",
        settled("approve", "cancelled", attempts=1, status=200),
        reason="not",
        needs=["raw"],
    )
