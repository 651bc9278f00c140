"""What is sent: one rendering of an event or message, shared by all webhooks of a shape and all
their attempts."""

from __future__ import annotations

from typing import NamedTuple

from . import headers
from .foreign import shown
from .occasion import EventError, Occasion, wit_content
from .sandbox import CallError, Connector, Shape, Starved, records


class Skipped(Exception):
    """A condition does not hold: the webhook does not fire."""


class Unrendered(Exception):
    """The webhook has failed before anything was sent."""


class Parcel(NamedTuple):
    """What a shape makes of an occasion."""

    headers: headers.Pairs
    """Content type, event name, schema version and what the format adds."""
    body: bytes
    content: records.Content
    """The body as the connector takes it."""
    warning: str | None = None
    """To be logged, for each webhook that it goes to."""


def render(connector: Connector, occasion: Occasion, shape: Shape) -> Parcel:
    """Asks the connector what a shape makes of an occasion.

    Raises:
        Skipped: If its condition does not hold.
        EventError: If the occasion is at fault.
        Unrendered: If the webhook is.
        Starved: If the machine lacks memory for it.
    """
    try:
        tag, found = connector.render(shape, occasion.to_wit(), occasion.size)
        kind, content = found
        if tag == "err":
            if kind == "occasion":
                raise EventError(shown(content))
            raise Unrendered(shown(content))
        if kind == "skip":
            raise Skipped(shown(content))
        return _parcel(occasion, content)
    except Starved:
        raise
    except CallError as error:
        raise Unrendered(str(error)) from None


def _parcel(occasion: Occasion, request: records.Request) -> Parcel:
    if not headers.is_value(request.content_type):
        raise CallError.unusable("render", "a content type that cannot be sent")
    if not headers.is_value(occasion.name):
        raise CallError.unusable("render", "an event name that cannot be sent")
    pairs = [
        ("Content-Type", request.content_type),
        ("X-Servo-Event", occasion.name),
        *headers.rendered(request.headers),
    ]
    if request.schema_version is not None:
        pairs.append(("X-Servo-Schema", str(request.schema_version)))
    if request.body is not None:
        return Parcel(pairs, request.body.encode(), ("text", request.body), request.warning)
    if isinstance(occasion.subject, records.Event):
        raise CallError.unusable("render", "an event without a body")
    return Parcel(pairs, occasion.content, wit_content(occasion.content), request.warning)
