"""The configuration key `webhooks`, as servox reads it."""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import Any

import click
import pydantic
import servo
import servo.events

from .configuration import Configuration
from .configuration.problem import label
from .dispatch import PARAMETERS
from .options import SOURCE
from .outbound import Target, TargetError
from .sandbox import Connector

_INSPECTING = frozenset("config connectors generate init schema validate webhooks".split())
"""Commands of servox that look at a configuration: a reference that cannot be resolved is
a warning there. `trigger` insists on its own."""

_SHOWN = frozenset(
    "name description enabled events channels response_channel timeout http_version on_error backoff "
    "signatures format".split()
)
"""Fields that are for people; what stands in any other may be secret."""

HIDDEN = "**********"


@functools.cache
def connector() -> Connector:
    """The connector of this process, compiled once."""
    return Connector.built_in()


class WebhooksConfiguration(servo.AbstractBaseConfiguration):
    """A list of webhooks. What a field means is decided by the connector; all problems are
    reported at once, each with its path."""

    __root__: Any = pydantic.Field([], description="A list of webhooks.")

    _shown: list[Any] | None = pydantic.PrivateAttr(None)

    @pydantic.root_validator(pre=True)
    @classmethod
    def _read(cls, values: dict[str, Any]) -> dict[str, Any]:
        # What is wrong shall be found by whoever validates, before a connector is made.
        configured(values.get("__root__"))
        return values

    def configuration(self, source: str | None = None) -> Configuration:
        """The webhooks, ready to be started.

        Args:
            source: Names the servo in the bodies of its events; left out: as the environment
                does.

        Raises:
            ConfigurationError: If something that they refer to has gone since.
        """
        return configured(self.__root__, source=source)

    @classmethod
    def generate(cls, **_: Any) -> WebhooksConfiguration:
        """A configuration to start from. It loads as it is and holds no usable secret."""
        return cls(
            __root__=[
                {
                    "name": "measurements",
                    "description": "Stores every measurement",
                    "events": ["after:measure"],
                    "url": "https://example.com",
                    "secret": {"env": "SERVO_WEBHOOKS_SECRET"},
                },
                {
                    "name": "approve-adjustments",
                    "description": "May veto an adjustment",
                    "events": ["before:adjust"],
                    "url": "https://example.com",
                    "secret": {"env": "SERVO_WEBHOOKS_SECRET"},
                    "timeout": "3s",
                    "on_error": "proceed",
                },
            ]
        )

    def dict(self, **_: Any) -> dict[str, Any]:
        """For people: without secrets, header values and whole URLs, but with references.

        servox compares its connectors at every event, by all that they hold: so it is made once.
        """
        if self._shown is None:
            self._shown = [masked(webhook) for webhook in self.__root__]
        return {"__root__": self._shown}

    def json(self, **keywords: Any) -> str:
        """See `dict`."""
        dumps = self.__config__.json_dumps
        keywords = {name: value for name, value in keywords.items() if name in ("indent", "sort_keys")}
        return str(dumps(self.dict()["__root__"], default=str, **keywords))

    def __repr__(self) -> str:
        return f"WebhooksConfiguration({self._count} webhooks)"

    __str__ = __repr__

    def __repr_args__(self) -> list[tuple[str | None, Any]]:
        # What rich and devtools print.
        return [("webhooks", self._count)]

    @property
    def _count(self) -> int:
        return len(self.__root__) if isinstance(self.__root__, list) else 0

    class Config(servo.AbstractBaseConfiguration.Config):
        """Names the schema."""

        title = "Webhooks Connector Configuration Schema"


def configured(webhooks: Any, *, inspect: bool | None = None, source: str | None = None) -> Configuration:
    """Reads the list of webhooks.

    Args:
        webhooks: As servox read it.
        inspect: To look at, not to send; left out: what the command is for.
        source: Names the servo; left out: as the environment does.

    Raises:
        ConfigurationError: All that is wrong in it.
    """
    if inspect is None:
        command = _command()
        inspect = command is not None and command.invoked_subcommand in _INSPECTING
    return Configuration(
        connector(),
        webhooks,
        events=[event.name for event in servo.events.get_events() if event.name not in PARAMETERS],
        source=os.environ.get(SOURCE, "") if source is None else source,
        folder=folder(),
        inspect=inspect,
    )


def folder() -> Path:
    """The folder of the configuration file, for file references. In a program that embeds
    servox, the working directory."""
    command = _command()
    file = getattr(command, "config_file", None)
    return Path(file).parent if file else Path()


def _command() -> click.Context | None:
    context = click.get_current_context(silent=True)
    return context.find_root() if context else None


def masked(webhook: Any) -> Any:
    """A webhook as configured, with confidential values hidden."""
    if not isinstance(webhook, dict):
        return HIDDEN
    return {_name(key): _shown(key, value) for key, value in webhook.items()}


def _shown(key: Any, value: Any) -> Any:
    """The value of a webhook's field, as far as it may be shown."""
    if key in _SHOWN:
        return value
    if key == "url" and isinstance(value, str):
        try:
            return Target.parse(value).origin
        except TargetError:
            return HIDDEN
    if key == "headers":
        return _headers(value)
    if key == "secret" and isinstance(value, list):
        return [_reference(item) for item in value]
    return _reference(value)


def _headers(headers: Any) -> Any:
    """Names, and references. A header can be called `name`, `env` or `file`, too."""
    if isinstance(headers, dict):
        return {_name(name): _reference(value) for name, value in headers.items()}
    if isinstance(headers, list):
        return [_header(header) for header in headers]
    return HIDDEN


def _header(header: Any) -> Any:
    if not isinstance(header, dict):
        return HIDDEN
    return {
        _name(key): _name(value) if key == "name" else _reference(value) if key == "value" else HIDDEN
        for key, value in header.items()
    }


def _reference(value: Any) -> Any:
    """A reference is shown; a literal value is hidden."""
    if isinstance(value, dict) and len(value) == 1:
        ((kind, name),) = value.items()
        if kind in ("env", "file") and isinstance(name, str):
            return value
    return HIDDEN


def _name(name: Any) -> str:
    return label(name) if isinstance(name, str) else HIDDEN
