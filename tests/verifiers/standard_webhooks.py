"""Verifies requests with the official libraries, and ed25519 with the package cryptography.

Reads a list of {"headers", "body", "hmac": [KEY], "ed25519": [PUBLIC KEY]} and fails where a
signature is missing or wrong, or where a library takes what was changed.
"""

import base64
import json
import sys

import standardwebhooks
import svix.webhooks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verifies_v1(library, key, headers, body):
    try:
        library.Webhook(key).verify(body, headers)
        return True
    except library.WebhookVerificationError:
        return False


def verifies_v1a(key, headers, body):
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    for signature in headers["webhook-signature"].split(" "):
        version, _, value = signature.partition(",")
        if version == "v1a":
            try:
                public.verify(base64.b64decode(value), content)
                return True
            except InvalidSignature:
                pass
    return False


verified = 0
for case in json.load(open(sys.argv[1])):
    headers, body = case["headers"], case["body"]
    count = len(case["hmac"]) + len(case["ed25519"])
    assert len(headers["webhook-signature"].split(" ")) == count, headers
    for key in case["hmac"]:
        for library in (standardwebhooks, svix.webhooks):
            assert verifies_v1(library, key, headers, body), headers
            assert not verifies_v1(library, key, headers, body + " "), "a changed body"
            assert not verifies_v1(library, key, headers | {"webhook-id": "other"}, body), "another id"
        verified += 1
    for key in case["ed25519"]:
        assert verifies_v1a(key, headers, body), headers
        assert not verifies_v1a(key, headers, body + " "), "a changed body"
        verified += 1
print(verified)
