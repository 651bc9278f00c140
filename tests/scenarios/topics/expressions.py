"""Conditions and payloads: what jq makes of an expression was computed by jq."""

import jq

from story import ADJUST, ANY, MEASURE, accepted, cancel, hook, proceeded, scenario, settled, status

CHECK = MEASURE.named(
    name="after:check",
    id="check-1",
    parameters='{"halt_on":"requirement","n":12345678901234567890,"f":2.50}',
    results='[{"connector":"k8s","value":[{"name":"ready","success":true},{"name":"größe ☃","success":false}]}]',
)


def outputs(expression, event, source=None):
    """The texts that jq gives for an event's body; None if it fails."""
    try:
        return jq.compile(f"({expression}) | tojson").input_text(event.body(source)).all()
    except ValueError:
        return None


def paid(name, why, event, payload, *, content_type="application/json", fields=None, source=None, **more):
    """The first output of jq is the body."""
    text = outputs(payload, event, source)[0]
    headers = {"content-type": content_type}
    request = event.request(headers=headers, absent=["x-servo-schema"]) | {"body": text}
    del request["headers"]["x-servo-schema"]
    return scenario(
        name,
        why,
        [hook("store", event.name, payload=payload, **(fields or {}))],
        [event],
        requests={"/store": [request]},
        outcomes=[event.outcome("accepted", accepted("store"))],
        deliveries=[event.delivery("store")],
        **({"source": source} if source else {}),
        **more,
    )


def conditional(name, event, when):
    """It fires if an output of jq is neither false nor null."""
    before = event.name.startswith("before:")
    fires = any(output not in ("false", "null") for output in outputs(when, event))
    if fires:
        outcome = event.outcome("proceed", proceeded("all")) if before else event.outcome("accepted", accepted("all"))
    else:
        outcome = event.outcome("proceed" if before else "accepted", settled("all", "skipped", reason=ANY))
    return scenario(
        name,
        "a webhook fires if its condition is true; else it is skipped, with a reason, and nothing is sent",
        [hook("all", event.name, when=when)],
        [event],
        requests={"/all": [event.request()]} if fires else {},
        outcomes=[outcome],
        deliveries=[] if before or not fires else [event.delivery("all")],
    )


def fails(side, policy, field, expression):
    """An expression that jq fails at, or that gives nothing."""
    event = ADJUST if side == "before" else MEASURE
    assert not outputs(expression, event), expression
    if side == "before":
        decision, reason = ("cancelled", ANY) if policy == "cancel" else ("proceed", None)
        outcome = event.outcome(decision, settled("all", "no_answer", error=f"~{field}"), reason=reason)
        deliveries = []
    else:
        outcome = event.outcome("accepted", accepted("all"))
        deliveries = [event.delivery("all", "failed", attempts=0, status=None, error=f"~{field}")]
    what = "fails" if outputs(expression, event) is None else "gives nothing"
    name = f"a {field} that {what} {side} an event: {expression}"
    return scenario(
        f"{name}, on_error {policy}" if side == "before" else name,
        "before an event on_error decides, after it the delivery has failed, with the message; nothing is sent",
        [hook("all", event.name, **{field: expression}, **({"on_error": policy} if side == "before" else {}))],
        [event],
        outcomes=[outcome],
        deliveries=deliveries,
    )


def undecided(policy, when):
    """A condition that fails before an event, of a webhook that vetoes."""
    return scenario(
        f"in doubt a webhook is asked: {when}, on_error {policy}",
        "nobody knows whether the condition holds, so the webhook is asked, with a warning",
        [hook("all", "before:adjust", when=when, on_error=policy)],
        [ADJUST],
        answers={"/all": [cancel("not now")]},
        requests={"/all": [ADJUST.request()]},
        outcomes=[
            ADJUST.outcome("cancelled", settled("all", "cancelled", attempts=1, status=200), reason="not now")
        ],
    )


