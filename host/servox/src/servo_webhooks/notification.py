"""What webhooks are called for: one side of an event, or a message."""

from __future__ import annotations

import re
from typing import NamedTuple

from .sandbox import records
from .times import now, uuid7

_CONTENT_TYPE = re.compile(r"[!-.0-~]+/[ -~]+\Z")


class EventError(Exception):
    """Why something is not a valid event. No webhook can be called for it."""


class Notification(NamedTuple):
    """One side of an event, or a message, with its name."""

    name: str
    """As `X-Servo-Event` carries it: `before:adjust`, `channel:news`."""
    id: str
    """The same on both sides of an event."""
    subject: records.Event | records.Message
    size: int
    """Bytes that it carries."""
    content: bytes = b""
    """Of a message, unchanged."""
    fault: str | None = None
    """Why nobody can be told."""

    @property
    def label(self) -> str:
        """Name and id, for the log."""
        return f"{self.name}, event {self.id}"

    @property
    def is_before(self) -> bool:
        """Whether the servo waits for answers."""
        return self.name.startswith("before:")

    def to_wit(self) -> records.Notification:
        """As the connector takes it."""
        return "event" if isinstance(self.subject, records.Event) else "message", self.subject


def event(
    name: str, parameters: str, results: str | None, id: str | None = None, created: str | None = None
) -> Notification:
    """One side of an event.

    Args:
        name: With its side: `before:adjust`, `after:measure`.
        parameters: A JSON object.
        results: A JSON array of `{"connector", "value"}`; none before an event.
        id: 1 to 256 characters; left out: a new one.
        created: RFC 3339 with offset; left out: now.
    """
    id = id or uuid7()
    size = len(parameters) + len(results or "")
    return Notification(name, id, records.Event(name, id, created or now(), parameters, results), size)


def impossible(name: str, why: EventError, id: str) -> Notification:
    """One side of an event whose values cannot be sent."""
    return Notification(name, id, records.Event(name, id, now(), "{}", None), 0, fault=str(why))


def message(
    channel: str, content_type: str, content: bytes, id: str | None = None, created: str | None = None
) -> Notification:
    """A message on a channel.

    Raises:
        EventError: If its content type cannot be sent.
    """
    if not _CONTENT_TYPE.match(content_type):
        raise EventError("the content type of a message must be a media type such as text/plain")
    id = id or uuid7()
    subject = records.Message(channel, id, created or now(), content_type, wit_content(content))
    return Notification(f"channel:{channel}", id, subject, len(content), content)


def wit_content(content: bytes) -> records.Content:
    """Bytes as the connector takes them: text if they are UTF-8."""
    try:
        return "text", content.decode()
    except UnicodeDecodeError:
        return "binary", content
