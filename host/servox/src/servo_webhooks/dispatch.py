"""One event of servox on its way through the connector.

servox runs a connector's handlers for each side of an event in tasks of their own, and
tells the side after it nothing of the parameters. But it calls `run_event_handlers` from the
task that dispatches: so the two sides of one event find each other by that task.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import simplejson
from servo.connector import BaseConnector
from servo.events import Event, EventResult

from .log_limit import LogLimit
from .notification import EventError
from .times import uuid7
from .values import MOST, TooLarge, encode, is_a

_warnings = LogLimit("value")

PARAMETERS: dict[str, tuple[str, ...]] = {
    "attach": (),
    "detach": (),
    "startup": (),
    "shutdown": (),
    "promote": (),
    "metrics": (),
    "components": (),
    "check": ("matching", "halt_on"),
    "describe": ("control",),
    "measure": ("metrics", "control"),
    "adjust": ("adjustments", "control"),
}
"""The standard events, with those of their parameters that are told."""

BRACKETED = ("startup", "shutdown")
"""Events that servox 25.3.0 dispatches without their sides before and after."""


class Dispatch:
    """What both sides of one event share."""

    def __init__(self, event: Event, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        self.event = event
        self.id = uuid7()
        self.settled = False
        """Its sides were told already."""
        self._arguments = arguments
        self._keywords = keywords
        self._parameters: str | None = None

    def parameters(self) -> str:
        """The event's parameters by name, as a JSON object. Written when it is first asked
        for: a connector may change them while the event happens.

        Raises:
            EventError: If they are too large for an event.
        """
        if self._parameters is None:
            told = PARAMETERS.get(self.event.name)
            pairs = [
                f"{simplejson.dumps(name)}:{self._json(f'the parameter {name}', value)}"
                for name, value in self._bind().items()
                if (name in told if told is not None else not is_a(value, BaseConnector))
            ]
            self._parameters = "{" + ",".join(pairs) + "}"
        return self._parameters

    def results(self, results: Sequence[EventResult]) -> str:
        """What each connector made of the event, as a JSON array.

        Raises:
            EventError: If it is too large for an event.
        """
        items = [
            f'{{"connector":{simplejson.dumps(name)},"value":{self._json(f"the result of {name}", value)}}}'
            for name, value in ((result.connector.name, result.value) for result in results)
        ]
        return f"[{','.join(items)}]"

    def _bind(self) -> dict[str, Any]:
        """Parameters by name: servox passes those of some events by position."""
        signature = self.event.signature
        try:
            bound = signature.bind(None, *self._arguments, **self._keywords)
        except TypeError as error:
            self._warn(f"the parameters do not match the event's signature and are sent as they are: {error}")
            return dict(self._keywords)
        values: dict[str, Any] = {}
        for position, (name, value) in enumerate(bound.arguments.items()):
            if position == 0:
                # `self`, which the declaration has.
                continue
            if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                values.update(value)
            else:
                values[name] = value
        return values

    def _json(self, where: str, value: Any) -> str:
        try:
            json, replaced = encode(value)
        except TooLarge:
            raise EventError(f"{where} is larger than {MOST} bytes, the limit for an event") from None
        if replaced:
            self._warn(f"{where}: {'; '.join(replaced)}")
        return json

    def _warn(self, what: str) -> None:
        _warnings.warn((self.event.name, what), f"{self.event.name}, event {self.id}: {what}")
