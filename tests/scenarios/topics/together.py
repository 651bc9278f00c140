"""Several webhooks of one event: asked and told at the same time, each for itself."""

from story import ADJUST, ANY, HANG, MEASURE, accepted, cancel, hook, proceeded, scenario, settled, status

SECOND = {"secret": "an0ther"}


def pair(name, why, answers, outcome, *, seen=(1, 1), first=None, second=None, **more):
    """Two webhooks are asked; `seen` says how many requests each of them gets."""
    webhooks = [
        hook("first", "before:adjust", **(first or {})),
        hook("second", "before:adjust", **SECOND, **(second or {})),
    ]
    requests = {"/first": ADJUST.requests(seen[0]), "/second": ADJUST.requests(seen[1], secret="an0ther")}
    return scenario(name, why, webhooks, [ADJUST], answers=answers, requests=requests, outcomes=[outcome], **more)


def one(outcome, **more):
    return settled("first", outcome, attempts=1, **more)


def two(outcome, **more):
    return settled("second", outcome, index=1, attempts=1, **more)


def scenarios():
    yield pair(
        "two are asked and both consent",
        "each gets its own request with its own signature; outcomes are in the order of the configuration",
        {"/first": [status(200, delay_ms=200)], "/second": [status(204)]},
        ADJUST.outcome("proceed", one("proceeded", status=200), two("proceeded", status=204)),
    )
    yield pair(
        "one consents and the other cancels",
        "one cancel is enough",
        {"/first": [status(200)], "/second": [cancel("not today", delay_ms=300)]},
        ADJUST.outcome("cancelled", one("proceeded", status=200), two("cancelled", status=200), reason="not today"),
    )
    yield pair(
        "a cancel while another hangs",
        "the first cancel decides and the event does not wait for the rest",
        {"/first": [HANG], "/second": [cancel("not today", delay_ms=400)]},
        ADJUST.outcome("cancelled", one("not_awaited"), two("cancelled", status=200), reason="not today"),
    )
    yield pair(
        "a failure that cancels while another hangs",
        "on_error: cancel decides as a cancel does",
        {"/first": [HANG], "/second": [status(500, delay_ms=400)]},
        ADJUST.outcome("cancelled", one("not_awaited"), two("no_answer", status=500, error=ANY), reason=ANY),
        second={"on_error": "cancel"},
    )
    yield pair(
        "a failure that proceeds does not keep another from cancelling",
        "on_error: proceed is no consent for the others",
        {"/first": [status(500)], "/second": [cancel("not today", delay_ms=300)]},
        ADJUST.outcome(
            "cancelled", one("no_answer", status=500, error=ANY), two("cancelled", status=200), reason="not today"
        ),
    )
    yield pair(
        "two that are slow are asked at the same time",
        "before webhooks run concurrently: one after the other would not fit into the budget",
        {"/first": [status(200, delay_ms=1500)], "/second": [status(200, delay_ms=1500)]},
        ADJUST.outcome("proceed", one("proceeded", status=200), two("proceeded", status=200)),
        before_budget="2800ms",
    )
    yield pair(
        "the budget ends for one and not for the other",
        "when the budget ends, a webhook without an answer is settled by its on_error",
        {"/first": [status(200)], "/second": [HANG]},
        ADJUST.outcome("proceed", one("proceeded", status=200), two("no_answer", error=ANY)),
        before_budget="1500ms",
    )
    yield pair(
        "the budget ends for both and one of them cancels",
        "the budget bounds all webhooks together, each with its own on_error",
        {"/first": [HANG], "/second": [HANG]},
        {"outcome": "cancelled", "reason": ANY},
        second={"on_error": "cancel"},
        before_budget="600ms",
    )
    for policy, decision, reason in (("proceed", "proceed", None), ("cancel", "cancelled", ANY)):
        yield scenario(
            f"a wait that does not fit into the budget and on_error {policy}",
            "a wait beyond the budget settles at once",
            [hook("first", "before:adjust", backoff={"max_tries": 3}, on_error=policy)],
            [ADJUST],
            before_budget="2s",
            answers={"/first": [status(503, {"Retry-After": "5"}), status(200)]},
            requests={"/first": [ADJUST.request()]},
            outcomes=[ADJUST.outcome(decision, one("no_answer", status=503, error=ANY), reason=reason)],
        )
    yield scenario(
        "two are told and one fails",
        "deliveries of one event have nothing to do with each other",
        [hook("first", "after:measure"), hook("second", "after:measure", **SECOND)],
        [MEASURE],
        answers={"/first": [status(400)]},
        requests={"/first": [MEASURE.request()], "/second": [MEASURE.request(secret="an0ther")]},
        outcomes=[MEASURE.outcome("accepted", accepted("first"), accepted("second", index=1))],
        deliveries=[
            MEASURE.delivery("first", "failed", status=400, error=ANY),
            MEASURE.delivery("second", index=1),
        ],
    )
    yield scenario(
        "three webhooks at one URL",
        "each webhook delivers for itself, with a delivery's id of its own",
        [hook(name, "after:measure", url="{responder}/one") for name in ("a", "b", "c")],
        [MEASURE],
        requests={"/one": [MEASURE.request(), MEASURE.request(), MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", *(accepted(name, index=at) for at, name in enumerate("abc")))],
        deliveries=[MEASURE.delivery(name, index=at) for at, name in enumerate("abc")],
    )
    told = ADJUST.named(name="after:adjust", results='[{"connector":"web","value":{"cpu":2.5}}]')
    yield scenario(
        "one webhook on both sides of an event",
        "before and after are separate deliveries of the same event, with its id",
        [hook("both", ["before:adjust", "after:adjust"])],
        [ADJUST, told],
        requests={"/both": [ADJUST.request(), told.request()]},
        outcomes=[ADJUST.outcome("proceed", proceeded("both")), told.outcome("accepted", accepted("both"))],
        deliveries=[told.delivery("both")],
    )
