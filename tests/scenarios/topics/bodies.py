"""What stands in a body, byte for byte."""

from story import ADJUST, ANY, BODY_TYPE, MEASURE, SECRET, accepted, hook, proceeded, scenario, settled

TEXTS = [
    ("integers beyond 64 bits", '{"a":12345678901234567890123,"b":-98765432109876543210,"c":18446744073709551616}'),
    ("integers that a double cannot hold", '{"a":9007199254740993,"b":-9007199254740995,"c":9223372036854775807}'),
    ("fractions with zeros at the end", '{"a":1.0,"b":2.50,"c":100.000}'),
    ("zeros of either sign", '{"a":0,"b":-0,"c":0.0,"d":-0.0}'),
    ("exponents beyond a double", '{"a":1e400,"b":-1e400,"c":1e-400}'),
    ("exponents spelt in different ways", '{"a":1E5,"b":1e+05,"c":1.5e-7}'),
    (
        "fractions with more digits than a double",
        '{"a":0.1000000000000000055511151231257827,"b":3.14159265358979323846264338327950288}',
    ),
    ("letters beyond ASCII", '{"é":"☃😀","名前":"サーボ"}'),
    ("escapes as they are spelt", r'{"a":"\u00e9\u2603\ud83d\ude00","b":"\n\t\"\\\/"}'),
    ("texts that look like JSON", r'{"a":"{\"b\":[1,2]}","c":"null"}'),
    ("empty things and null", '{"a":{},"b":[],"c":"","d":null,"":true}'),
    ("keys in an order of their own", '{"zeta":1,"alpha":2,"mid":{"z":1,"a":2}}'),
    ("depth", '{"a":' + "[" * 60 + "1" + "]" * 60 + "}"),
]
CREATED = [
    ("with an offset", "2026-11-23T16:53:42.243402+05:30", "2026-11-23T16:53:42.243402+05:30"),
    ("west of Greenwich", "2026-11-23T03:23:42.243402-08:00", "2026-11-23T03:23:42.243402-08:00"),
    ("with a Z", "2026-11-23T11:23:42.243402Z", "2026-11-23T11:23:42.243402+00:00"),
    ("without an offset", "2026-11-23T11:23:42.243402", "2026-11-23T11:23:42.243402+00:00"),
    ("in whole seconds", "2026-11-23T11:23:42Z", "2026-11-23T11:23:42+00:00"),
]


def both(name, why, event, *, source=None, **more):
    """One webhook that is told of an event, or asked about it."""
    before = event.name.startswith("before:")
    return scenario(
        name,
        why,
        [hook("all", event.name)],
        [event],
        requests={"/all": [event.request(source=source)]},
        outcomes=[event.outcome("proceed", proceeded("all")) if before else event.outcome("accepted", accepted("all"))],
        deliveries=[] if before else [event.delivery("all")],
        **({"source": source} if source else {}),
        **more,
    )


def scenarios():
    for what, text in TEXTS:
        yield both(f"parameters: {what}", "parameters reach the responder as they came", ADJUST.named(parameters=text))
        results = f'[{{"connector":"p","value":{text}}}]'
        yield both(f"results: {what}", "results reach the responder as they came", MEASURE.named(results=results))
    for what, stated, created in CREATED:
        event = MEASURE.named(stated=stated, created=created)
        yield both(f"a time {what}", "created_at keeps its offset; one without is UTC, written +00:00", event)
    plain = {"parameters": "{}", "results": None}
    yield both(
        "neither parameters nor results",
        "parameters are {} and results [] where they are left out",
        MEASURE.named(**plain),
    )
    yield both("results before an event", "results are null before an event", ADJUST.named(parameters="{}"))
    yield both(
        "an error as a result",
        "a connector that failed has an error object as its value",
        MEASURE.named(
            results='[{"connector":"p","value":{"error":"TimeoutError","message":"late"}},{"connector":"k","value":null}]'
        ),
    )
    yield both(
        "results of several connectors",
        "results are in the order in which they came",
        MEASURE.named(
            results='[{"connector":"z","value":1},{"connector":"a","value":[]},{"connector":"z","value":"again"}]'
        ),
    )
    yield both("a source", "source stands in the body of a servo that has a name", MEASURE, source="checkout")
    yield both(
        "a source before an event", "source stands in the body before an event too", ADJUST, source="/servos/web 7"
    )
    yield both("an id of 256 characters", "an id has 1 to 256 characters", MEASURE.named(id="i" * 256))
    yield both("an id beyond ASCII", "an id is counted in characters, and sent as it is", MEASURE.named(id="é" * 256))
    quoted = MEASURE.named(id=r"a\"b\\c")
    yield both("an id with signs that JSON escapes", "an id is written as JSON", quoted) | {
        "steps": [quoted.step() | {"id": 'a"b\\c'}],
        "expect": {
            "requests": {"/all": [quoted.request()]},
            "outcomes": [MEASURE.named(id='a"b\\c').outcome("accepted", accepted("all"))],
            "deliveries": [MEASURE.named(id='a"b\\c').delivery("all")],
            "publications": [],
        },
    }
    yield scenario(
        "an event without id and time",
        "the host makes an id, and the time is now; parameters and results may stand as they are",
        [hook("all", "after:measure")],
        [{"event": "after:measure", "parameters": {"metrics": []}, "results": []}],
        requests={
            "/all": [{"headers": {"content-type": BODY_TYPE, "x-servo-event": "after:measure"}, "signed_with": SECRET}]
        },
        outcomes=[{"event": "after:measure", "id": ANY, "outcome": "accepted", "webhooks": [accepted("all")]}],
        deliveries=[
            {"event": "after:measure", "id": ANY, "delivery": ANY, "outcome": "delivered", "attempts": 1, "status": 200}
        ],
    )
    yield both(
        "an event that does not fit its declared types",
        "it is sent all the same: the servo knows best what it did",
        ADJUST.named(parameters='{"adjustments":"none","more":1}'),
    )
    deploy = MEASURE.named(
        name="after:deploy", parameters='{"revision":"7f3a"}', results='[{"connector":"k8s","value":true}]'
    )
    yield both(
        "an event of the servo's own, with its types declared",
        "a catalogue makes events known",
        deploy,
        catalogue={"events": {"deploy": {"parameters": {"type": "object"}, "value": {"type": "boolean"}}}},
    )
    yield both(
        "an event that nobody declared", "any other event name is taken, with a warning", deploy.named(id="deploy-2")
    )
    yield scenario(
        "one body for many webhooks",
        "webhooks of an event get the same bytes, each with its own signature",
        [hook(f"h{at}", "after:measure", secret=f"secret {at}") for at in range(8)],
        [MEASURE],
        requests={f"/h{at}": [MEASURE.request(secret=f"secret {at}")] for at in range(8)},
        outcomes=[MEASURE.outcome("accepted", *(settled(f"h{at}", "accepted", index=at) for at in range(8)))],
        deliveries=[MEASURE.delivery(f"h{at}", index=at) for at in range(8)],
    )
