"""What the commands show of a webhook: its configuration without confidential values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .sanitize import sanitize
from .settings import HIDDEN, masked
from .times import compact
from .webhook import Retries, Webhook


class WebhookDetails:
    """A webhook with its entry in the configuration."""

    def __init__(self, webhook: Webhook, written: Any) -> None:
        self.webhook = webhook
        self._written: Mapping[str, Any] = written if isinstance(written, dict) else {}
        self._masked: Mapping[str, Any] = masked(self._written)

    @property
    def listens(self) -> list[str]:
        """Events and channels."""
        return [*self.webhook.events, *(f"channel:{channel}" for channel in self.webhook.channels)]

    @property
    def asks(self) -> bool:
        """Whether it listens to before events."""
        return self._has("before")

    @property
    def tells(self) -> bool:
        """Whether it listens to after events or messages."""
        return self._has("after") or bool(self.webhook.channels)

    @property
    def state(self) -> str:
        """Whether anything is sent."""
        return "enabled" if self.webhook.enabled else "disabled"

    @property
    def retries(self) -> str:
        """Its retries, of both sides if they differ."""
        before, after = _retries(self.webhook.before), _retries(self.webhook.after)
        if self.asks and self.tells and before != after:
            return f"before: {before}\nafter: {after}"
        return before if self.asks else after

    @property
    def secrets(self) -> list[str]:
        """Where its secrets come from, the current one first."""
        found = self._masked.get("secret")
        return [_source(secret) for secret in (found if isinstance(found, list) else [found])]

    @property
    def signatures(self) -> list[str]:
        """How it signs."""
        found = self._written.get("signatures", "servo")
        return [sanitize(str(each)) for each in (found if isinstance(found, list) else [found])]

    @property
    def headers(self) -> dict[str, str]:
        """Its own headers by name, with where their values come from."""
        found = self._masked.get("headers")
        if isinstance(found, dict):
            return {name: _source(value) for name, value in found.items()}
        listed = found if isinstance(found, list) else []
        return {header["name"]: _source(header.get("value")) for header in listed if "name" in header}

    @property
    def when(self) -> str | None:
        """Its condition as written."""
        found = self._written.get("when")
        return found if isinstance(found, str) else None

    @property
    def format(self) -> str:
        """The format of its bodies."""
        return sanitize(str(self._written.get("format", "servo")))

    @property
    def http_version(self) -> str:
        """The HTTP version, as configured."""
        return sanitize(str(self._written.get("http_version", "auto")))

    def row(self, *, wide: bool) -> list[str]:
        """Its row in the table."""
        webhook = self.webhook
        row = [
            str(webhook.index),
            sanitize(webhook.name or "-"),
            "\n".join(self.listens),
            webhook.endpoint or "not resolved",
            self.retries,
            compact(webhook.timeout),
            self.state,
        ]
        if wide:
            row += [
                webhook.on_error if self.asks else "-",
                sanitize(" ".join((self.when or "always").split())),
                "\n".join(self.secrets),
                "\n".join(self.signatures),
                self.format,
                self.http_version,
                "\n".join(self.headers) or "-",
            ]
        return row

    def to_json(self) -> dict[str, Any]:
        """As JSON: durations in milliseconds if the key ends in `_ms`, else in seconds."""
        webhook = self.webhook
        return {
            "index": webhook.index,
            "name": webhook.name,
            "webhook": webhook.name,
            "description": webhook.description,
            "enabled": webhook.enabled,
            "events": webhook.events,
            "channels": webhook.channels,
            "response_channel": webhook.response_channel,
            "target": webhook.endpoint or None,
            "secrets": self.secrets,
            "signatures": self.signatures,
            "format": self.format,
            "when": self.when,
            "headers": self.headers,
            "before": _retries_json(webhook.before),
            "after": _retries_json(webhook.after),
            "timeout": webhook.timeout,
            "timeout_ms": _milliseconds(webhook.timeout),
            "http_version": self.http_version,
            "on_error": webhook.on_error,
            "state": self.state,
        }

    def _has(self, side: str) -> bool:
        return any(event.partition(":")[0] in (side, "*") for event in self.webhook.events)


def _source(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(f"{{{kind}: {sanitize(name)}}}" for kind, name in value.items())
    return HIDDEN


def _retries(retries: Retries) -> str:
    return "none" if retries.max_tries == 1 else f"{retries.max_tries} in {compact(retries.max_time)}"


def _retries_json(retries: Retries) -> dict[str, Any]:
    return {
        "max_tries": retries.max_tries,
        "max_time": retries.max_time,
        "max_time_ms": _milliseconds(retries.max_time),
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
