"""Which webhooks an event concerns."""

from story import ADJUST, MEASURE, Message, accepted, hook, proceeded, scenario

TOLD = ADJUST.named(name="after:adjust", results="[]")


def scenarios():
    listeners = {
        "exact": "after:measure",
        "other": "after:adjust",
        "all-after": "after:*",
        "all-before": "before:*",
        "either-side": "*:measure",
        "everything": "*:*",
        "prefix": "after:mea*",
        "middle": "after:m*e",
        "two-stars": "after:*ea*",
        "too-long": "after:measure*s",
        "in-a-list": ["before:adjust", "after:check", "after:measure"],
    }
    heard = ["exact", "all-after", "either-side", "everything", "prefix", "middle", "two-stars", "in-a-list"]
    places = {name: at for at, name in enumerate(listeners)}
    yield scenario(
        "selectors",
        "a star stands for either side, or for any run of characters in the name",
        [hook(name, events) for name, events in listeners.items()],
        [MEASURE],
        requests={f"/{name}": [MEASURE.request()] for name in heard},
        outcomes=[MEASURE.outcome("accepted", *(accepted(name, index=places[name]) for name in heard))],
        deliveries=[MEASURE.delivery(name, index=places[name]) for name in heard],
    )
    misspelt = MEASURE.named(name="after:mesure")
    yield scenario(
        "a misspelt event is pointed out",
        "an event that nobody knows and no webhook names is taken, with a warning",
        [hook("all", "after:*")],
        [misspelt],
        needs=["warnings"],
        requests={"/all": [misspelt.request()]},
        outcomes=[{**misspelt.outcome("accepted", accepted("all")), "warnings": ['~did you mean "measure"?']}],
        deliveries=[misspelt.delivery("all")],
    )
    yield scenario(
        "selectors before an event",
        "selectors of the other side are not concerned",
        [hook("before", "before:*"), hook("after", "after:*"), hook("either", "*:adjust")],
        [ADJUST],
        requests={"/before": [ADJUST.request()], "/either": [ADJUST.request()]},
        outcomes=[ADJUST.outcome("proceed", proceeded("before"), proceeded("either", index=2))],
    )
    yield scenario(
        "selectors of a servo's own events",
        "letters, digits, _, . and - are what a star stands for",
        [hook("pods", "after:k8s_*"), hook("others", "after:k8s-*")],
        [MEASURE.named(name="after:k8s_pod.restart-1")],
        catalogue={"events": {"k8s_pod.restart-1": {}}},
        requests={"/pods": [MEASURE.named(name="after:k8s_pod.restart-1").request()]},
        outcomes=[MEASURE.named(name="after:k8s_pod.restart-1").outcome("accepted", accepted("pods"))],
        deliveries=[MEASURE.named(name="after:k8s_pod.restart-1").delivery("pods")],
    )
    yield scenario(
        "an event that several selectors of one webhook match",
        "a webhook hears of an event once, and a duplicate is no error",
        [hook("once", ["after:measure", "after:*", "*:measure", "after:measure"])],
        [MEASURE],
        requests={"/once": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("once"))],
        deliveries=[MEASURE.delivery("once")],
    )
    shouted = MEASURE.named(name="after:Measure")
    yield scenario(
        "event names are case-sensitive",
        "after:measure does not hear of after:Measure",
        [hook("small", "after:measure"), hook("capital", "after:Measure")],
        [shouted],
        requests={"/capital": [shouted.request()]},
        outcomes=[shouted.outcome("accepted", accepted("capital", index=1))],
        deliveries=[shouted.delivery("capital", index=1)],
    )
    yield scenario(
        "a disabled webhook",
        "enabled: false keeps it configured and silent, and it keeps its place",
        [
            hook("off", ["after:measure", "before:adjust"], enabled=False),
            hook("on", ["after:measure", "before:adjust"]),
        ],
        [MEASURE, ADJUST],
        requests={"/on": [MEASURE.request(), ADJUST.request()]},
        outcomes=[
            MEASURE.outcome("accepted", accepted("on", index=1)),
            ADJUST.outcome("proceed", proceeded("on", index=1)),
        ],
        deliveries=[MEASURE.delivery("on", index=1)],
    )
    news = Message("the_news")
    yield scenario(
        "a disabled webhook of a channel",
        "enabled: false silences channels too",
        [hook("off", channels="the_news", enabled=False)],
        [news],
        outcomes=[news.outcome("accepted")],
    )
    yield scenario(
        "a webhook without a name",
        "a webhook need not have a name: its place tells it from others",
        [hook("named", "after:adjust"), {"events": "after:measure", "url": "{responder}/nameless", "secret": "s3cr3t"}],
        [MEASURE],
        requests={"/nameless": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted(None, index=1))],
        deliveries=[MEASURE.delivery(None, index=1)],
    )
    yield scenario(
        "no webhooks at all",
        "an empty list is a warning, and no error",
        [],
        [ADJUST, MEASURE],
        outcomes=[ADJUST.outcome("proceed"), MEASURE.outcome("accepted")],
    )
    yield scenario(
        "each event to its own",
        "webhooks of other events are left alone",
        [hook("ask", "before:adjust"), hook("adjusted", "after:adjust"), hook("measured", "after:measure")],
        [ADJUST, TOLD, MEASURE],
        requests={"/ask": [ADJUST.request()], "/adjusted": [TOLD.request()], "/measured": [MEASURE.request()]},
        outcomes=[
            ADJUST.outcome("proceed", proceeded("ask")),
            TOLD.outcome("accepted", accepted("adjusted", index=1)),
            MEASURE.outcome("accepted", accepted("measured", index=2)),
        ],
        deliveries=[TOLD.delivery("adjusted", index=1), MEASURE.delivery("measured", index=2)],
    )
