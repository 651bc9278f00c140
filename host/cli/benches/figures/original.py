"""The original connector's way of working: a new HTTP client for each request, one after the other.

    python original.py URL COUNT
"""

import asyncio
import hashlib
import hmac
import json
import sys

import httpx


async def main(url, count):
    with open("body", encoding="utf-8") as file:
        event = json.load(file)
    for _ in range(count):
        body = json.dumps(event, separators=(",", ":"))
        headers = {
            "Content-Type": "application/vnd.opsani.servo-webhooks+json",
            "X-Servo-Signature": hmac.new(b"s3cr3t", body.encode(), hashlib.sha1).hexdigest(),
        }
        async with httpx.AsyncClient(headers=headers) as client:
            response = await client.post(url, content=body, headers=headers)
            assert response.status_code == 200, response


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
