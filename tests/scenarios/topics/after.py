"""After an event: its webhooks are told, and nothing that they answer undoes it."""

from story import ADJUST, ANY, HANG, MEASURE, OLDER_CANCEL, accepted, cancel, hook, scenario, settled, status

AGAIN = MEASURE.named(id="measure-2")
ONCE = {"backoff": False}


def told(name, why, answers, delivery, *, attempts=1, fields=None, **more):
    """One webhook is told of one event."""
    return scenario(
        name,
        why,
        [hook("store", "after:measure", **(fields or {}))],
        [MEASURE],
        answers={"/store": answers},
        requests={"/store": MEASURE.requests(attempts)},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", **{"attempts": attempts} | delivery)],
        **more,
    )


def failed(code, error=ANY):
    return {"outcome": "failed", "status": code, "error": error}


GONE = settled("store", "switched_off", error=ANY)


def scenarios():
    for code in (200, 201, 204, 226):
        yield told(f"delivered with a {code}", "2xx: delivered", [status(code)], {"status": code})
    for code in (301, 302, 303, 307, 308):
        yield told(
            f"a {code} is not followed",
            "redirects are never followed: failed at once, and nothing is sent to the place they name",
            [status(code, {"Location": "/elsewhere"})],
            failed(code),
        )
    for code in (400, 401, 403, 405, 413, 418, 422):
        yield told(
            f"a {code} is not tried again",
            "4xx other than a few: failed at once, whatever the backoff",
            [status(code)],
            failed(code),
        )
    yield told(
        "a 503 without backoff",
        "backoff: false is one attempt",
        [status(503), status(200)],
        failed(503),
        fields=ONCE,
    )
    yield told(
        "one try",
        "max_tries counts the first attempt",
        [status(503), status(200)],
        failed(503),
        fields={"backoff": {"max_tries": 1}},
    )
    yield told(
        "no answer in time, without backoff",
        "an attempt ends with its timeout",
        [HANG],
        failed(None),
        fields=ONCE | {"timeout": "300ms"},
    )
    yield told(
        "a cancel that comes too late",
        "after an event a cancel counts as its status says",
        [cancel("too late")],
        {"status": 200},
    )
    yield told(
        "a cancel that comes too late, with a status of failure",
        "after an event a cancel counts as its status says",
        [cancel("too late", 400, OLDER_CANCEL)],
        failed(400),
    )
    yield scenario(
        "nobody there after an event",
        "a connection that is refused is no answer",
        [hook("store", "after:measure", url="{nobody}/store", **ONCE)],
        [MEASURE],
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", **failed(None))],
    )
    yield scenario(
        "a 410 switches off after events",
        "a 410 fails at once and the webhook is switched off; its next delivery fails as such, without a request",
        [hook("store", "after:measure")],
        [MEASURE, AGAIN],
        answers={"/store": [status(410), status(200)]},
        requests={"/store": [MEASURE.request()]},
        outcomes=[
            MEASURE.outcome("accepted", accepted("store")),
            AGAIN.outcome("rejected", GONE),
        ],
        deliveries=[
            MEASURE.delivery("store", **failed(410)),
            AGAIN.delivery("store", "failed", attempts=0, status=None, error=ANY),
        ],
    )
    yield scenario(
        "a 410 switches off one webhook and no other",
        "only the webhook that is gone is switched off, not its neighbour at the same responder",
        [hook("store", "after:measure"), hook("other", "after:measure")],
        [MEASURE, AGAIN],
        answers={"/store": [status(410)]},
        requests={"/store": [MEASURE.request()], "/other": [MEASURE.request(), AGAIN.request()]},
        outcomes=[
            MEASURE.outcome("accepted", accepted("store"), accepted("other", index=1)),
            AGAIN.outcome("accepted", GONE, accepted("other", index=1)),
        ],
        deliveries=[
            MEASURE.delivery("store", **failed(410)),
            MEASURE.delivery("other", index=1),
            AGAIN.delivery("store", "failed", attempts=0, status=None, error=ANY),
            AGAIN.delivery("other", index=1),
        ],
    )
    yield scenario(
        "a 410 after an event switches off before events too",
        "a webhook is switched off as a whole",
        [hook("store", ["after:measure", "before:adjust"], on_error="cancel")],
        [MEASURE, ADJUST],
        answers={"/store": [status(410)]},
        requests={"/store": [MEASURE.request()]},
        outcomes=[
            MEASURE.outcome("accepted", accepted("store")),
            ADJUST.outcome("cancelled", settled("store", "switched_off", error=ANY), reason=ANY),
        ],
        deliveries=[MEASURE.delivery("store", **failed(410))],
    )
    yield scenario(
        "nobody listens after an event",
        "an after event that concerns no webhook is accepted",
        [hook("approve", "before:adjust")],
        [MEASURE],
        outcomes=[MEASURE.outcome("accepted")],
    )
    yield scenario(
        "two events, one after the other",
        "every event is a delivery of its own",
        [hook("store", "after:measure")],
        [MEASURE, AGAIN],
        requests={"/store": [MEASURE.request(), AGAIN.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("store")), AGAIN.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store"), AGAIN.delivery("store")],
    )
    yield scenario(
        "a failed delivery leaves the next one alone",
        "a failure is that delivery's own",
        [hook("store", "after:measure", **ONCE)],
        [MEASURE, AGAIN],
        answers={"/store": [status(500), status(200)]},
        requests={"/store": [MEASURE.request(), AGAIN.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("store")), AGAIN.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", **failed(500)), AGAIN.delivery("store")],
    )
