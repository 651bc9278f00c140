"""Before an event: its webhooks are asked, and answer."""

from story import ADJUST, CANCEL, CLOSE, HANG, OLDER_CANCEL, cancel, hook, proceeded, scenario, settled, status, typed


def asked(name, why, answers, decision, webhook, *, attempts=1, reason=None, fields=None, **more):
    """One webhook is asked about one event."""
    return scenario(
        name,
        why,
        [hook("approve", "before:adjust", **(fields or {}))],
        [ADJUST],
        answers={"/approve": answers},
        requests={"/approve": ADJUST.requests(attempts)},
        outcomes=[ADJUST.outcome(decision, webhook, reason=reason)],
        **more,
    )


def proceeds(name, why, answers, *, code=200, attempts=1, **more):
    webhook = proceeded("approve", status=code, attempts=attempts)
    return asked(name, why, answers, "proceed", webhook, attempts=attempts, **more)


def cancels(name, why, answers, reason, *, code=200, attempts=1, **more):
    webhook = settled("approve", "cancelled", attempts=attempts, status=code)
    return asked(name, why, answers, "cancelled", webhook, attempts=attempts, reason=reason, **more)


RETRIED = {"backoff": {"max_tries": 2, "max_time": 30}}


def scenarios():
    for code in (200, 204, 202, 299):
        yield proceeds(f"a {code} lets the event proceed", "2xx: proceed", [status(code)], code=code)
    yield proceeds(
        "a reason without the content type is no cancel",
        "the content type cancels, not the body",
        [typed("application/json", '{"reason": "not now"}')],
    )
    yield proceeds(
        "a content type that only resembles a cancel",
        "a cancel's content type is compared as a whole",
        [typed(CANCEL + "-seq", '{"reason": "not now"}')],
    )
    yield proceeds(
        "a retry before the event, then consent",
        "503 is retried where backoff is given for before events too; the delivery's id stays",
        [status(503), status(200)],
        attempts=2,
        fields=RETRIED,
    )
    yield cancels(
        "a retry before the event, then a cancel",
        "404 is retried; the answer of the second attempt decides",
        [status(404), cancel("found it now")],
        "found it now",
        attempts=2,
        fields=RETRIED,
    )
    yield proceeds(
        "a connection that closes before the event, then consent",
        "no answer is retried within backoff",
        [CLOSE, status(204)],
        code=204,
        attempts=2,
        fields=RETRIED,
    )
    yield proceeds(
        "a hanging attempt before the event, then consent",
        "an attempt ends with its timeout and is retried within backoff",
        [HANG, status(200)],
        attempts=2,
        fields=RETRIED | {"timeout": "500ms"},
    )
    for kind in (CANCEL, OLDER_CANCEL):
        yield cancels(
            f"cancelled with {kind.split('.')[-1]}",
            "either content type cancels",
            [cancel("not now", kind=kind)],
            "not now",
        )
    for spelt in (
        CANCEL.upper(),
        CANCEL.lower() + "; charset=utf-8",
        CANCEL + ' ; note="a;b"',
        OLDER_CANCEL.swapcase(),
    ):
        yield cancels(
            f"cancelled with a content type spelt {spelt}",
            "content types are compared without case and parameters",
            [cancel("not now", kind=spelt)],
            "not now",
        )
    for code in (201, 302, 400, 404, 500, 503):
        yield cancels(
            f"a cancel with status {code}",
            "any final status with a cancel's content type cancels, and is not retried",
            [cancel("not now", code)],
            "not now",
            code=code,
            fields=RETRIED | {"on_error": "proceed"},
        )
    again = ADJUST.named(id="adjust-2")
    yield scenario(
        "a cancel with status 410 does not switch off",
        "the content type goes before the status: the webhook is asked about the next event too",
        [hook("approve", "before:adjust")],
        [ADJUST, again],
        answers={"/approve": [cancel("never", 410), status(200)]},
        requests={"/approve": [ADJUST.request(), again.request()]},
        outcomes=[
            ADJUST.outcome("cancelled", settled("approve", "cancelled", attempts=1, status=410), reason="never"),
            again.outcome("proceed", proceeded("approve")),
        ],
    )
    yield scenario(
        "nobody listens before the event",
        "an event that concerns no webhook proceeds",
        [hook("measurements", "after:measure")],
        [ADJUST],
        outcomes=[ADJUST.outcome("proceed")],
    )
