"""Signatures: HMAC-SHA1 of the servo, Standard Webhooks, and both."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from story import ADJUST, MEASURE, SECRET, Message, accepted, hook, proceeded, scenario, status


def key(prefix, data):
    return prefix + base64.b64encode(data).decode()


SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
SHARED = key("whsec_", bytes(range(100, 132)))
SHORTEST = key("whsec_", bytes(range(24)))
LONGEST = key("whsec_", bytes(range(64)))
PRIVATE = key("whsk_", SEED)
PAIR = key("whsk_", SEED + PUBLIC)
STANDARD = {"signatures": "standard"}
ABSENT = ("webhook-id", "webhook-timestamp", "webhook-signature")


def signed(event, standard=None, secret=None, **more):
    """A request as `event` has it, with these signatures and no others."""
    request = event.request(**more)
    del request["signed_with"]
    request["absent"] = list(ABSENT if standard is None else ()) + ([] if secret else ["x-servo-signature"])
    found = {"signed_with": secret, "standard": standard}
    return request | {name: value for name, value in found.items() if value is not None}


def told(name, why, fields, event=MEASURE, **signatures):
    return scenario(
        name,
        why,
        [hook("store", "after:measure", **fields)],
        [event],
        requests={"/store": [signed(event, **signatures)]},
        outcomes=[event.outcome("accepted", accepted("store"))],
        deliveries=[event.delivery("store")],
    )


def scenarios():
    yield told("one secret", "X-Servo-Signature is the HMAC-SHA1 of the body", {}, secret=SECRET)
    yield told("a list of one secret", "a list is the form for rotation", {"secret": [SECRET]}, secret=SECRET)
    yield told(
        "two secrets", "the first of a list is the current one, and signs", {"secret": ["new", "old"]}, secret="new"
    )
    yield told("a short secret", "any text that is not empty is a secret", {"secret": "x"}, secret="x")
    yield told("a long secret", "a key longer than a block of the hash", {"secret": "k" * 200}, secret="k" * 200)
    text = '[{"connector":"p","value":{"é":"☃","n":1.0}}]'
    yield told(
        "a signature of letters beyond ASCII",
        "the bytes that are sent are what is signed",
        {},
        MEASURE.named(results=text),
        secret=SECRET,
    )
    yield told(
        "Standard Webhooks with a shared key",
        "v1 is HMAC-SHA256 over id, time and body",
        STANDARD | {"secret": SHARED},
        standard=[SHARED],
    )
    for what, one in (("24", SHORTEST), ("64", LONGEST)):
        yield told(
            f"a shared key of {what} bytes",
            "a shared key has 24 to 64 bytes",
            STANDARD | {"secret": one},
            standard=[one],
        )
    yield told(
        "Standard Webhooks with a pair of keys",
        "v1a is ed25519 over id, time and body",
        STANDARD | {"secret": PRIVATE},
        standard=[PRIVATE],
    )
    yield told(
        "a private key with its public one",
        "64 bytes are a seed and its public key",
        STANDARD | {"secret": PAIR},
        standard=[PAIR],
    )
    both = [SHARED, SHORTEST]
    yield told(
        "a shared key in rotation",
        "every key signs while they rotate, the current one first",
        STANDARD | {"secret": both},
        standard=both,
    )
    both = [PRIVATE, SHARED]
    yield told(
        "keys of both kinds",
        "every key signs with its own kind, in their order",
        STANDARD | {"secret": both},
        standard=both,
    )
    for schemes in (["servo", "standard"], ["standard", "servo"]):
        fields = {"signatures": schemes, "secret": ["plain", SHARED]}
        yield told(
            f"both schemes: {', '.join(schemes)}",
            "each scheme signs with the keys that are its own",
            fields,
            secret="plain",
            standard=[SHARED],
        )
    fields = {"signatures": ["servo", "standard"], "secret": [PRIVATE, "new", SHARED, "old"]}
    yield told(
        "both schemes, each in rotation",
        "the first plain secret signs for the servo, every prefixed key for the standard",
        fields,
        secret="new",
        standard=[PRIVATE, SHARED],
    )
    fields = {"signatures": "servo", "secret": [SHARED, "plain"]}
    yield told("a prefixed key beside a plain one", "a prefixed key never signs for the servo", fields, secret="plain")
    yield scenario(
        "Standard Webhooks before an event",
        "the signatures are the same on either side",
        [hook("approve", "before:adjust", secret=SHARED, **STANDARD)],
        [ADJUST],
        requests={"/approve": [signed(ADJUST, standard=[SHARED])]},
        outcomes=[ADJUST.outcome("proceed", proceeded("approve"))],
    )
    yield scenario(
        "Standard Webhooks at a retry",
        "every attempt is signed afresh, under the same id",
        [hook("store", "after:measure", secret=[SHARED, PRIVATE], **STANDARD)],
        [MEASURE],
        answers={"/store": [status(503), status(200)]},
        requests={"/store": [signed(MEASURE, standard=[SHARED, PRIVATE], attempt=attempt) for attempt in (1, 2)]},
        outcomes=[MEASURE.outcome("accepted", accepted("store"))],
        deliveries=[MEASURE.delivery("store", attempts=2)],
    )
    for what, message in [
        ("a text", Message("the_news", "héllo")),
        ("bytes", Message("the_news", "/wAB/g==", "application/octet-stream", "content_base64")),
        ("nothing", Message("the_news", "")),
    ]:
        yield scenario(
            f"both schemes over a message of {what}",
            "a message's bytes are signed as they are",
            [hook("relay", channels="the_news", secret=["plain", SHARED], signatures=["servo", "standard"])],
            [message],
            requests={"/relay": [message.request(secret="plain", standard=[SHARED])]},
            outcomes=[message.outcome("accepted", accepted("relay"))],
            deliveries=[message.delivery("relay")],
        )
