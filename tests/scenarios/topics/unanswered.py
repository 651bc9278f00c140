"""Before an event: no answer could be had, and on_error decides."""

from story import ADJUST, ANY, CLOSE, HANG, hook, scenario, settled, status
from topics.before import RETRIED, asked

FAILURES = [
    ("a redirect", [status(302, {"Location": "/elsewhere"})], 302, {}),
    ("a 304", [status(304)], 304, {}),
    ("a 400", [status(400)], 400, RETRIED),
    ("a 401", [status(401)], 401, RETRIED),
    ("a 404 without backoff", [status(404)], 404, {}),
    ("a 429 without backoff", [status(429, {"Retry-After": "1"})], 429, {}),
    ("a 500 without backoff", [status(500)], 500, {"backoff": False}),
    ("a 410", [status(410)], 410, RETRIED),
    ("a closed connection", [CLOSE], None, {}),
    ("no answer in time", [HANG], None, {"timeout": "300ms"}),
]


def settles(name, why, answers, code, policy, *, attempts=1, fields=None, settlement="no_answer", **more):
    webhook = settled("approve", settlement, attempts=attempts, status=code, error=ANY)
    decision, reason = ("cancelled", ANY) if policy == "cancel" else ("proceed", None)
    fields = (fields or {}) | {"on_error": policy}
    return asked(name, why, answers, decision, webhook, attempts=attempts, reason=reason, fields=fields, **more)


def scenarios():
    for policy in ("proceed", "cancel"):
        for what, answers, code, fields in FAILURES:
            yield settles(
                f"{what} and on_error {policy}",
                "it is no answer, at once: on_error decides, and it is told apart from consent",
                answers,
                code,
                policy,
                fields=fields,
            )
        yield settles(
            f"retries that are used up and on_error {policy}",
            "max_tries counts the first attempt; then on_error decides",
            [status(503)],
            503,
            policy,
            attempts=2,
            fields=RETRIED,
        )
        yield scenario(
            f"nobody there and on_error {policy}",
            "a connection that is refused is no answer",
            [hook("approve", "before:adjust", url="{nobody}/approve", on_error=policy)],
            [ADJUST],
            outcomes=[
                ADJUST.outcome(
                    "cancelled" if policy == "cancel" else "proceed",
                    settled("approve", "no_answer", attempts=1, error=ANY),
                    reason=ANY if policy == "cancel" else None,
                )
            ],
        )
        again = ADJUST.named(id="adjust-2")
        off = settled("approve", "switched_off", attempts=0, error=ANY)
        decision, reason = ("cancelled", ANY) if policy == "cancel" else ("proceed", None)
        yield scenario(
            f"switched off by a 410 and on_error {policy}",
            "a webhook that is gone is not asked again; on_error settles its before events, each time",
            [hook("approve", "before:adjust", on_error=policy)],
            [ADJUST, again],
            answers={"/approve": [status(410), status(200)]},
            requests={"/approve": [ADJUST.request()]},
            outcomes=[
                ADJUST.outcome(
                    decision, settled("approve", "no_answer", attempts=1, status=410, error=ANY), reason=reason
                ),
                again.outcome(decision, off, reason=reason),
            ],
        )
    yield settles(
        "on_error is proceed where it is left out",
        "the default of on_error is proceed",
        [status(500)],
        500,
        "proceed",
    ) | {"webhooks": [hook("approve", "before:adjust")]}
