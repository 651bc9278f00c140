"""What an event asks of whoever takes it: that the servo has a name, and that one webhook alone is sent it."""

from story import ADJUST, MEASURE, Message, accepted, hook, proceeded, scenario

LISTENERS = [
    hook("store", "after:*"),
    hook("well", ["after:measure", "before:adjust"], channels="news"),
    hook("off", "*:*", enabled=False),
    hook("relay", channels="news"),
]
WRONG = [
    ("of another servo", {"source": "api"}),
    ("of a servo in other letters", {"source": "Web"}),
    ("of a source that is no text", {"source": 1}),
    ("for a webhook that is not there", {"webhook": "nobody"}),
    ("for an index that is not there", {"webhook": 4}),
    ("for an index below 0", {"webhook": -1}),
    ("for an index that is written as a fraction", {"webhook": 1.5}),
    ("for the name of an index", {"webhook": "1"}),
    ("for several webhooks", {"webhook": ["store", "well"]}),
    ("for a webhook that is disabled", {"webhook": "off"}),
    ("for a webhook that does not listen", {"webhook": "relay"}),
]


def for_one(event, **terms):
    return event.step() | terms


def scenarios():
    for what, terms in WRONG:
        yield scenario(
            f"an event {what}",
            "what is not for this servo and one of its webhooks is refused as a whole and reaches nobody",
            LISTENERS,
            [for_one(MEASURE, **terms), for_one(MEASURE, source="web", webhook="store")],
            source="web",
            requests={"/store": [MEASURE.request(source="web")]},
            outcomes=[None, MEASURE.outcome("accepted", accepted("store"))],
            deliveries=[MEASURE.delivery("store")],
        )
    yield scenario(
        "a servo without a name",
        "an event of a named servo is refused where the servo has no name",
        LISTENERS,
        [for_one(MEASURE, source="web", webhook="well"), for_one(MEASURE, webhook="well")],
        requests={"/well": [MEASURE.request()]},
        outcomes=[None, MEASURE.outcome("accepted", accepted("well", index=1))],
        deliveries=[MEASURE.delivery("well", index=1)],
    )
    yield scenario(
        "an event of this servo",
        "a source that is the servo's own changes nothing",
        LISTENERS,
        [for_one(ADJUST, source="web"), for_one(MEASURE, source="web")],
        source="web",
        requests={
            "/store": [MEASURE.request(source="web")],
            "/well": [ADJUST.request(source="web"), MEASURE.request(source="web")],
        },
        outcomes=[
            ADJUST.outcome("proceed", proceeded("well", index=1)),
            MEASURE.outcome("accepted", accepted("store"), accepted("well", index=1)),
        ],
        deliveries=[MEASURE.delivery("store"), MEASURE.delivery("well", index=1)],
    )
    news = Message("news")
    yield scenario(
        "one webhook by its index",
        "an event and a message are sent to that webhook alone",
        LISTENERS,
        [for_one(MEASURE, webhook=1), for_one(news, webhook=3)],
        requests={"/well": [MEASURE.request()], "/relay": [news.request()]},
        outcomes=[
            MEASURE.outcome("accepted", accepted("well", index=1)),
            news.outcome("accepted", accepted("relay", index=3)),
        ],
        deliveries=[MEASURE.delivery("well", index=1), news.delivery("relay", index=3)],
    )
    yield scenario(
        "one webhook before an event",
        "before an event all webhooks are asked: one alone would let it pass the others",
        LISTENERS,
        [for_one(ADJUST, webhook="well"), ADJUST],
        requests={"/well": [ADJUST.request()]},
        outcomes=[None, ADJUST.outcome("proceed", proceeded("well", index=1))],
    )
