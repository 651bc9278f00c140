"""Combines what the connector read with what the host keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..outbound import Target, TargetError
from ..sandbox import CallError, Connector, records
from ..secret import Secret
from ..webhook import Webhook
from .document import Document
from .problem import Problem, from_pointer


class Builder:
    """Makes webhooks from what the connector read."""

    def __init__(
        self, connector: Connector, document: Document, values: Sequence[Secret | None], given: Sequence[Any]
    ) -> None:
        """`values` belong to the handles of `document`, which was made from the list `given`."""
        self._connector = connector
        self._document = document
        self._values = values
        self._given = given
        self.problems: list[Problem] = []

    def webhooks(self, read: Sequence[records.Webhook]) -> list[Webhook]:
        """All webhooks. What is wrong with them is added to `problems`.

        Raises:
            CallError: If the connector read nonsense.
        """
        return [self._webhook(index, webhook) for index, webhook in enumerate(read)]

    def _webhook(self, index: int, read: records.Webhook) -> Webhook:
        for name, _, path in read.settings:
            self._report(from_pointer(path), f"this host does not support the setting {name}; use a newer version")
        webhook = Webhook(index, read)
        path = f"webhooks[{index}]"
        self._check_url(index, read.url)
        if (url := self._value(index, read.url)) is not None:
            try:
                webhook.target = Target.parse(url)
            except TargetError as error:
                self._report(f"{path}.url", str(error))
        for name, value in read.headers:
            if (text := self._value(index, value)) is not None:
                try:
                    webhook.add_header(name, text)
                except ValueError as error:
                    self._report(f"{path}.headers", f"{name}: {error}")
        secrets = [self._secret(index, handle) for handle in read.secrets]
        webhook.secrets = [secret for secret in secrets if secret is not None]
        self._try_secrets(path, webhook)
        return webhook

    def _try_secrets(self, path: str, webhook: Webhook) -> None:
        """Signs an empty text, to find an unusable secret before an event does."""
        if webhook.secrets:
            keys = [secret.expose() for secret in webhook.secrets]
            tag, found = self._connector.sign(webhook.scheme, keys, records.SigningContext("0", 1, 0), ("text", ""))
            if tag == "err":
                self._report(f"{path}.secret", found.message)

    def _value(self, index: int, value: records.Value) -> str | None:
        kind, content = value
        if kind == "text":
            return str(content)
        secret = self._secret(index, content)
        return secret.expose() if secret else None

    def _secret(self, index: int, handle: int) -> Secret | None:
        if handle not in self._document.handles_of(index):
            raise CallError.unusable("parse-config", "the handle of another webhook")
        return self._values[handle]

    def _check_url(self, index: int, url: records.Value) -> None:
        """A component from elsewhere might choose a target itself: its URL must be in the
        document, except for a fragment."""
        kind, text = url
        if kind == "handle" or self._connector.is_built_in:
            return
        entry = self._given[index] if index < len(self._given) else None
        written = entry.get("url") if isinstance(entry, dict) else None
        if not isinstance(written, str) or written.partition("#")[0] != str(text).partition("#")[0]:
            raise CallError.unusable("parse-config", "a url that the configuration does not hold")

    def _report(self, path: str, message: str) -> None:
        self.problems.append(Problem("error", path, message))
