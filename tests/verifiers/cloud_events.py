"""Reads requests with the official SDK: a list of {"headers", "body"} in, a list of what it
made of them out."""

import json
import sys

from cloudevents.v1.http import from_http

events = []
for request in json.load(open(sys.argv[1])):
    event = from_http(request["headers"], request["body"].encode())
    data = event.get_data()
    # In binary mode the SDK leaves bytes of a type that it does not know as they are.
    data = json.loads(data) if isinstance(data, (bytes, str)) else data
    events.append({"attributes": dict(event.get_attributes()), "data": data})
print(json.dumps(events))
