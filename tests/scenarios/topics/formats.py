"""Formats of the body other than the servo's own: CloudEvents 1.0."""

from story import ADJUST, BODY_TYPE, MEASURE, SECRET, Message, accepted, hook, proceeded, scenario

SOURCE = "/servos/web"
STRUCTURED = {"format": "cloudevents"}
BINARY = {"format": "cloudevents-binary"}


def attributes(event):
    kind = "com.opsani.servo." + event.name.replace(":", ".")
    return {"specversion": "1.0", "id": event.id, "source": SOURCE, "type": kind, "time": event.created}


def structured(event, data_type=BODY_TYPE, data=None, **headers):
    members = [f'"{name}":"{value}"' for name, value in attributes(event).items()]
    body = "{" + ",".join([*members, f'"datacontenttype":"{data_type}"', f'"data":{data or event.body(SOURCE)}']) + "}"
    return event.request(headers={"content-type": "application/cloudevents+json"} | headers) | {"body": body}


def binary(event, id=None):
    values = attributes(event) | ({"id": id} if id else {})
    return event.request(source=SOURCE, headers={f"ce-{name}": value for name, value in values.items()})


def one(name, why, event, request, fields, **more):
    before = event.name.startswith("before:")
    return scenario(
        name,
        why,
        [hook("all", event.name, **fields)],
        [event],
        source=SOURCE,
        requests={"/all": [request]},
        outcomes=[event.outcome("proceed", proceeded("all")) if before else event.outcome("accepted", accepted("all"))],
        deliveries=[] if before else [event.delivery("all")],
        **more,
    )


def scenarios():
    for side, event in (("after", MEASURE), ("before", ADJUST)):
        yield one(
            f"a CloudEvent {side} an event",
            "structured mode: the body is the data",
            event,
            structured(event),
            STRUCTURED,
        )
        yield one(
            f"a CloudEvent in headers {side} an event",
            "binary mode: the body as it is, attributes as headers",
            event,
            binary(event),
            BINARY,
        )
    digits = MEASURE.named(results='[{"connector":"p","value":[1.0,12345678901234567890,1e400]}]')
    yield one(
        "digits in a CloudEvent", "numbers keep their digits in any format", digits, structured(digits), STRUCTURED
    )
    odd = MEASURE.named(id="e 1% é")
    yield one(
        "an id that a header cannot hold",
        "attributes are encoded as the HTTP binding of CloudEvents says",
        odd,
        binary(odd, id="e%201%25%20%C3%A9"),
        BINARY,
    )
    for what, fields in (("structured", STRUCTURED), ("binary", BINARY)):
        message = Message("the_news", "hello")
        yield scenario(
            f"a message to a webhook of {what} CloudEvents",
            "a message has no such form and is passed on as it is",
            [hook("relay", channels="the_news", **fields)],
            [message],
            source=SOURCE,
            requests={"/relay": [message.request(absent=["ce-id", "ce-type"])]},
            outcomes=[message.outcome("accepted", accepted("relay"))],
            deliveries=[message.delivery("relay")],
        )
    yield scenario(
        "three formats of one event",
        "each webhook has its own format",
        [
            hook("plain", "after:measure"),
            hook("structured", "after:measure", **STRUCTURED),
            hook("binary", "after:measure", **BINARY),
        ],
        [MEASURE],
        source=SOURCE,
        requests={
            "/plain": [MEASURE.request(source=SOURCE, absent=["ce-id"])],
            "/structured": [structured(MEASURE)],
            "/binary": [binary(MEASURE)],
        },
        outcomes=[
            MEASURE.outcome(
                "accepted", *(accepted(name, index=at) for at, name in enumerate(["plain", "structured", "binary"]))
            )
        ],
        deliveries=[MEASURE.delivery(name, index=at) for at, name in enumerate(["plain", "structured", "binary"])],
    )
    payload = '{"id":"measure-1"}'
    request = structured(MEASURE, "application/json", payload)
    del request["headers"]["x-servo-schema"]
    yield one(
        "a payload in a CloudEvent",
        "a payload becomes the data, and its content type the data's; the body has no schema version then",
        MEASURE,
        request | {"absent": ["x-servo-schema"], "signed_with": SECRET},
        STRUCTURED | {"payload": "{id: .id}"},
    )
