"""What is sent: one rendering of an event or message, shared by all webhooks of its shape
and by all their attempts."""

from __future__ import annotations

from typing import NamedTuple

from . import headers
from .occasion import EventError, Occasion, wit_content
from .sandbox import CallError, Connector, Shape, records

_REASON = 1 << 10
"""Bytes of a text of the component's that are shown."""


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


def render(connector: Connector, occasion: Occasion, shape: Shape) -> Parcel:
    """Asks the connector what a shape makes of an occasion.

    Raises:
        Skipped: If its condition does not hold.
        EventError: If the occasion is at fault.
        Unrendered: If the webhook is.
    """
    try:
        tag, found = connector.render(shape, occasion.to_wit(), occasion.size)
        kind, content = found
        if tag == "err":
            if kind == "occasion":
                raise EventError(capped(content))
            raise Unrendered(capped(content))
        if kind == "skip":
            raise Skipped(capped(content))
        return _parcel(occasion, content)
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
        return Parcel(pairs, request.body.encode(), ("text", request.body))
    if isinstance(occasion.subject, records.Event):
        raise CallError.unusable("render", "an event without a body")
    return Parcel(pairs, occasion.content, wit_content(occasion.content))


def capped(text: str) -> str:
    """Texts of a component end up in logs and on terminals: cut, without control characters."""
    shown = "".join(character if character.isprintable() else "\ufffd" for character in text[:_REASON])
    return shown.encode()[:_REASON].decode(errors="ignore")
