"""The limit of one attempt, and how durations are written."""

from story import ADJUST, ANY, HANG, MEASURE, accepted, cancel, hook, proceeded, scenario, settled, status

SHORT = ["300ms", 0.3, "0.3s", "0.2s100ms", "300000us"]


def scenarios():
    names = [f"t{at}" for at in range(len(SHORT))]
    yield scenario(
        "timeouts in all spellings",
        "a number is seconds; else a sum of number and unit",
        [
            hook(name, "after:measure", timeout=timeout, backoff=False)
            for name, timeout in zip(names, SHORT, strict=True)
        ],
        [MEASURE],
        answers={f"/{name}": [HANG] for name in names},
        requests={f"/{name}": [MEASURE.request()] for name in names},
        outcomes=[MEASURE.outcome("accepted", *(accepted(name, index=at) for at, name in enumerate(names)))],
        deliveries=[
            MEASURE.delivery(name, "failed", index=at, status=None, error=ANY) for at, name in enumerate(names)
        ],
    )
    yield scenario(
        "an answer before the timeout",
        "an answer within timeout counts",
        [hook("store", "after:measure", timeout="5s")],
        [MEASURE],
        answers={"/store": [status(200, delay_ms=500)]},
        requests={"/store": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store")],
    )
    yield scenario(
        "an answer after the timeout",
        "an answer that comes later counts as none",
        [hook("store", "after:measure", timeout="300ms", backoff=False)],
        [MEASURE],
        answers={"/store": [status(200, delay_ms=2500)]},
        requests={"/store": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", "failed", status=None, error=ANY)],
    )
    yield scenario(
        "a cancel after the timeout",
        "a cancel that comes later counts as none",
        [hook("approve", "before:adjust", timeout="300ms")],
        [ADJUST],
        answers={"/approve": [cancel("not now", delay_ms=2500)]},
        requests={"/approve": [ADJUST.request()]},
        outcomes=[ADJUST.outcome("proceed", settled("approve", "no_answer", attempts=1, error=ANY))],
    )
    yield scenario(
        "a timeout of one webhook alone",
        "each webhook has its own timeout",
        [hook("short", "before:adjust", timeout="300ms"), hook("long", "before:adjust", timeout="10s")],
        [ADJUST],
        answers={"/short": [HANG], "/long": [status(200, delay_ms=800)]},
        requests={"/short": [ADJUST.request()], "/long": [ADJUST.request()]},
        outcomes=[
            ADJUST.outcome("proceed", settled("short", "no_answer", attempts=1, error=ANY), proceeded("long", index=1))
        ],
    )
