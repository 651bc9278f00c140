"""The headers of a request, and those that a webhook adds."""

from story import ADJUST, BODY_TYPE, MEASURE, SECRET, Message, accepted, hook, proceeded, scenario, status

NOT_OURS = (
    "x-servo-trigger",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "ce-id",
    "cookie",
    "authorization",
)


def told(name, why, headers, fields, *, absent=(), **more):
    """One webhook with headers of its own is told of one event."""
    return scenario(
        name,
        why,
        [hook("store", "after:measure", **fields)],
        [MEASURE],
        requests={"/store": [MEASURE.request(headers=headers, absent=absent)]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store")],
        **more,
    )


def scenarios():
    own = {"content-type": BODY_TYPE, "x-servo-event": "after:measure", "x-servo-attempt": "1", "x-servo-schema": "1"}
    yield told(
        "the headers after an event",
        "these and no other headers of the format and the signature are there",
        own,
        {},
        absent=(*NOT_OURS, "x-servo-timeout"),
    )
    yield scenario(
        "the headers before an event",
        "X-Servo-Timeout is there before an event: the milliseconds within which an answer still counts",
        [hook("approve", "before:adjust", timeout="2s")],
        [ADJUST],
        requests={"/approve": [ADJUST.request(headers={"x-servo-timeout": "*"}, absent=NOT_OURS)]},
        outcomes=[ADJUST.outcome("proceed", proceeded("approve"))],
    )
    news = Message("the_news", "hello", "text/plain; charset=utf-8")
    yield scenario(
        "the headers of a message",
        "a message has its own content type, and its channel in X-Servo-Event",
        [hook("relay", channels="the_news")],
        [news],
        requests={"/relay": [news.request(absent=(*NOT_OURS, "x-servo-timeout"))]},
        outcomes=[news.outcome("accepted", accepted("relay"))],
        deliveries=[news.delivery("relay")],
    )
    yield told(
        "headers as a mapping",
        "a webhook's own headers are added",
        {"authorization": "Bearer t0ken", "x-team": "blue"},
        {"headers": {"Authorization": "Bearer t0ken", "X-Team": "blue"}},
    )
    yield told(
        "headers as a list",
        "a list of name and value is the other form",
        {"authorization": "Bearer t0ken", "x-team": "blue"},
        {"headers": [{"name": "Authorization", "value": "Bearer t0ken"}, {"name": "X-Team", "value": "blue"}]},
    )
    yield told(
        "a User-Agent of its own",
        "a webhook may replace User-Agent",
        {"user-agent": "our-servo/7"},
        {"headers": {"user-agent": "our-servo/7"}},
    )
    yield told(
        "a header whose value has signs of all kinds",
        "values are sent as they are",
        {"x-team": 'a "b", c; d=e %41 {f} ~ {responder'},
        {"headers": {"X-Team": 'a "b", c; d=e %41 {f} ~ {responder'}},
    )
    yield told(
        "a header from the environment",
        "a header's value may be a reference",
        {"authorization": "Bearer t0ken"},
        {"headers": {"Authorization": {"env": "TOKEN"}}},
        environment={"TOKEN": "Bearer t0ken"},
    )
    yield told(
        "a header from a file",
        "a file's trailing newline is dropped",
        {"authorization": "Bearer t0ken"},
        {"headers": [{"name": "Authorization", "value": {"file": "token.txt"}}]},
        files={"token.txt": "Bearer t0ken\n"},
    )
    yield scenario(
        "headers of two webhooks",
        "the headers of a webhook are its own alone",
        [hook("a", "after:measure", headers={"X-A": "1"}), hook("b", "after:measure", headers={"X-B": "2"})],
        [MEASURE],
        requests={
            "/a": [MEASURE.request(headers={"x-a": "1"}, absent=["x-b"])],
            "/b": [MEASURE.request(headers={"x-b": "2"}, absent=["x-a"])],
        },
        outcomes=[MEASURE.outcome("accepted", accepted("a"), accepted("b", index=1))],
        deliveries=[MEASURE.delivery("a"), MEASURE.delivery("b", index=1)],
    )
    yield scenario(
        "headers at a retry",
        "everything but the number of the attempt stays the same",
        [hook("store", "after:measure", headers={"X-Team": "blue"}, backoff={"max_tries": 2})],
        [MEASURE],
        answers={"/store": [status(503), status(200)]},
        requests={"/store": MEASURE.requests(2, headers={"x-team": "blue"}, secret=SECRET)},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", attempts=2)],
    )
    yield scenario(
        "headers of a message's webhook",
        "a webhook for channels has its own headers too",
        [hook("relay", channels="the_news", headers={"X-Team": "blue", "User-Agent": "relay/1"})],
        [news],
        requests={
            "/relay": [
                news.request() | {"headers": news.request()["headers"] | {"x-team": "blue", "user-agent": "relay/1"}}
            ]
        },
        outcomes=[news.outcome("accepted", accepted("relay"))],
        deliveries=[news.delivery("relay")],
    )
