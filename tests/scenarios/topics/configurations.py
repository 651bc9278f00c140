"""Configurations that are refused: all problems at once, each with its place."""

from story import hook, refused

ONE = hook("store", "after:measure")
WRONG = [
    ("a misspelt key", {"time_out": "5s"}, "time_out", "timeout"),
    ("an unknown key", {"colour": "red"}, "colour", "colour"),
    ("an event without a side", {"events": "measure"}, "events", "before:measure"),
    ("an event with another side", {"events": "on:measure"}, "events", "after:measure"),
    ("an event the wrong way round", {"events": "measure:before"}, "events", "before:measure"),
    ("an event in capitals", {"events": "AFTER:measure"}, "events", "after:measure"),
    ("a star alone", {"events": "*"}, "events", "after:*"),
    ("a wrong event in a list", {"events": ["after:measure", "measure"]}, "events[1]", "after:measure"),
    ("a URL of another scheme", {"url": "ftp://example.com/"}, "url", "http"),
    ("a URL without a host", {"url": "http:///path"}, "url", "host"),
    ("a URL with a password", {"url": "http://user:pa55@example.com/"}, "url", "header"),
    ("a secret that is a number", {"secret": 12345}, "secret", "quotes"),
    ("an empty secret", {"secret": ""}, "secret", "empty"),
    ("a reference of another kind", {"secret": {"vault": "x"}}, "secret", "env"),
    ("a name that is a number", {"name": 7}, "name", "quotes"),
    ("a header of the transport", {"headers": {"Host": "x"}}, "headers.Host", "Host"),
    ("a cookie", {"headers": {"Cookie": "x"}}, "headers.Cookie", "Cookie"),
    ("a header twice but for case", {"headers": {"Team": "x", "TEAM": "y"}}, "headers.TEAM", "TEAM"),
    ("a header over two lines", {"headers": {"Team": "x\r\nEvil: y"}}, "headers.Team", "line"),
    ("a header that is a number", {"headers": {"Team": 7}}, "headers.Team", "quotes"),
    ("backoff: true", {"backoff": True}, "backoff", "false"),
    ("backoff: null", {"backoff": None}, "backoff", "false"),
    ("backoff: no, as text", {"backoff": "no"}, "backoff", "false"),
    ("no tries", {"backoff": {"max_tries": 0}}, "backoff.max_tries", "1"),
    ("an unknown key of backoff", {"backoff": {"max_retries": 3}}, "backoff.max_retries", "max_tries"),
    ("a negative time", {"backoff": {"max_time": "-5s"}}, "backoff.max_time", "negative"),
    ("a time of YAML 1.1", {"backoff": {"max_time": "1:30"}}, "backoff.max_time", "90s"),
    ("a duration with a space", {"timeout": "5 s"}, "timeout", "5"),
    ("a timeout of nothing", {"timeout": 0}, "timeout", "0"),
    ("a version of HTTP that is none", {"http_version": "3"}, "http_version", "1.1"),
    ("another on_error", {"on_error": "abort"}, "on_error", "cancel"),
    ("enabled as text", {"enabled": "off"}, "enabled", "false"),
    ("a channel out of its grammar", {"channels": "the news"}, "channels", "letters"),
    ("a response channel out of its grammar", {"response_channel": "answers."}, "response_channel", "letter"),
    ("another format", {"format": "xml"}, "format", "cloudevents"),
    ("a CloudEvent without a source", {"format": "cloudevents"}, "format", "source"),
    ("another scheme of signatures", {"signatures": "sha256"}, "signatures", "standard"),
    ("a plain secret for the standard", {"signatures": "standard"}, "secret", "whsec_"),
    ("a condition that is unfinished", {"when": ".a |"}, "when", "expected a value"),
    ("a payload with an unknown function", {"payload": "selct(.a)"}, "payload", "select"),
    ("a payload that reads the environment", {"payload": "env"}, "payload", "env"),
    ("a content type without a payload", {"content_type": "text/plain"}, "content_type", "payload"),
]


def without(*keys):
    return {key: value for key, value in ONE.items() if key not in keys}


def scenarios():
    for what, fields, path, part in WRONG:
        why = "a wrong configuration loads nothing; the problem is told with its place and what to write"
        yield refused(f"refused: {what}", why, [ONE | fields], (f"webhooks[0].{path}", part))
    yield refused("refused: no url", "a url is required", [without("url")], ("webhooks[0]", "url"))
    yield refused("refused: no secret", "the form of a reference is named", [without("secret")], ("webhooks[0]", "env"))
    yield refused(
        "refused: no events", "a webhook needs an event or a channel", [without("events")], ("webhooks[0]", "event")
    )
    yield refused(
        "refused: a text in place of a webhook", "a webhook is a mapping", ["after:measure"], ("webhooks[0]", "mapping")
    )
    yield refused(
        "refused: one name twice",
        "a name is unique",
        [ONE, ONE | {"events": "after:adjust"}],
        ("webhooks[1].name", "name"),
    )
    yield refused(
        "refused: a header of the signature in a list",
        "names that belong to the signature cannot be set",
        [ONE | {"headers": [{"name": "X-Team", "value": "x"}, {"name": "X-Servo-Signature", "value": "x"}]}],
        ("webhooks[0].headers[1].name", "X-Servo-Signature"),
    )
    relay = hook("relay", channels="a", response_channel="b")
    yield refused(
        "refused: a cycle of channels",
        "an answer could feed itself for ever",
        [relay, hook("back", channels="b", response_channel="a")],
        ("webhooks[0].response_channel", "b"),
    )
    yield refused(
        "refused: a channel that feeds itself",
        "an answer could feed itself for ever",
        [relay | {"channels": ["b", "c"]}],
        ("webhooks[0].response_channel", "b"),
    )
    yield refused(
        "refused: many problems",
        "all problems are told at once",
        [
            without("secret") | {"events": "measure", "backof": False},
            ONE | {"url": "x"},
            ONE | {"name": "third", "timeout": "1 h"},
        ],
        ("webhooks[0]", "secret"),
        ("webhooks[0].events", "after:measure"),
        ("webhooks[0].backof", "backoff"),
        ("webhooks[1].url", "http"),
        ("webhooks[1].name", "name"),
        ("webhooks[2].timeout", "1"),
    )
