"""Where requests may go: the host decides, and public addresses alone are allowed by default."""

from story import ADJUST, ANY, MEASURE, accepted, hook, scenario, settled

REFUSED = "~SERVO_WEBHOOKS_ALLOW"
ELSEWHERE = [
    "http://10.1.2.3/", "http://172.16.0.1/", "http://192.168.1.1/", "http://100.64.0.1/", "http://0.0.0.0/", "http://127.9.9.9/",
    "http://169.254.169.254/latest/", "http://168.63.129.16/", "http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fc00::1]/",
    "http://[::ffff:127.0.0.1]/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::7f00:1]/",
]  # fmt: skip


def refusing(name, why, url, allow):
    return scenario(
        name,
        why,
        [hook("store", "after:measure", url=url)],
        [MEASURE],
        needs=["origin"],
        allow=allow,
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[
            {"event": "after:measure", "webhook": "store", "outcome": "failed", "status": None, "error": REFUSED}
        ],
    )


def allowing(name, why, allow):
    return scenario(
        name,
        why,
        [hook("store", "after:measure")],
        [MEASURE],
        allow=allow,
        requests={"/store": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store")],
    )


def scenarios():
    for url in ELSEWHERE:
        yield refusing(
            f"refused by default: {url.split('/')[2]}",
            "loopback, private, link-local and other special addresses are refused; the error names the option",
            url,
            [],
        )
    responder = "{responder}/store"
    yield refusing("the responder is refused by default", "loopback is not allowed by itself", responder, [])
    yield refusing("private is not loopback", "private allows no loopback", responder, ["private"])
    yield refusing(
        "another network is not this one",
        "a CIDR allows its own addresses alone",
        responder,
        ["127.0.1.0/24", "10.0.0.0/8", "::1"],
    )
    yield refusing("another host is not this one", "a host's name allows that host alone", responder, ["example.com"])
    metadata = "http://169.254.169.254/latest/"
    yield refusing(
        "metadata is not private",
        "link-local and metadata addresses are allowed by that very address alone",
        metadata,
        ["private", "loopback"],
    )
    yield refusing(
        "a network is not enough for metadata",
        "link-local and metadata addresses are allowed by that very address alone",
        metadata,
        ["169.254.0.0/16"],
    )
    for url, allow in [
        ("http://[64:ff9b:1::a9fe:a9fe]/", "64:ff9b:1::/48"),
        ("http://[64:ff9b:1:a9fe:a9:fe00::]/", "64:ff9b:1::/48"),
        ("http://[64:ff9b::a9fe:a9fe]/", "64:ff9b::/96"),
        ("http://[::ffff:7f00:1]/", "::ffff:0:0/96"),
        ("http://[2002:a9fe:a9fe::1]/", "2002::/16"),
        ("http://[2001:0:a9fe:a9fe::1]/", "2001::/32"),
        ("http://[::ffff:0:a00:1]/", "::/0"),
    ]:
        yield refusing(
            f"{allow} allows nothing inside: {url.split('/')[2]}",
            "an address that carries others is judged by the strictest of itself and of all that it carries",
            url,
            [allow],
        )
    yield allowing("allowed by a word", "loopback allows loopback", ["loopback"])
    yield allowing("allowed by a word in any case", "words have any case", ["Loopback"])
    yield allowing(
        "blanks around what is allowed", "blanks and empty items count for nothing", ["", " LOOPBACK ", " "]
    )
    yield refusing("nothing but blanks allows nothing", "blanks and empty items count for nothing", responder, ["", " "])
    yield allowing("allowed beside a name that is one for sure", "a dot at its end says that it is a host", ["privat.", "loopback"])
    yield allowing("allowed by a CIDR", "a CIDR allows its addresses", ["10.0.0.0/8", "127.0.0.0/8"])
    yield allowing("allowed by its address", "an address allows itself", ["127.0.0.1"])
    for policy, decision, reason in (("proceed", "proceed", None), ("cancel", "cancelled", ANY)):
        yield scenario(
            f"refused before an event, on_error {policy}",
            "what is not sent has no answer: on_error decides, at once and without a retry",
            [hook("approve", "before:adjust", on_error=policy, backoff={"max_tries": 5})],
            [ADJUST],
            needs=["origin"],
            allow=[],
            outcomes=[
                {
                    "event": "before:adjust",
                    "id": "adjust-1",
                    "outcome": decision,
                    "reason": reason,
                    "webhooks": [
                        {"index": 0, "name": "approve", "outcome": "no_answer", "status": None, "error": REFUSED}
                    ],
                }
            ],
        )
    yield scenario(
        "one is refused and the other is told",
        "a refusal is that webhook's own",
        [hook("far", "after:measure", url="http://10.1.2.3/"), hook("near", "after:measure")],
        [MEASURE],
        needs=["origin"],
        requests={"/near": [MEASURE.request()]},
        outcomes=[MEASURE.outcome("accepted", accepted("far"), settled("near", "accepted", index=1))],
        deliveries=[
            {"webhook": "far", "index": 0, "outcome": "failed", "status": None, "error": REFUSED},
            MEASURE.delivery("near", index=1),
        ],
    )
