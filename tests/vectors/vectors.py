"""Writes the conformance vectors beside it, or into the folder that is named. See README.md."""

import email.utils
import hashlib
import hmac
import json
import pathlib
import re
import sys
from collections import Counter

HERE = pathlib.Path(__file__).parent
OUT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
SECOND = 1_000_000_000
CREATED = "2026-11-23T11:23:42.243402+00:00"
CONTENT_TYPE = "application/vnd.opsani.servo-webhooks+json"
BASE = {"events": "*:*", "url": "https://example.com/", "secret": {"handle": 0}}


def write(name, vectors):
    text = json.dumps({"vectors": vectors}, indent=1, ensure_ascii=False)
    (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def vector(why, source, expected):
    return {"why": why, "input": source, "expected": expected}


def captures():
    text = (HERE.parent / "captures" / "original.json").read_text()
    return json.loads(text.replace(": NaN\n", ": null\n"))


# ---- select


def matches(selector, event):
    pattern = re.escape(selector).replace(r"\*", "[A-Za-z0-9_.-]*")
    side, _, name = pattern.partition(":")
    side = "(before|after)" if selector.startswith("*:") else side
    return re.fullmatch(f"{side}:{name}", event) is not None


def select():
    events = ["after:measure", "before:measure", "after:adjust", "before:adjust", "after:k8s_pod", "after:k8s", "before:me", "after:Measure"]
    listeners = [
        ["after:measure"], ["before:adjust", "after:adjust"], [], ["after:*"], ["before:*"], ["*:adjust"], ["*:*"],
        ["after:k8s_*"], ["*:m*e"], ["before:m*re", "after:m*re"], ["after:measure", "after:*"], ["after:*s*"],
    ]  # fmt: skip
    vectors = []
    for event in events:
        expected = [at for at, all in enumerate(listeners) if any(matches(one, event) for one in all)]
        vectors.append(vector("names and stars, each webhook once", {"listeners": listeners, "event": event}, expected))
        for at, selectors in enumerate(listeners):
            if selectors:
                why = f"{' '.join(selectors)} against {event}"
                expected = [0] if any(matches(one, event) for one in selectors) else []
                vectors.append(vector(why, {"listeners": [selectors], "event": event}, expected))
    vectors.append(vector("no listeners", {"listeners": [], "event": "after:measure"}, []))
    return vectors


# ---- render


def body(name, created, results, id, source, parameters):
    parts = [f'"event":"{name}"', f'"created_at":"{created}"', f'"results":{results}', f'"id":"{id}"']
    if source:
        parts.append(f'"source":"{source}"')
    return "{" + ",".join([*parts, f'"parameters":{parameters}']) + "}"


def rendering(why, name, parameters, results, expected, source="", more={}, id="e-1", created=CREATED):
    event = {"name": name, "id": id, "created": created, "parameters": parameters, "results": results}
    given = {"webhook": BASE | more, "source": source, "notification": {"event": event}}
    return vector(why, given, expected)


def sent(text, content_type=CONTENT_TYPE, headers=[], version=1, warning=None):
    return {"send": {"content_type": content_type, "schema_version": version, "headers": headers, "body": text, "warning": warning}}


ASKED = "~the webhook is asked anyway"
"""What is said of a condition that failed, and was taken as true: in doubt, ask."""


def undecided(side, text="~"):
    """A condition that fails: before an event the webhook is asked, after it the delivery has failed."""
    return sent(text, warning=ASKED) if side == "before" else {"error": {"expression": "~when"}}


def plain(value):
    """Whether there is one way to write it: no fractions, and no order of members."""
    if isinstance(value, list):
        return all(map(plain, value))
    return not isinstance(value, (float, dict)) or value == {}


# Expressions of a group that become vectors.
OF_A_GROUP = 88

# Literals that are compiled with the configuration: what jq fails at is refused there.
COMPILED = {"\"a\" | test(\"(\")"}


def by_jq():
    """What the real jq made of some expressions of `tests/expressions` of each group, as payloads and as conditions.

    All of them are played by a test of their own: a connector is asked here whether it knows jq at all."""
    folder = HERE.parent / "expressions"
    events, cases, differences = (json.loads((folder / f"{name}.json").read_text()) for name in ("events", "expressions", "differences"))
    taken = Counter()
    for case in cases:
        expression, outputs = case["expression"], case.get("outputs")
        event = events[case["event"]]
        taken[case["group"]] += 1
        if taken[case["group"]] > OF_A_GROUP or expression in differences or any(isinstance(event[key], float) for key in event):
            continue
        texts = {key: None if event[key] is None else json.dumps(event[key], ensure_ascii=False) for key in ("parameters", "results")}
        notification = {"event": {"name": event["event"], "id": event["id"], "created": event["created_at"]} | texts}

        def given(field):
            return {"webhook": BASE | {field: expression}, "source": event.get("source", ""), "notification": notification}

        if outputs is None and (case["group"] == "patterns" or expression in COMPILED):
            continue
        if outputs is None:
            yield vector(f"jq fails, so there is no payload: {case['group']}", given("payload"), {"error": {"expression": "~payload"}})
            side = event["event"].partition(":")[0]
            yield vector(f"jq fails, so nobody knows whether it holds: {case['group']}", given("when"), undecided(side))
        elif not outputs:
            yield vector(f"jq gives nothing, so there is no payload: {case['group']}", given("payload"), {"error": {"expression": "~payload"}})
        else:
            value = json.loads(outputs[0])
            if plain(value):
                text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
                yield vector(f"the payload that jq makes: {case['group']}", given("payload"), sent(text, "application/json", version=None))
            if all(output in ("null", "false") for output in outputs):
                yield vector(f"a condition that does not hold for jq: {case['group']}", given("when"), {"skip": "~when is"})
            else:
                yield vector(f"a condition that holds for jq: {case['group']}", given("when"), sent("~", CONTENT_TYPE))


def render():
    vectors = []
    for capture in captures():
        text = capture["request"]["body"]
        found = re.fullmatch(r'\{"event": "(after:\w+)", "created_at": "([^"]+)", "results": (.*)\}', text)
        if found and "NaN" not in text:
            name, created, results = found.groups()
            created = f"{created}+00:00"
            expected = body(name, created, results, "e-1", "", "{}")
            vectors.append(rendering(f"as the original sent it: {capture['name']}", name, "{}", results, sent(expected), created=created))
    digits = '{"a":12345678901234567890123,"b":1.0,"c":-0.0,"d":1e400,"e":2.50}'
    for why, name, parameters, results, source in [
        ("before an event results are null", "before:adjust", "{}", None, ""),
        ("after an event without results they are an empty list", "after:startup", "{}", None, ""),
        ("the source stands between id and parameters", "after:measure", "{}", "[]", "/servos/web"),
        ("digits are kept", "before:adjust", digits, None, ""),
        ("digits are kept in results", "after:measure", "{}", f'[{{"connector":"p","value":{digits}}}]', ""),
        ("text beyond ASCII is kept", "after:measure", '{"é":"☃😀"}', "[]", ""),
        ("escapes are kept as they are spelt", "after:measure", r'{"a":"\u00e9\n\/"}', "[]", ""),
        ("blanks inside are kept", "after:measure", '{ "a" : 1 }', "[ ]", ""),
    ]:
        text = body(name, CREATED, results or ("null" if name.startswith("before:") else "[]"), "e-1", source, parameters)
        vectors.append(rendering(why, name, parameters, results, sent(text), source))
    wrong = {"error": {"notification": "~"}}
    for why, name, parameters, results in [
        ("parameters must be an object", "after:measure", "[]", "[]"),
        ("parameters must be JSON", "after:measure", "{", "[]"),
        ("parameters must be JSON: NaN is not", "after:measure", '{"a":NaN}', "[]"),
        ("results must be a list", "after:measure", "{}", "{}"),
        ("a result has a connector and a value", "after:measure", "{}", '[{"connector":"p"}]'),
        ("a result's connector is a text", "after:measure", "{}", '[{"connector":1,"value":1}]'),
        ("a result has nothing else", "after:measure", "{}", '[{"connector":"p","value":1,"more":1}]'),
        ("there are no results before an event", "before:adjust", "{}", "[]"),
        ("a name has a side", "measure", "{}", None),
        ("a name has one of two sides", "on:measure", "{}", None),
        ("a name has no blanks", "after:mea sure", "{}", None),
        ("a name is not empty", "after:", "{}", None),
        ("a selector is no name", "after:*", "{}", None),
        ("a name has at most 128 characters", "after:" + "m" * 129, "{}", None),
    ]:
        vectors.append(rendering(why, name, parameters, results, wrong))
    vectors.append(rendering("an id is not empty", "after:measure", "{}", "[]", wrong, id=""))
    vectors.append(rendering("an id has at most 256 characters", "after:measure", "{}", "[]", wrong, id="é" * 257))
    text = body("after:measure", CREATED, "[]", "é" * 256, "", "{}")
    vectors.append(rendering("256 characters are an id, whatever their bytes", "after:measure", "{}", "[]", sent(text), id="é" * 256))
    for name, results in [("after:measure", "[]"), ("before:adjust", None)]:
        inner = body(name, CREATED, results or "null", "e 1", "/servos/web", "{}")
        kind = "com.opsani.servo." + name.replace(":", ".")
        attributes = [("specversion", "1.0"), ("id", "e 1"), ("source", "/servos/web"), ("type", kind), ("time", CREATED)]
        outer = "".join(f'"{key}":"{value}",' for key, value in attributes)
        outer = f'{{{outer}"datacontenttype":"{CONTENT_TYPE}","data":{inner}}}'
        headers = [[f"ce-{key}", value.replace(" ", "%20")] for key, value in attributes]
        vectors.append(rendering("a CloudEvent in structured mode", name, "{}", results, sent(outer, "application/cloudevents+json"), "/servos/web", {"format": "cloudevents"}, "e 1"))
        vectors.append(rendering("a CloudEvent in binary mode", name, "{}", results, sent(inner, headers=headers), "/servos/web", {"format": "cloudevents-binary"}, "e 1"))
    message = {"channel": "the_news", "id": "m", "created": CREATED, "content_type": "text/plain; charset=utf-8", "content": "hello"}
    for format in ["servo", "cloudevents", "cloudevents-binary"]:
        given = {"webhook": BASE | {"format": format}, "source": "/servos/web", "notification": {"message": message}}
        expected = {"send": {"content_type": "text/plain; charset=utf-8", "headers": [], "body": None, "warning": None}}
        vectors.append(vector(f"a message is passed on as it is, format: {format}", given, expected))
    text = '{"id":"e 1","n":1.50}'
    payload = {"payload": "{id: .id, n: .parameters.n}"}
    parameters = '{"n":1.50}'
    attributes = '"specversion":"1.0","id":"e 1","source":"/servos/web","type":"com.opsani.servo.before.adjust"'
    wrapped = f'{{{attributes},"time":"{CREATED}","datacontenttype":"application/x+json","data":{text}}}'
    for why, more, expected in [
        ("a payload has a content type of its own", {"content_type": "application/x+json"}, sent(text, "application/x+json", version=None)),
        ("a payload in a CloudEvent", {"content_type": "application/x+json", "format": "cloudevents"}, sent(wrapped, "application/cloudevents+json", version=None)),
        ("a condition goes before the payload", {"when": ".parameters.n > 2"}, {"skip": "~.parameters.n > 2"}),
        ("a condition on the clock that the time is written in", {"when": ".created_at[11:13] | tonumber == 11"}, sent(text, "application/json", version=None)),
        ("what happens now is the event", {"when": "now == 1795433022.243402"}, sent(text, "application/json", version=None)),
        ("a condition that fails is neither true nor false", {"when": "error"}, sent(text, "application/json", version=None, warning=ASKED)),
        ("a condition that gives nothing is neither", {"when": "empty"}, sent(text, "application/json", version=None, warning=ASKED)),
        ("a pattern that is none", {"when": '.id | test("(" + .)'}, sent(text, "application/json", version=None, warning=ASKED)),
        ("a text that is no number", {"when": ".id | tonumber"}, sent(text, "application/json", version=None, warning=ASKED)),
        ("a condition and a payload that fail", {"when": "error", "payload": "error"}, {"error": {"expression": "~payload"}}),
        ("a payload that is no number", {"payload": "nan"}, sent("null", "application/json", version=None)),
        ("an event at fault is not the expression's", {"when": "false"}, {"error": {"notification": "~"}}),
    ]:
        results = "[]" if "notification" in str(expected) else None
        vectors.append(rendering(why, "before:adjust", parameters, results, expected, "/servos/web", payload | more, "e 1"))
    for when in ["error", "empty", '.id | test("(" + .)', ".id | tonumber"]:
        for name, results in [("before:adjust", None), ("after:measure", "[]")]:
            side = name.partition(":")[0]
            text = body(name, CREATED, results or "null", "e-1", "", "{}")
            vectors.append(rendering(f"a condition that fails {side} an event: {when}", name, "{}", results, undecided(side, text), more={"when": when}))
    return vectors + list(by_jq())[::4]


# ---- sign


def signing(why, more, secrets, text, expected, id="d-1", now=1_614_265_330 * SECOND + 999_999_999):
    context = {"delivery": id, "attempt": 1, "now": now}
    return vector(why, {"webhook": BASE | more, "source": "", "secrets": secrets, "context": context, "body": text}, expected)


def servo(key, text):
    return ["X-Servo-Signature", hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()]


def sign():
    vectors = []
    for capture in captures():
        if capture.get("signed"):
            request = capture["request"]
            expected = {"headers": [["X-Servo-Signature", request["headers"]["x-servo-signature"]]]}
            vectors.append(signing(f"as the original signed it: {capture['name']}", {}, [capture["secret"]], request["body"], expected))
    published = json.loads((HERE / "standard-webhooks.json").read_text())["vectors"]
    for one in published[:24]:
        keys = {"v1": one["v1"]["key"], "v1a": one["v1a"]["key"]}
        rest = [["webhook-id", one["id"]], ["webhook-timestamp", str(one["timestamp"])]]
        for versions in (["v1"], ["v1a"], ["v1a", "v1"]):
            signature = " ".join(one[version]["signature"] for version in versions)
            expected = {"headers": [*rest, ["webhook-signature", signature]]}
            secrets = [keys[version] for version in versions]
            vectors.append(signing(f"Standard Webhooks, {' '.join(versions)}", {"signatures": "standard"}, secrets, one["body"], expected, one["id"], one["timestamp"] * SECOND))
        plain = servo("plain", one["body"])
        expected = {"headers": [plain, *rest, ["webhook-signature", one["v1"]["signature"]]]}
        vectors.append(signing("both schemes, each with its own key", {"signatures": ["servo", "standard"]}, [keys["v1"], "plain"], one["body"], expected, one["id"], one["timestamp"] * SECOND))
    hmac_key = published[0]["v1"]["key"]
    public = published[0]["v1a"]["public"]
    vectors.append(signing("the first plain secret is the current one", {}, ["new", "old"], "x", {"headers": [servo("new", "x")]}))
    vectors.append(signing("a prefixed key never signs servo", {}, [hmac_key, "new"], "x", {"headers": [servo("new", "x")]}))
    for why, more, secrets, place in [
        ("there is no secret", {}, [], 0),
        ("an empty secret is no key", {}, ["a", ""], 1),
        ("no key signs servo", {}, [hmac_key], 0),
        ("no key signs standard", {"signatures": "standard"}, ["plain"], 0),
        ("a public key signs nothing", {"signatures": "standard"}, [hmac_key, public], 1),
        ("a key has at least 24 bytes", {"signatures": "standard"}, ["whsec_c2hvcnQ="], 0),
        ("a key is base64", {"signatures": "standard"}, [hmac_key, "whsec_!"], 1),
        ("a seed has 32 bytes", {"signatures": "standard"}, ["whsk_c2hvcnQ="], 0),
    ]:
        vectors.append(signing(why, more, secrets, "x", {"error": {"secret": place, "message": "~"}}))
    return vectors


# ---- judge

CANCEL = "application/vnd.opsani.servo.errors.EventCancelledError+json"
OLDER = "application/vnd.opsani.servo.errors.CancelEventError+json"
NOW = 1_770_000_000


def judging(why, side, attempt, expected, more={}):
    attempt = {"number": 1, "elapsed": 0, "now": NOW * SECOND} | attempt
    return vector(why, {"webhook": BASE | more, "source": "", "side": side, "attempt": attempt}, expected)


def answer(status, headers=[], body=None):
    given = {"status": status, "headers": headers}
    if body is not None:
        given["body"] = {"text": body[0], "ending": body[1]}
    return {"outcome": {"answer": given}}


def wait(number, elapsed, tries, seconds, least=0):
    """The README on retries: whether there is another attempt, and between which waits."""
    left = seconds - elapsed
    if tries <= 1 or number >= tries or left <= 0 or least > left:
        return {"verdict": "failed", "wait": None}
    most = min(2 ** (number - 1), 64, left)
    return {"verdict": "retry", "wait": [least * SECOND, max(most, least) * SECOND]}


def by_status(status, retried):
    if 200 <= status < 300:
        return {"verdict": "delivered"}
    if status == 410:
        return {"verdict": "gone"}
    if status in (404, 408, 409, 425, 429) or status >= 500:
        return retried
    return {"verdict": "failed"}


def judge():
    vectors = []
    retries = {"backoff": {"max_tries": 5, "max_time": 100}}
    for status in [200, 201, 202, 204, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408,
                   409, 410, 411, 413, 415, 418, 421, 422, 423, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 511, 599]:  # fmt: skip
        for side in ["before", "after"]:
            expected = by_status(status, wait(1, 0, 5, 100))
            vectors.append(judging(f"{status} {side} an event", side, answer(status), expected | {"publish": False}, retries))
    for side, expected in [("before", {"verdict": "failed", "wait": None}), ("after", wait(1, 0, 12, 180))]:
        vectors.append(judging(f"without backoff, {side} an event", side, answer(503), expected))
        vectors.append(judging(f"no answer, without backoff, {side} an event", side, {"outcome": {"no_answer": "reset"}}, expected))
        none = {"verdict": "failed", "wait": None}
        vectors.append(judging(f"backoff: false, {side} an event", side, answer(503), none, {"backoff": False}))
    for number in range(1, 13):
        for elapsed in [0, 50, 99, 100, 200]:
            given = {"number": number, "elapsed": elapsed * SECOND, "outcome": {"no_answer": "refused"}}
            why = f"attempt {number} of 10, {elapsed} s of 100 s gone"
            expected = wait(number, elapsed, 10, 100)
            vectors.append(judging(why, "after", given, expected, {"backoff": {"max_tries": 10, "max_time": 100}}))
    for status in [429, 503, 500, 404]:
        for seconds in [0, 1, 30, 100, 101, 3600]:
            at = email.utils.formatdate(NOW + seconds, usegmt=True)
            date = email.utils.formatdate(NOW - 5000, usegmt=True)
            by_date = email.utils.formatdate(NOW - 5000 + seconds, usegmt=True)
            expected = wait(1, 0, 5, 100, seconds if status in (429, 503) else 0)
            for form, headers in [
                ("in seconds", [["retry-after", str(seconds)]]),
                ("as a date by the host's clock", [["retry-after", at]]),
                ("as a date by the answer's own", [["retry-after", by_date], ["date", date]]),
            ]:
                why = f"{status} with Retry-After of {seconds} s, {form}"
                vectors.append(judging(why, "after", answer(status, headers), expected, retries))
    for nonsense in ["soon", "-1", "1.5", "", "Mon, 99 Jan"]:
        why = f"a Retry-After of {nonsense!r} is none"
        vectors.append(judging(why, "after", answer(503, [["retry-after", nonsense]]), wait(1, 0, 5, 100), retries))
    for kind in [CANCEL, OLDER, CANCEL.lower(), CANCEL.upper(), f"{CANCEL}; charset=utf-8", f" {OLDER} ; a=b"]:
        for status in [200, 204, 302, 400, 410, 500, 503]:
            headers = [["content-type", kind]]
            vectors.append(judging(f"{status} with {kind.strip()} cancels", "before", answer(status, headers), {"verdict": "cancel", "read_body": True, "publish": False}, retries))
        expected = by_status(200, None) | {"warning": "~too late"}
        vectors.append(judging("a cancel after an event comes too late", "after", answer(200, [["content-type", kind]]), expected))
    for text, ending, reason in [
        ('{"reason": "not now"}', "whole", "not now"),
        ('{"reason": "é☃"}', "whole", "é☃"),
        ('{"reason": "not now", "more": 1}', "whole", "not now"),
        ("", "whole", "~without a reason"),
        ("nonsense", "whole", "~without a reason"),
        ("[]", "whole", "~without a reason"),
        ("{}", "whole", "~without a reason"),
        ('{"reason": 7}', "whole", "~without a reason"),
        ('{"reason": null}', "whole", "~without a reason"),
        ('{"reason": "not n', "broken", "~without a reason"),
        ('{"reason": "' + "x" * 100, "oversized", "~without a reason"),
        (json.dumps({"reason": "x" * 3000}), "whole", "~" + "x" * 1000),
    ]:
        given = answer(200, [["content-type", CANCEL]], (text, ending))
        vectors.append(judging(f"a cancel whatever its body: {text[:30]!r} {ending}", "before", given, {"verdict": "cancel", "why": reason, "publish": False}))
    for kind in [f"{CANCEL}x", "application/json", "text/plain", "", CANCEL.replace("/", ""), f"x{CANCEL}"]:
        vectors.append(judging(f"{kind!r} is no cancel", "before", answer(200, [["content-type", kind]]), {"verdict": "delivered"}))
    for kind in [
        f"{CANCEL}; charset=\ufffd", f"{CANCEL}; charset=??", f"{OLDER}\ufffd", f"\ufffd{CANCEL}", f"{CANCEL}?", f"{CANCEL}\0", f"\0{OLDER}",
        f"\t{CANCEL}\t; a=b", f"text/html,{CANCEL}", f"text/html, {OLDER} ;x=y, text/html", f'text/html; a="b,c\\"", {CANCEL}',
        f'text/html; a="b, {CANCEL}', f'text/html; a="b\\", {CANCEL}', f'text/html; a="b, {CANCEL}; c="d"', f'text/html", {OLDER}, "x',
        f'text/html; a="b, {CANCEL}, text/html; c="d', f'"{CANCEL}"', f'{CANCEL}"', f"; {CANCEL}", f"text/html; {CANCEL}", f"text/html {CANCEL}",
        f"{CANCEL} charset=utf-8", f"{CANCEL};;;", f",,{OLDER}", f"{CANCEL}={CANCEL}",
    ]:  # fmt: skip
        given = answer(200, [["content-type", kind]])
        vectors.append(judging(f"nothing else in the header hides a cancel: {kind!r}", "before", given, {"verdict": "cancel", "read_body": True}))
    for kinds in [["text/plain", CANCEL], [CANCEL, "text/plain"], ['text/plain; a="b', OLDER], ["\ufffd", CANCEL], ["", OLDER]]:
        given = answer(200, [["content-type", kind] for kind in kinds])
        vectors.append(judging(f"nor does another header of its name: {kinds}", "before", given, {"verdict": "cancel", "read_body": True}))
    for kind in [f'text/plain; a=", {CANCEL}"', f'text/plain; a="{CANCEL}"; b=c', f'a/b; c="\\"{OLDER}"', f"{CANCEL}/x", f"-{CANCEL}"]:
        vectors.append(judging(f"a parameter may speak of a cancel: {kind!r}", "before", answer(200, [["content-type", kind]]), {"verdict": "delivered"}))
    channel = {"response_channel": "answers"}
    typed = [["content-type", "text/plain"]]
    for why, given, expected in [
        ("the body is wanted for a response channel", answer(200, typed), {"verdict": "delivered", "read_body": True}),
        ("a whole body is published", answer(200, typed, ("x", "whole")), {"verdict": "delivered", "publish": True}),
        ("an oversized body is not", answer(200, typed, ("x", "oversized")), {"verdict": "delivered", "publish": False, "warning": "~"}),
        ("a broken body is not", answer(200, typed, ("x", "broken")), {"verdict": "delivered", "publish": False, "warning": "~"}),
        ("an empty body is not", answer(200, typed, ("", "whole")), {"verdict": "delivered", "publish": False}),
        ("a body without a type is not", answer(200), {"verdict": "delivered", "read_body": False, "publish": False}),
        ("a failure is not", answer(400, typed), {"verdict": "failed", "read_body": False, "publish": False}),
    ]:
        vectors.append(judging(why, "after", given, expected, channel))
    return vectors


# ---- parse-config


def parsing(why, changes, expected, events=[], source=""):
    webhook = {key: value for key, value in ({"events": "after:measure", "url": "https://example.com/", "secret": {"handle": 0}} | changes).items() if value is not ...}
    return vector(why, {"document": [webhook], "events": events, "source": source}, expected)


def right(why, changes, webhook, **more):
    return parsing(why, changes, {"webhooks": [webhook], "problems": []}, **more)


def refused(why, changes, path, at_key=False, severity="error"):
    problem = {"severity": severity, "path": f"/0{path}", "at_key": at_key, "message": "~"}
    return parsing(why, changes, {"problems": [problem]} | ({"webhooks": []} if severity == "error" else {}))


def parse_config():
    once = {"max_tries": 1}
    often = {"max_tries": 12, "max_time": 180 * SECOND}
    vectors = [
        right("the defaults", {}, {"name": None, "enabled": True, "events": ["after:measure"], "channels": [], "response_channel": None, "url": "https://example.com/",
                                   "secrets": [0], "timeout": 5 * SECOND, "http_version": "auto", "on_error": "proceed", "before": once, "after": often, "shape": "", "scheme": "", "settings": 0}),
        vector("no webhooks", {"document": [], "events": [], "source": ""}, {"webhooks": [], "problems": [{"severity": "warning", "path": ""}]}),
        right("a list of events", {"events": ["after:measure", "before:adjust"]}, {"events": ["after:measure", "before:adjust"]}),
        right("an event of the host's own", {"events": "after:deploy"}, {"events": ["after:deploy"]}, events=["deploy"]),
        right("backoff: false", {"backoff": False}, {"before": once, "after": once}),
        right("backoff holds for both sides", {"backoff": {"max_tries": 3, "max_time": "5m"}}, {side: {"max_tries": 3, "max_time": 300 * SECOND} for side in ("before", "after")}),
        right("max_time has a default", {"backoff": {"max_tries": 3}}, {"after": {"max_tries": 3, "max_time": 180 * SECOND}}),
        right("max_tries has a default", {"backoff": {"max_time": 10}}, {"before": {"max_tries": 12, "max_time": 10 * SECOND}}),
        right("a url behind a handle", {"url": {"handle": 7}}, {"url": {"handle": 7}}),
        right("secrets in their order", {"secret": [{"handle": 3}, {"handle": 1}]}, {"secrets": [3, 1]}),
        right("headers as a mapping", {"headers": {"X-A": "1"}}, {"headers": [["X-A", "1"], ["User-Agent", "~servo-webhooks/"]]}),
        right("headers as a list", {"headers": [{"name": "X-A", "value": {"handle": 2}}, {"name": "User-Agent", "value": "me"}]}, {"headers": [["X-A", {"handle": 2}], ["User-Agent", "me"]]}),
        right("silent", {"enabled": False}, {"enabled": False}),
        right("HTTP/2", {"http_version": 2}, {"http_version": "2"}),
        right("HTTP/1.1", {"http_version": 1.1}, {"http_version": "1.1"}),
        right("cancel without an answer", {"events": "before:adjust", "on_error": "cancel"}, {"on_error": "cancel"}),
        right("channels alone", {"events": ..., "channels": "the_news"}, {"events": [], "channels": ["the_news"]}),
        refused("a duplicate event", {"events": ["after:measure", "after:measure"]}, "/events/1", severity="warning"),
        refused("an event nobody knows", {"events": "after:mesure"}, "/events", severity="warning"),
        refused("a fragment", {"url": "https://example.com/#x"}, "/url", severity="warning"),
        refused("on_error without a before event", {"on_error": "cancel"}, "/on_error", severity="warning"),
        refused("events and channels under one secret", {"channels": "news"}, "/channels", severity="warning"),
        refused("an unknown key", {"retries": 3}, "/retries", at_key=True),
        refused("a misspelt key", {"time_out": 3}, "/time_out", at_key=True),
        refused("no url", {"url": ...}, ""),
        refused("no secret", {"secret": ...}, ""),
        refused("no events", {"events": ...}, ""),
        refused("no events in the list", {"events": []}, "/events"),
        right("a condition", {"when": ".parameters.a > 1"}, {"warm": True}),
        right("a field that a servo may add", {"when": ".parameters.mine.paramters"}, {"warm": True}),
        refused("a field that no event has", {"when": ".paramters.metrics | length > 1"}, "/when", severity="warning"),
        refused("a field that no event has, in a payload", {"payload": "{text: .results[].valu}"}, "/payload", severity="warning"),
        refused("results before an event", {"events": "before:adjust", "when": ".results[0].value"}, "/when", severity="warning"),
        refused("a comparison that never holds", {"when": '.event == "after:mesure"'}, "/when", severity="warning"),
        right("a payload", {"payload": "{text: .event}", "content_type": "application/vnd.chat+json", "payload_schema": {"type": "object"}}, {"warm": True}),
        right("no expressions", {}, {"warm": False}),
        refused("a condition that is no text", {"when": True}, "/when"),
        refused("a condition about messages", {"events": ..., "channels": "news", "when": "true"}, "/when"),
        refused("a content type without a payload", {"content_type": "application/json"}, "/content_type", at_key=True),
        refused("a schema without a payload", {"payload_schema": {}}, "/payload_schema", at_key=True),
        refused("a schema that is none", {"payload": ".", "payload_schema": 1}, "/payload_schema"),
        refused("a content type that is none", {"payload": ".", "content_type": "json"}, "/content_type"),
        refused("a payload that is not said to be JSON", {"payload": ".", "content_type": "text/plain"}, "/content_type", severity="warning"),
        refused("a feedback", {"events": ..., "channels": "a", "response_channel": "a"}, "/response_channel"),
    ]  # fmt: skip
    for expression in ["", ".a |", "{", "}", "\"", "if . then 1", "selct(.a)", "$x", "select", "env", "$ENV", "input", "debug", "import \"a\" as a; .", "include \"a\"; ."]:
        for field in ["when", "payload"]:
            problem = {"severity": "error", "path": f"/0/{field}", "message": "~"}
            vectors.append(parsing(f"{field}: {expression!r} is no expression", {field: expression}, {"webhooks": [], "problems": [problem]}))
    for text, seconds in [("5s", 5), ("45m30s", 2730), ("1m30s", 90), (7, 7), (1.5, 1.5), ("250ms", 0.25), ("100us", 0.0001), ("60m", 3600)]:
        vectors.append(right(f"a timeout of {text}", {"timeout": text}, {"timeout": round(seconds * SECOND)}))
    for text in ["5 s", "5S", "", "1:30", "-5s", "5x", "s", True, None, [], 0, "2h"]:
        vectors.append(refused(f"a timeout of {text!r}", {"timeout": text}, "/timeout"))
    for selector in ["after:*", "before:*", "*:adjust", "*:*", "after:m*", "before:*e"]:
        vectors.append(right(f"the selector {selector}", {"events": selector}, {"events": [selector]}))
    for name in ["measure", "on:measure", "measure:before", "AFTER:measure", "after: measure", "after measure", "*", "after:**", "after:1st", "after:é", "after:" + "m" * 129, "", ":"]:
        vectors.append(refused(f"the event {name[:20]!r}", {"events": name}, "/events"))
    for url in ["", "example.com", "//example.com", "ftp://example.com", "https://", "https:///x", "https://u:p@example.com", "https://example.com:0", "https://example.com:99999",
                "${URL}", "$URL", "$(URL)", "{{ URL }}", "env:URL", "file:url", "https://${HOST}/", "https://example.com/{{ path }}",
                "https://exa mple.com", "https://[::1", "https://ex\\ample.com", "https://bücher.example", 5, None, []]:  # fmt: skip
        vectors.append(refused(f"the url {url!r}", {"url": url}, "/url"))
    for value in ["${TOKEN}", "$TOKEN", "$(TOKEN)", "{{ TOKEN }}", "Bearer ${TOKEN}", "a {{ token }} b"]:
        vectors.append(refused(f"the header's value {value!r}", {"headers": {"X-A": value}}, "/headers/X-A"))
    for value in ["$5", "$a", "env:prod", "file:a", "Bearer $TOKEN", "{a}"]:
        vectors.append(right(f"the header's value {value!r}", {"headers": {"X-A": value}}, {"headers": [["X-A", value], ["User-Agent", "~servo-webhooks/"]]}))
    for header in ["Host", "Content-Type", "content-length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer", "Upgrade", "Expect", "HTTP2-Settings", "Proxy-Authorization",
                   "Accept-Encoding", "Date", "Cookie", "Via", "Forwarded", "X-Forwarded-For", "X-Servo-Event", "Webhook-Id", "ce-id", "X A", "", "é"]:  # fmt: skip
        problem = {"severity": "error", "path": f"/0/headers/{header}"}
        vectors.append(parsing(f"the header {header!r} cannot be set", {"headers": {header: "x"}}, {"webhooks": [], "problems": [problem]}))
    for backoff in [True, None, "no", 3, [], {"max_tries": 0}, {"max_tries": 1.5}, {"max_tries": "3"}, {"max_time": "x"}, {"tries": 3}]:
        vectors.append(parsing(f"backoff: {backoff!r}", {"backoff": backoff}, {"webhooks": [], "problems": [{"severity": "error", "path": "~/0/backoff"}]}))
    for name in ["a b", "-a", "a-", ".", "", "c" * 254, "é", "a/b"]:
        vectors.append(refused(f"the channel {name[:10]!r}", {"events": ..., "channels": name}, "/channels"))
    return vectors


# ---- headers of a webhook's own


def documented_headers():
    """The names that a webhook cannot set, as the reference of the configuration lists them."""
    page = (HERE.parent.parent / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
    section = page.split("\n## Headers\n")[1].split("\n## ")[0]
    listed = re.search(r"(?:^- .*\n(?:  .*\n)*)+", section, re.MULTILINE)[0]
    return re.findall(r"`([^`]+)`", listed)


# Some of the registry of the IANA, and some that only look like a name of the list.
FREE = ["Accept", "Accept-Language", "Age", "Authorization", "Cache-Control", "Dated", "Forward", "From", "Hosts", "If-Match", "Idempotency-Key", "Link",
        "Max-Forwards", "Origin", "Prefer", "Priority", "Range", "Referer", "Set-Cookie", "Tea", "Trailers", "User-Agent", "Vary", "Viaduct", "X-Api-Key",
        "X-Host", "X-Keep-Alive", "X-Request-Id", "x-servox", "!#$%&'*+-.^_`|~09aZ"]  # fmt: skip


def own_headers():
    listed = documented_headers()
    patterns = [re.compile(re.escape(name).replace(r"\*", ".*"), re.IGNORECASE) for name in listed]

    def header(name, value="v"):
        # RFC 9110, sections 5.1 and 5.5.
        token = re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
        allowed = token and not any(pattern.fullmatch(name) for pattern in patterns) and re.fullmatch(r"[ -~]*", value)
        why = f"{name!r}: {value!r} {'is' if allowed else 'cannot be'} a webhook's own"
        return vector(why, {"name": name, "value": value}, "own" if allowed else "refused")

    names = [*FREE, "", "a b", "a:b", "é", "X\r\nA", "X-A "]
    for name in listed:
        # What comes behind a family, or nothing; and what has a little less or more.
        full = [name.replace("*", ending) for ending in ["", "Id", "a-b"]] if "*" in name else [name]
        names += [spelled for one in full for spelled in [one, one.lower(), one.upper()]]
        names += [f"A-{full[0]}", f"{full[0]}A" if "*" not in name else full[0].rstrip("-"), full[0].replace("-", "_")]
    values = ["", "v", "Bearer a.b-c", "a\r\nX: y", "a\nb", "\0", "\x7f"]
    return [header(name) for name in dict.fromkeys(names)] + [header("X-Token", value) for value in values]


# ---- schema and sample

STANDARD = ["attach", "detach", "startup", "shutdown", "promote", "metrics", "components", "check", "describe", "measure", "adjust"]


def event_type(name, parameters=None, value=None):
    return {"name": name, "parameters": parameters, "value": value}


def schema():
    vectors = []
    own = json.dumps({"type": "object", "required": ["version"]})
    for event in [*STANDARD, "deploy"]:
        for side in ["before", "after"]:
            name = f"{side}:{event}"
            results = {"type": "null"} if side == "before" else {"type": "array"}
            members = {"event": {"const": name}, "results": results, "id": {"minLength": 1, "maxLength": 256}}
            body = {"type": "object", "properties": members, "required": ["event", "created_at", "results", "id", "parameters"], "additionalProperties": False}
            top = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
            defs = {"parameters": {"type": "object"}}
            if event == "deploy":
                defs["parameters"]["required"] = ["version"]
            about = event_type(name, own if event == "deploy" else None)
            given = {"webhook": BASE, "source": "", "event_type": about}
            vectors.append(vector(f"the body of {name}", given, {"content_type": CONTENT_TYPE, "schema": top | body | {"$defs": defs}}))
            given = {"webhook": BASE | {"format": "cloudevents"}, "source": "/servos/web", "event_type": about}
            kind = {"const": f"com.opsani.servo.{side}.{event}"}
            outer = {"properties": {"specversion": {"const": "1.0"}, "type": kind, "data": body}}
            vectors.append(vector(f"{name} as a CloudEvent", given, {"content_type": "application/cloudevents+json", "schema": top | outer | {"$defs": defs}}))
    given = {"webhook": BASE | {"payload": ".", "content_type": "application/x+json", "payload_schema": {"enum": [1.50]}}, "source": "", "event_type": event_type("after:measure")}
    vectors.append(vector("a payload's own schema", given, {"content_type": "application/x+json", "schema": {"enum": [1.5]}}))
    for why, about in [
        ("a message has the form of its publisher", event_type("channel:news")),
        ("a name has a side", event_type("measure")),
        ("a schema of the host's own is JSON", event_type("after:deploy", "{")),
        ("a schema is an object or a boolean", event_type("after:deploy", "[]")),
    ]:
        vectors.append(vector(why, {"webhook": BASE, "source": "", "event_type": about}, {"error": "~"}))
    return vectors


def sample():
    vectors = []
    for event in [*STANDARD, "deploy"]:
        for side in ["before", "after"]:
            name = f"{side}:{event}"
            results = None if side == "before" else "~connector"
            expected = {"name": name, "id": "i", "created": CREATED, "parameters": "~{", "results": results}
            vectors.append(vector(f"a sample of {name}", {"event_type": event_type(name), "id": "i", "created": CREATED}, expected))
    own = event_type("after:deploy", '{"examples": [{"tag": "v1"}]}', '{"enum": [7]}')
    expected = {"parameters": '{"tag":"v1"}', "results": "~7"}
    vectors.append(vector("a schema's own example", {"event_type": own, "id": "i", "created": CREATED}, expected))
    vectors.append(vector("a name has a side", {"event_type": event_type("measure"), "id": "i", "created": CREATED}, {"error": "~"}))
    return vectors


for function in (select, render, sign, judge, parse_config, own_headers, schema, sample):
    write(function.__name__.replace("_", "-"), function())
