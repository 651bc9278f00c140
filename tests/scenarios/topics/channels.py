"""Messages of channels: passed on as they are."""

from story import ANY, MEASURE, Message, accepted, cancel, hook, scenario, settled, status

NEWS = Message("the_news", "hello")
MESSAGES = [
    ("a text", NEWS),
    ("a text beyond ASCII", Message("the_news", "größe ☃ 😀", "text/plain; charset=utf-8")),
    ("a text of several lines", Message("the_news", "one\r\ntwo\n\tthree \u0000", "text/x-log")),
    ("an empty text", Message("the_news", "")),
    ("JSON", Message("the_news", '{ "n" : 1.0 , "n" : 1e400 }\n', "application/json")),
    ("bytes that are no text", Message("the_news", "AP/+gIE=", "application/octet-stream", "content_base64")),
    ("bytes that are text", Message("the_news", "aGVsbG8=", "text/plain", "content_base64")),
    ("no bytes", Message("the_news", "", "image/png", "content_base64")),
    ("a content type with parameters", Message("the_news", "--x--", 'multipart/mixed; boundary="x"; a=b')),
    (
        "the content type of a cancel",
        Message("the_news", "{}", "application/vnd.opsani.servo.errors.EventCancelledError+json"),
    ),
]


def relayed(name, why, message, answers, delivery, *, attempts=1, fields=None, **more):
    """One webhook passes one message on."""
    return scenario(
        name,
        why,
        [hook("relay", channels="the_news", **(fields or {}))],
        [message],
        answers={"/relay": answers},
        requests={"/relay": [message.request(attempt) for attempt in range(1, attempts + 1)]},
        outcomes=[message.outcome("accepted", accepted("relay"))],
        deliveries=[message.delivery("relay", **{"attempts": attempts} | delivery)],
        **more,
    )


def scenarios():
    for what, message in MESSAGES:
        yield relayed(f"a message: {what}", "the body is the message's bytes, unchanged", message, [status(200)], {})
    failed = {"outcome": "failed", "error": ANY}
    yield relayed(
        "a message that is retried",
        "a message is retried as an after event is",
        NEWS,
        [status(503), status(200)],
        {},
        attempts=2,
    )
    yield relayed("a message that is refused", "a 400 fails at once", NEWS, [status(400)], failed | {"status": 400})
    yield relayed(
        "a message that is answered with a cancel", "there is nothing to cancel", NEWS, [cancel("too late")], {}
    )
    yield relayed(
        "a message that is given up",
        "retries are used up as after an event",
        NEWS,
        [status(503)],
        failed | {"status": 503},
        attempts=2,
        fields={"backoff": {"max_tries": 2}},
    )
    yield scenario(
        "a channel that nobody listens to",
        "channels are compared whole and with case",
        [hook("relay", channels=["The_News", "the_new", "the_newss"])],
        [NEWS],
        outcomes=[NEWS.outcome("accepted")],
    )
    other = Message("weather.today", "rain")
    yield scenario(
        "several channels of one webhook",
        "a webhook may listen to many channels, and a channel may have many webhooks",
        [hook("both", channels=["the_news", "weather.today"]), hook("one", channels="weather.today")],
        [NEWS, other],
        requests={"/both": [NEWS.request(), other.request()], "/one": [other.request()]},
        outcomes=[
            NEWS.outcome("accepted", accepted("both")),
            other.outcome("accepted", accepted("both"), accepted("one", index=1)),
        ],
        deliveries=[NEWS.delivery("both"), other.delivery("both"), other.delivery("one", index=1)],
    )
    yield scenario(
        "channels and events of one webhook",
        "a webhook may listen to both, and an event of a channel's name is none",
        [hook("all", ["after:measure"], channels=["measure"])],
        [Message("measure", "x"), MEASURE],
        requests={"/all": [Message("measure", "x").request(), MEASURE.request()]},
        outcomes=[
            Message("measure").outcome("accepted", accepted("all")),
            MEASURE.outcome("accepted", accepted("all")),
        ],
        deliveries=[Message("measure").delivery("all"), MEASURE.delivery("all")],
    )
    again = Message("the_news", "again")
    off = settled("relay", "switched_off", error=ANY)
    yield scenario(
        "a 410 switches off a channel's webhook",
        "a webhook that is gone gets no further message",
        [hook("relay", channels="the_news")],
        [NEWS, again],
        answers={"/relay": [status(410)]},
        requests={"/relay": [NEWS.request()]},
        outcomes=[NEWS.outcome("accepted", accepted("relay")), again.outcome("rejected", off)],
        deliveries=[
            NEWS.delivery("relay", "failed", status=410, error=ANY),
            again.delivery("relay", "failed", attempts=0, status=None, error=ANY),
        ],
    )
    dated = NEWS.step() | {"id": "news-7", "created_at": "2026-11-23T11:23:42+00:00"}
    yield scenario(
        "a message with an id of its own",
        "a message may have an id and a time as an event has",
        [hook("relay", channels="the_news")],
        [dated],
        requests={"/relay": [NEWS.request()]},
        outcomes=[NEWS.outcome("accepted", accepted("relay")) | {"id": "news-7"}],
        deliveries=[NEWS.delivery("relay") | {"id": "news-7"}],
    )
