"""An event as the scenarios state it, made into what the host is told."""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import Any

from servo_webhooks import notification
from servo_webhooks.notification import EventError, Notification

_EVENT = re.compile(r"(before|after):[A-Za-z_][A-Za-z0-9_.-]{0,127}\Z")
_CHANNEL = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z._-]{0,251}[0-9A-Za-z])?\Z")
_EVENT_KEYS = {"event", "id", "created_at", "parameters", "results", "parameters_json", "results_json", "padding"}
_MESSAGE_KEYS = {"channel", "id", "created_at", "content_type", "content", "content_base64"}


def read(step: dict[str, Any]) -> Notification:
    """Reads a step.

    Raises:
        EventError: If it is no event or message.
    """
    _known(step, _EVENT_KEYS if "event" in step else _MESSAGE_KEYS)
    id, created = _id(step), _created(step)
    if "event" not in step:
        return _message(step, id, created)
    name = step["event"]
    if not isinstance(name, str) or not _EVENT.match(name):
        raise EventError("no name of an event")
    parameters = _json(step, "parameters", "{}", dict)
    if "padding" in step:
        parameters = json.dumps({"padding": "x" * step["padding"]}, separators=(",", ":"))
    results = _json(step, "results", None, list)
    if name.startswith("before:"):
        if results is not None:
            raise EventError("results before an event")
        return notification.event(name, parameters or "{}", None, id, created)
    for result in json.loads(results or "[]"):
        if not isinstance(result, dict) or set(result) != {"connector", "value"}:
            raise EventError("a result is a connector and a value")
        if not isinstance(result["connector"], str):
            raise EventError("a connector has a name")
    return notification.event(name, parameters or "{}", results or "[]", id, created)


def _known(step: dict[str, Any], keys: set[str]) -> None:
    if not set(step) <= keys:
        raise EventError("an unknown key")


def _id(step: dict[str, Any]) -> str | None:
    id = step.get("id")
    if id is not None and not (isinstance(id, str) and 1 <= len(id) <= 256):
        raise EventError("no id")
    return id


def _created(step: dict[str, Any]) -> str | None:
    text = step.get("created_at")
    if text is None:
        return None
    try:
        created = datetime.fromisoformat(text.upper())
    except (TypeError, ValueError, AttributeError):
        raise EventError("no time") from None
    if "T" not in text.upper():
        raise EventError("no time of day")
    created = created if created.tzinfo else created.replace(tzinfo=UTC)
    return created.isoformat(timespec="microseconds" if created.microsecond else "seconds")


def _json(step: dict[str, Any], key: str, default: str | None, kind: type) -> str | None:
    if f"{key}_json" in step:
        text: str = step[f"{key}_json"]
        try:
            value = json.loads(text)
        except ValueError:
            raise EventError(f"{key} that are no JSON") from None
    elif key in step:
        value = step[key]
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    else:
        return default
    if not isinstance(value, kind):
        raise EventError(f"{key} of another kind")
    return text


def _message(step: dict[str, Any], id: str | None, created: str | None) -> Notification:
    channel, content_type = step.get("channel"), step.get("content_type")
    if not isinstance(channel, str) or not _CHANNEL.match(channel):
        raise EventError("no name of a channel")
    if not isinstance(content_type, str):
        raise EventError("no content type")
    if ("content" in step) == ("content_base64" in step):
        raise EventError("one content")
    try:
        content = base64.b64decode(step["content_base64"], validate=True) if "content_base64" in step else None
        return notification.message(
            channel, content_type, step["content"].encode() if content is None else content, id, created
        )
    except (AttributeError, TypeError, UnicodeEncodeError, binascii.Error):
        raise EventError("no content") from None
