"""Reads requests of OTLP, each a line in base64, and writes their spans as JSON, a line each.

The messages are those of the official package, `opentelemetry-proto`.
"""

import base64
import json
import sys

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


def attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


for line in sys.stdin:
    request = ExportTraceServiceRequest.FromString(base64.b64decode(line))
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                print(
                    json.dumps(
                        {
                            "resource": attributes(resource_spans.resource.attributes),
                            "scope": scope_spans.scope.name,
                            "name": span.name,
                            "kind": Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
                            "trace": span.trace_id.hex(),
                            "id": span.span_id.hex(),
                            "parent": span.parent_span_id.hex(),
                            "tracestate": span.trace_state,
                            "start": span.start_time_unix_nano,
                            "end": span.end_time_unix_nano,
                            "attributes": attributes(span.attributes),
                            "status": Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
                            "message": span.status.message,
                            "links": [
                                {"trace": link.trace_id.hex(), "id": link.span_id.hex()} for link in span.links
                            ],
                        }
                    )
                )