def scenarios():
    cpu = '.parameters.adjustments | any(.setting_name == "cpu" and .value > {})'
    yield conditional("a condition that holds before an event", ADJUST, cpu.format(2))
    yield conditional("a condition that does not hold before an event", ADJUST, cpu.format(4))
    yield conditional("a condition that holds after an event", CHECK, "[.results[].value[]?.success] | all | not")
    yield conditional("a condition that does not hold after an event", CHECK, ".parameters.halt_on == null")
    yield conditional("a condition of several outputs, the last of them true", ADJUST, "false, null, true")
    yield conditional("a condition of several outputs, none of them true", ADJUST, "false, null")
    yield conditional("a condition for each of the adjustments", ADJUST, ".parameters.adjustments[] | .value > 2")
    yield conditional("a condition that is null", CHECK, ".parameters.nothing")
    yield conditional("a condition that is 0", CHECK, "0")
    yield conditional("a condition that is an empty text", CHECK, '""')
    yield conditional("a condition on the hour", MEASURE, ".created_at[11:13] | tonumber < 12")
    early = MEASURE.named(stated="2026-11-23T23:30:00+05:30", created="2026-11-23T23:30:00+05:30")
    yield conditional("a condition on the hour of another offset", early, ".created_at[11:13] | tonumber == 23")
    yield paid(
        "a payload",
        "a payload's first output is the body",
        CHECK,
        "{event: .event, failed: [.results[].value[] | select(.success | not).name]}",
    )
    yield paid(
        "digits in a payload",
        "numbers that no arithmetic touches keep their digits",
        CHECK,
        "[.parameters.n, .parameters.f]",
    )
    yield paid("a payload that is a text", "a payload is always JSON", CHECK, '"\\(.id) of \\(.source // "a servo")"')
    yield paid("a payload of several outputs", "the first output counts", CHECK, ".results[].value[].name")
    yield paid("a payload that is null", "null is a body as good as any", CHECK, ".parameters.nothing")
    yield paid(
        "a payload with a content type",
        "a payload may have a content type of its own",
        CHECK,
        "[.id]",
        content_type="application/x+json",
        fields={"content_type": "application/x+json"},
    )
    yield paid(
        "a payload that names the source",
        "expressions see the body that would be sent otherwise",
        CHECK,
        "{source, id}",
        source="checkout",
    )
    yield paid(
        "a payload with a condition that holds",
        "a condition goes before the payload",
        CHECK,
        "[.event]",
        fields={"when": '.id == "check-1"'},
    )
    for field, expression in (("payload", "error"), ("payload", "empty"), ("when", '"a" - 1'), ("payload", ".id.x")):
        yield fails("after", "proceed", field, expression)
        if field == "payload":
            yield fails("before", "proceed", field, expression)
            yield fails("before", "cancel", field, expression)
    for when in ('"a" - 1', "error", "empty", ".id | tonumber"):
        assert not outputs(when, ADJUST), when
        yield undecided("proceed", when)
    yield undecided("cancel", '"a" - 1')
    # jq knows such patterns, the connector does not: to ask is right in either case.
    yield undecided("proceed", '.id | test("(" + .)')
    yield scenario(
        "in doubt a webhook is asked with its payload",
        "a condition that fails counts as true, and a payload is made as for any other",
        [hook("all", "before:adjust", when=".id | tonumber", payload="{id}")],
        [ADJUST],
        requests={"/all": [{"headers": {"content-type": "application/json"}, "body": '{"id":"adjust-1"}', "signed_with": "s3cr3t"}]},
        outcomes=[ADJUST.outcome("proceed", proceeded("all"))],
    )
    yield scenario(
        "in doubt a webhook is asked, and its payload fails",
        "without a body there is no question: on_error decides",
        [hook("all", "before:adjust", when=".id | tonumber", payload=".id.x", on_error="cancel")],
        [ADJUST],
        outcomes=[ADJUST.outcome("cancelled", settled("all", "no_answer", error="~payload"), reason=ANY)],
    )
    yield scenario(
        "a payload is retried as it is",
        "a body is made once for all attempts",
        [hook("store", "after:check", payload="{id}", backoff={"max_tries": 2})],
        [CHECK],
        answers={"/store": [status(503), status(200)]},
        requests={
            "/store": [
                {
                    "headers": {"content-type": "application/json", "x-servo-attempt": str(attempt)},
                    "body": '{"id":"check-1"}',
                    "signed_with": "s3cr3t",
                }
                for attempt in (1, 2)
            ]
        },
        outcomes=[CHECK.outcome("accepted", accepted("store"))],
        deliveries=[CHECK.delivery("store", attempts=2)],
    )
    yield scenario(
        "one is skipped, one fails, one is told",
        "each webhook has its own expressions",
        [
            hook("skips", "after:check", when="false"),
            hook("fails", "after:check", when="error"),
            hook("fires", "after:check", when="true"),
        ],
        [CHECK],
        requests={"/fires": [CHECK.request()]},
        outcomes=[
            CHECK.outcome(
                "accepted",
                settled("skips", "skipped", reason=ANY),
                accepted("fails", index=1),
                accepted("fires", index=2),
            )
        ],
        deliveries=[
            CHECK.delivery("fails", "failed", index=1, attempts=0, status=None, error="~when"),
            CHECK.delivery("fires", index=2),
        ],
    )
