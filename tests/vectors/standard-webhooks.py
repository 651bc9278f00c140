"""Writes standard-webhooks.json: signatures of Standard Webhooks, made by Python's hmac and the
package cryptography. Keys and bodies are drawn from a fixed seed, so that it always writes the same.
"""

import base64
import hashlib
import hmac
import json
import random

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

draw = random.Random(20261123)
BODIES = ["", "{}", '{"test": 2432232314}', "é☃😀", '{"a":1.0,"b":[null,true]}', "line\nbreak\r\n", " ", "x" * 1000]


def text(data):
    return base64.b64encode(data).decode()


def vector(index):
    key_bytes = draw.randbytes(draw.choice([24, 32, 48, 64]))
    seed = draw.randbytes(32)
    message_id = f"msg_{draw.randbytes(8).hex()}"
    timestamp = draw.randrange(1_500_000_000, 2_000_000_000)
    body = BODIES[index % len(BODIES)]
    content = f"{message_id}.{timestamp}.{body}".encode()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)
    # The private key is written as the seed alone, or with its public half.
    private_bytes = seed if index % 2 else seed + public
    return {
        "id": message_id,
        "timestamp": timestamp,
        "body": body,
        "v1": {
            "key": f"whsec_{text(key_bytes)}",
            "signature": f"v1,{text(hmac.new(key_bytes, content, hashlib.sha256).digest())}",
        },
        "v1a": {
            "key": f"whsk_{text(private_bytes)}",
            "public": f"whpk_{text(public)}",
            "signature": f"v1a,{text(private.sign(content))}",
        },
    }


about = (
    "Signatures of Standard Webhooks 1.0: `v1` is base64 of HMAC-SHA256, `v1a` of ed25519 (RFC 8032), both over"
    " `id.timestamp.body` in UTF-8, timestamp in seconds. A key is base64 after its prefix; a private one is the seed, or the"
    " seed and the public key."
)
print(json.dumps({"about": about, "vectors": [vector(index) for index in range(64)]}, indent=1, ensure_ascii=False))
