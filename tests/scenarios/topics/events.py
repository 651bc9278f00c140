"""What is no event: it is refused, reaches nobody, and the next one is taken as if nothing had been."""

from story import MEASURE, Message, accepted, hook, scenario

WRONG = [
    ("a name without a side", {"event": "measure"}),
    ("a name of another side", {"event": "on:measure"}),
    ("a name with a space", {"event": "after:mea sure"}),
    ("a name that starts with a digit", {"event": "after:1st"}),
    ("a name beyond ASCII", {"event": "after:größe"}),
    ("a name of 129 characters", {"event": "after:" + "e" * 129}),
    ("a selector", {"event": "after:*"}),
    ("an empty id", {"event": "after:measure", "id": ""}),
    ("an id of 257 characters", {"event": "after:measure", "id": "é" * 257}),
    ("a time that is none", {"event": "after:measure", "created_at": "now"}),
    ("a time before the year 0", {"event": "after:measure", "created_at": "-000001-01-01T00:00:00Z"}),
    ("a time after the year 9999", {"event": "after:measure", "created_at": "+010000-01-01T00:00:00Z"}),
    ("a time without a date", {"event": "after:measure", "created_at": "11:23:42Z"}),
    ("parameters that are a list", {"event": "after:measure", "parameters": []}),
    ("results that are no list", {"event": "after:measure", "results": {}}),
    ("a result without a value", {"event": "after:measure", "results": [{"connector": "p"}]}),
    ("a channel's name with a space", {"channel": "the news", "content_type": "text/plain", "content": "x"}),
    ("a channel's name that ends in a dot", {"channel": "news.", "content_type": "text/plain", "content": "x"}),
    ("a channel's name of 254 characters", {"channel": "n" * 254, "content_type": "text/plain", "content": "x"}),
    (
        "a content type over two lines",
        {"channel": "the_news", "content_type": "text/plain\r\nX-Evil: 1", "content": "x"},
    ),
    ("a NaN", {"event": "after:measure", "parameters_json": '{"a":NaN}'}),
    ("an infinity", {"event": "after:measure", "results_json": '[{"connector":"p","value":-Infinity}]'}),
    ("parameters that are no JSON", {"event": "after:measure", "parameters_json": '{"a":'}),
]


def scenarios():
    for what, step in WRONG:
        yield scenario(
            f"no event: {what}",
            "what is no event or message is refused as a whole and reaches nobody; the next one is taken",
            [hook("all", "*:*"), hook("relay", channels=["the_news", "news"])],
            [step, MEASURE],
            requests={"/all": [MEASURE.request()]},
            outcomes=[None, MEASURE.outcome("accepted", accepted("all"))],
            deliveries=[MEASURE.delivery("all")],
        )
    longest = MEASURE.named(name="after:" + "e" * 128)
    yield scenario(
        "a name of 128 characters",
        "an event's name has at most 128 characters",
        [hook("all", "after:*")],
        [longest],
        requests={"/all": [longest.request()]},
        outcomes=[longest.outcome("accepted", accepted("all"))],
        deliveries=[longest.delivery("all")],
    )
    news = Message("a.b-c_d" + "e" * 246)
    yield scenario(
        "a channel's name of 253 characters",
        "a channel's name has at most 253 characters, letters, digits, dots, - and _",
        [hook("relay", channels=news.channel)],
        [news],
        requests={"/relay": [news.request()]},
        outcomes=[news.outcome("accepted", accepted("relay"))],
        deliveries=[news.delivery("relay")],
    )
