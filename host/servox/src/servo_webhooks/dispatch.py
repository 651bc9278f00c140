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

from .log import logger
from .times import uuid7
from .values import encode

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
        for: a connector may change them while the event happens."""
        if self._parameters is None:
            values = _bind(self.event, self._arguments, self._keywords)
            told = PARAMETERS.get(self.event.name)
            self._parameters = _object(
                self.event.name,
                {
                    name: value
                    for name, value in values.items()
                    if (name in told if told is not None else not isinstance(value, BaseConnector))
                },
            )
        return self._parameters


def results_json(event: Event, results: Sequence[EventResult]) -> str:
    """What each connector made of an event, as a JSON array."""
    items = []
    for result in results:
        value = encode(result.value)
        _warn(event.name, f"the result of {result.connector.name}", value.replaced)
        items.append(f'{{"connector":{simplejson.dumps(result.connector.name)},"value":{value.json}}}')
    return f"[{','.join(items)}]"


def _bind(event: Event, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by name: servox passes those of some events by position."""
    try:
        bound = event.signature.bind(None, *arguments, **keywords)
    except TypeError as error:
        logger.warning(f"the parameters of {event.name} do not fit its signature, and are told as they are: {error}")
        return dict(keywords)
    values: dict[str, Any] = {}
    for position, (name, value) in enumerate(bound.arguments.items()):
        if position == 0:
            # `self`, which the declaration has.
            continue
        kind = event.signature.parameters[name].kind
        if kind is inspect.Parameter.VAR_KEYWORD:
            values.update(value)
        else:
            values[name] = value
    return values


def _object(event: str, values: Mapping[str, Any]) -> str:
    pairs = []
    for name, value in values.items():
        encoded = encode(value)
        _warn(event, f"the parameter {name}", encoded.replaced)
        pairs.append(f"{simplejson.dumps(name)}:{encoded.json}")
    return "{" + ",".join(pairs) + "}"


def _warn(event: str, where: str, replaced: Sequence[str]) -> None:
    if replaced:
        logger.warning(f"{event}: in {where} JSON cannot hold {', '.join(replaced)}: it was replaced")
