"""What is sent: one rendering of an event or message, shared by all webhooks of a shape and all
their attempts."""

from __future__ import annotations

from typing import NamedTuple

from . import headers
from .notification import EventError, Notification, wit_content
from .sandbox import CallError, Connector, Shape, Starved, records
from .sanitize import sanitize


class Skipped(Exception):
    """A condition does not hold: the webhook does not fire."""


class Unrendered(Exception):
    """The webhook has failed before anything was sent."""


class RenderedRequest(NamedTuple):
    """What a shape makes of a notification."""

    headers: headers.Pairs
    """Content type, event name, schema version and what the format adds."""
    body: bytes
    content: records.Content
    """The body as the connector takes it."""
    warning: str | None = None
    """To be logged, for each webhook that it goes to."""


def render(connector: Connector, notification: Notification, shape: Shape) -> RenderedRequest:
    """Asks the connector what a shape makes of a notification.

    Raises:
        Skipped: If its condition does not hold.
        EventError: If the notification is at fault.
        Unrendered: If the webhook is.
        Starved: If the machine lacks memory for it.
    """
    try:
        tag, found = connector.render(shape, notification.to_wit(), notification.size)
        kind, content = found
        if tag == "err":
            if kind == "notification":
                raise EventError(sanitize(content))
            raise Unrendered(sanitize(content))
        if kind == "skip":
            raise Skipped(sanitize(content))
        return _rendered(notification, content)
    except Starved:
        raise
    except CallError as error:
        raise Unrendered(str(error)) from None


def _rendered(notification: Notification, request: records.Request) -> RenderedRequest:
    if not headers.is_value(request.content_type):
        raise CallError.unusable("render", "a content type that cannot be sent")
    if not headers.is_value(notification.name):
        raise CallError.unusable("render", "an event name that cannot be sent")
    pairs = [
        ("Content-Type", request.content_type),
        ("X-Servo-Event", notification.name),
        *headers.rendered(request.headers),
    ]
    if request.schema_version is not None:
        pairs.append(("X-Servo-Schema", str(request.schema_version)))
    if request.body is not None:
        return RenderedRequest(pairs, request.body.encode(), ("text", request.body), request.warning)
    if isinstance(notification.subject, records.Event):
        raise CallError.unusable("render", "an event without a body")
    return RenderedRequest(pairs, notification.content, wit_content(notification.content), request.warning)
