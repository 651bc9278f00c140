"""A configuration, read by the connector and completed by the host."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..sandbox import CallError, Connector
from ..webhook import Webhook
from .builder import Builder
from .document import Document, Reference
from .problem import ConfigurationError, Problem, from_pointer, limited
from .references import resolve

_REMEMBERED = 1024
"""Event names that are remembered; a servo that makes up more starts anew."""


class Configuration:
    """The webhooks of a servo, ready to be started."""

    def __init__(
        self,
        connector: Connector,
        webhooks: Any,
        *,
        events: Sequence[str] = (),
        source: str = "",
        folder: Path = Path(),
        inspect: bool = False,
        variables: Mapping[str, str] = os.environ,
    ) -> None:
        """Reads the list of webhooks.

        Args:
            connector: Decides what a field means.
            webhooks: As servox read it from YAML.
            events: Names of the servo's events beyond the standard ones.
            source: Names the servo in the bodies of its events; empty: left out.
            folder: What file references are relative to.
            inspect: To look at, not to send: a reference that cannot be resolved is a
                warning.
            variables: The environment.

        Raises:
            ConfigurationError: All that is wrong in it.
        """
        self._connector = connector
        if not isinstance(webhooks, list | tuple):
            what = "null" if webhooks is None else f"a {type(webhooks).__name__}"
            message = f"webhooks must be a list, not {what}"
            raise ConfigurationError([Problem("error", "webhooks", message)])
        document = Document(webhooks)
        severity = "warning" if inspect else "error"
        values, unresolved = resolve(document.handles, folder, severity, variables)
        builder = Builder(connector, document, values, webhooks)
        try:
            read = connector.parse_config(document.json, list(events), source)
            self.webhooks = builder.webhooks(read.webhooks)
        except CallError as error:
            raise ConfigurationError([Problem("error", "webhooks", str(error))]) from None
        found = [Problem(problem.severity, from_pointer(problem.path), problem.message) for problem in read.problems]
        problems = limited([*document.problems, *found, *unresolved, *builder.problems])
        if any(problem.severity == "error" for problem in problems):
            raise ConfigurationError(problems)
        self.problems = problems
        """The warnings that it loaded with."""
        self.answer_headers = frozenset(read.answer_headers)
        """Lower-case names of the answer headers that the connector wants to see."""
        self.source = source
        self.variables = frozenset(
            handle.target.name
            for handle in document.handles
            if isinstance(handle.target, Reference) and handle.target.kind == "env"
        )
        """Environment variables that it refers to."""
        self._listeners = [webhook.events if webhook.enabled else [] for webhook in self.webhooks]
        self._selected: dict[str, list[Webhook]] = {}

    def __repr__(self) -> str:
        return f"Configuration({len(self.webhooks)} webhooks)"

    @property
    def endpoints(self) -> int:
        """The number of different origins of its webhooks."""
        return len({webhook.endpoint for webhook in self.webhooks if webhook.enabled})

    @property
    def channels(self) -> list[str]:
        """The channels that its webhooks listen to, each once."""
        return list(dict.fromkeys(name for webhook in self.webhooks if webhook.enabled for name in webhook.channels))

    def select(self, name: str) -> list[Webhook]:
        """The enabled webhooks that listen to an event or a message, in order.

        Raises:
            CallError: If the connector fails.
        """
        found = self._selected.get(name)
        if found is None:
            side, _, channel = name.partition(":")
            if side == "channel":
                found = [webhook for webhook in self.webhooks if webhook.enabled and channel in webhook.channels]
            else:
                found = self._select_event(name)
            if len(self._selected) >= _REMEMBERED:
                self._selected.clear()
            self._selected[name] = found
        return found

    def _select_event(self, name: str) -> list[Webhook]:
        indices = self._connector.select(self._listeners, name)
        if any(a >= b for a, b in itertools.pairwise(indices)):
            raise CallError.unusable("select", "indices that are not ascending")
        if indices and indices[-1] >= len(self.webhooks):
            raise CallError.unusable("select", "an index that is not there")
        return [self.webhooks[index] for index in indices]

    def suspects(self, name: str) -> list[Webhook]:
        """The webhooks that might listen, if the connector fails to say: all that listen to
        that side."""
        sides = (name.partition(":")[0] + ":", "*")
        return [
            webhook
            for webhook in self.webhooks
            if webhook.enabled and any(event.startswith(sides) for event in webhook.events)
        ]

    def find(self, text: str) -> Webhook | None:
        """Finds a webhook by name, index or URL."""
        return next((webhook for webhook in self.webhooks if webhook.matches(text)), None)
