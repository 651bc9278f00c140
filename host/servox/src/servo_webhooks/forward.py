"""Hands what has happened over to a `serve` beside the servo, which keeps it and delivers it.

It is a webhook of its own, that the servo makes: so an event that is not taken is sent again, what
waits is bounded, and what is lost is logged. It goes to that one host alone, and past no proxy.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .configuration import Configuration, ConfigurationError
from .files import FileError, read
from .notification import EventError, Notification, message
from .options import FORWARD, FORWARD_TOKEN_FILE, Options
from .outbound import Allow, Proxies, Target, TargetError
from .sandbox import Connector, records
from .secret import Secret
from .webhook import Webhook

if TYPE_CHECKING:
    from .connector import WebhooksConnector

_NAME = "forward"
"""How it is called in the log."""

_PATH = "/events"

_BACKOFF = {"max_tries": 100, "max_time": "1h"}
"""A `serve` that is away for longer is not waited for."""

_ENVELOPE = 64 << 10
"""Bytes that are sent beside an event's own, at most."""

_MOST_TOKEN = 64 << 10


class Forward(NamedTuple):
    """Where events go that have happened."""

    target: Target
    token: Secret | None

    @classmethod
    def from_env(cls, variables: Mapping[str, str] = os.environ) -> Forward | None:
        """What the environment names; none if it names nothing.

        Raises:
            ValueError: If the URL or the token cannot be used.
        """
        url = variables.get(FORWARD)
        if not url:
            return None
        try:
            target = Target.parse(url)
        except TargetError as error:
            raise ValueError(f"{FORWARD}: {error}") from None
        if target.path not in (b"/", _PATH.encode()):
            raise ValueError(f"{FORWARD}: must be the address of `serve` without a path, as in http://127.0.0.1:8081")
        file = variables.get(FORWARD_TOKEN_FILE)
        return cls(target, _token(file) if file else None)

    def configuration(self, connector: Connector) -> Configuration:
        """The webhook that hands over.

        Raises:
            ConfigurationError: If the token cannot be a header.
        """
        values = {"SECRET": secrets.token_hex(32)}
        webhook = {
            "name": _NAME,
            "channels": [_NAME],
            "url": self.target.origin + _PATH,
            "secret": {"env": "SECRET"},
            "backoff": _BACKOFF,
        }
        if self.token is not None:
            values["TOKEN"] = f"Bearer {self.token.expose()}"
            webhook["headers"] = {"Authorization": {"env": "TOKEN"}}
        try:
            return _Configuration(connector, [webhook], variables=values)
        except ConfigurationError:
            raise ValueError(f"{FORWARD_TOKEN_FILE}: the token has characters that no header may have") from None

    def options(self, options: Options) -> Options:
        """Those of the servo, for this one host."""
        host = self.target.host if self.target.address else f"{self.target.host}."
        # An event that fits fits with what it is wrapped in too, twice as long at the most.
        most = 2 * options.max_event + _ENVELOPE
        return replace(options, allow=Allow([host]), proxies=Proxies({}), max_event=most)


def is_first(own: WebhooksConnector, connectors: Iterable[WebhooksConnector], channel: str | None = None) -> bool:
    """Whether a connector is the first of its servo, or of those that listen to a channel: of
    several with their own webhooks one hands over."""
    of_servo = [each for each in connectors if each._optimizer is own._optimizer]
    listening = [each for each in of_servo if channel is None or channel in each.webhooks.configuration.channels]
    return min(listening, key=lambda each: each.name) is own


class _Configuration(Configuration):
    """Its one webhook is told of everything."""

    def select(self, name: str) -> list[Webhook]:
        return self.webhooks


def envelope(notification: Notification, most: int) -> Notification:
    """An event or a message as `serve` takes it, under its own name and id.

    Raises:
        EventError: If it is none, or larger than so many bytes.
    """
    if notification.fault is not None:
        raise EventError(notification.fault)
    if notification.size > most:
        raise EventError(f"it has {notification.size} bytes; the limit is {most}")
    subject = notification.subject
    if isinstance(subject, records.Event):
        about = json.dumps({"event": subject.name, "id": subject.id, "created_at": subject.created})
        # Both are JSON already, and keep their digits.
        text = f'{about[:-1]}, "parameters": {subject.parameters}, "results": {subject.results or "[]"}}}'
    else:
        kind, content = subject.content
        told = {"content": content} if kind == "text" else {"content_base64": base64.b64encode(content).decode()}
        parts = {"channel": subject.channel, "id": subject.id, "created_at": subject.created}
        text = json.dumps({**parts, "content_type": subject.content_type, **told}, ensure_ascii=False)
    wrapped = message(_NAME, "application/json", text.encode(), notification.id)
    return wrapped._replace(name=notification.name)


def _token(file: str) -> Secret:
    try:
        text = read(Path(file), _MOST_TOKEN, file).decode()
    except FileError as error:
        raise ValueError(f"{FORWARD_TOKEN_FILE}: {error}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{FORWARD_TOKEN_FILE}: the file is not UTF-8") from None
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise ValueError(f"{FORWARD_TOKEN_FILE}: the file is empty")
    return Secret(text)
