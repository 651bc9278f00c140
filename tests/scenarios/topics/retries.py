"""After an event: what is tried again, and until when."""

from story import ANY, CLOSE, HANG, MEASURE, SECRET, accepted, hook, scenario, status
from topics.after import failed, told

RETRIED = [404, 408, 409, 425, 429, 500, 501, 502, 503, 504, 599]
TWICE = {"backoff": {"max_tries": 2, "max_time": 30}}


def scenarios():
    names = [f"s{code}" for code in RETRIED]
    yield scenario(
        "every status that is tried again",
        "404, 408, 409, 425, 429 and 5xx are retried: same delivery, same body, the next number",
        [hook(name, "after:measure", **TWICE) for name in names],
        [MEASURE],
        answers={f"/{name}": [status(code), status(200)] for name, code in zip(names, RETRIED, strict=True)},
        requests={f"/{name}": MEASURE.requests(2) for name in names},
        outcomes=[MEASURE.outcome("accepted", *(accepted(name, index=at) for at, name in enumerate(names)))],
        deliveries=[MEASURE.delivery(name, index=at, attempts=2) for at, name in enumerate(names)],
    )
    yield told(
        "retried by default",
        "after events are retried where backoff is left out",
        [status(503), status(204)],
        {"status": 204},
        attempts=2,
    )
    yield told(
        "a closed connection, then an answer",
        "a connection that closes is no answer, and is retried",
        [CLOSE, status(200)],
        {},
        attempts=2,
    )
    yield told(
        "an attempt that hangs, then an answer",
        "an attempt ends with its timeout, and is retried",
        [HANG, status(200)],
        {},
        attempts=2,
        fields={"timeout": "500ms"},
    )
    yield told(
        "retries that are used up",
        "max_tries counts the first attempt",
        [status(500)],
        failed(500),
        attempts=2,
        fields=TWICE,
    )
    yield told(
        "a failure for good ends the retries",
        "each attempt is judged for itself: a 400 is not tried again",
        [status(503), status(400)],
        failed(400),
        attempts=2,
    )
    yield told(
        "a 410 at a retry",
        "each attempt is judged for itself: a 410 is not tried again",
        [status(503), status(410)],
        failed(410),
        attempts=2,
    )
    yield told(
        "no attempt after max_time",
        "max_time runs from the start of the first attempt; no attempt starts after it",
        [status(503, delay_ms=400), status(200)],
        failed(503),
        fields={"backoff": {"max_tries": 5, "max_time": "200ms"}},
    )
    yield told(
        "a Retry-After that does not fit",
        "a wait that does not fit into max_time fails now",
        [status(429, {"Retry-After": "60"}), status(200)],
        failed(429),
        fields={"backoff": {"max_time": "30s"}},
    )
    yield told(
        "a Retry-After that fits",
        "the wait that is asked for is a bound from below, and the delivery is tried again after it",
        [status(503, {"Retry-After": "1"}), status(200)],
        {},
        attempts=2,
        fields={"backoff": {"max_tries": 2, "max_time": 10}},
    )
    dated = {"Date": "Sun, 06 Nov 1994 08:49:37 GMT"}
    yield told(
        "a Retry-After that is a date and does not fit",
        "a date counts from the answer's own Date, not from the host's clock",
        [status(503, dated | {"Retry-After": "Sun, 06 Nov 1994 09:49:37 GMT"}), status(200)],
        failed(503),
        fields={"backoff": {"max_time": "1m"}},
    )
    yield told(
        "a Retry-After that is a date and fits",
        "a date counts from the answer's own Date, not from the host's clock",
        [status(503, dated | {"Retry-After": "Sun, 06 Nov 1994 08:49:38 GMT"}), status(200)],
        {},
        attempts=2,
        fields={"backoff": {"max_tries": 2, "max_time": 10}},
    )
    yield told(
        "a Retry-After that is neither",
        "a Retry-After that cannot be read asks for nothing",
        [status(503, {"Retry-After": "later"}), status(200)],
        {},
        attempts=2,
    )
    yield told(
        "a Retry-After on another status",
        "Retry-After counts on 429 and 503 alone",
        [status(500, {"Retry-After": "3600"}), status(200)],
        {},
        attempts=2,
        fields={"backoff": {"max_tries": 2, "max_time": "1m"}},
    )
    yield scenario(
        "nobody there, tried twice",
        "a connection that is refused is retried",
        [hook("store", "after:measure", url="{nobody}/store", **TWICE)],
        [MEASURE],
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", attempts=2, **failed(None))],
    )
    yield scenario(
        "one retries while its neighbour is delivered",
        "a retry holds up nobody else",
        [hook("slow", "after:measure", **TWICE), hook("quick", "after:measure")],
        [MEASURE],
        answers={"/slow": [status(503)]},
        requests={"/slow": MEASURE.requests(2, secret=SECRET), "/quick": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("slow"), accepted("quick", index=1))],
        deliveries=[
            MEASURE.delivery("slow", attempts=2, outcome="failed", status=503, error=ANY),
            MEASURE.delivery("quick", index=1),
        ],
    )
