"""A webhook as the host uses it: checked, with its references resolved."""

from __future__ import annotations

from typing import NamedTuple

from . import headers
from .breaker import Breaker
from .log import logger
from .outbound import Target
from .sandbox import CallError, Shape, records
from .secret import Secret
from .times import LONGEST

SWITCHED_OFF = "switched off until the servo restarts: it answered 410 Gone"


class Remembered(NamedTuple):
    """An answer that the connector called `delivered`, from status and content types alone:
    the same one again need not be judged."""

    status: int
    content_types: tuple[str, ...]
    """All that it has: a second one may be a cancel."""


class Retries:
    """How often one side of a webhook is tried."""

    def __init__(self, read: records.Retries) -> None:
        self.max_tries = read.max_tries
        """The first attempt counted."""
        self.max_time = read.max_time / 1e9
        """Seconds, from the start of the first attempt."""
        self.policy = read.policy
        self.delivered: Remembered | None = None


class Webhook:
    """One webhook of a configuration."""

    def __init__(self, index: int, read: records.Webhook) -> None:
        """Takes over what the connector read. URL, headers and secrets follow, since their
        references are the host's.

        Raises:
            CallError: If the connector read nonsense.
        """
        if not 0 < read.timeout <= LONGEST:
            raise CallError.unusable("parse-config", f"a timeout of {read.timeout} ns")
        if not (read.before.max_tries and read.after.max_tries):
            raise CallError.unusable("parse-config", "a webhook that is never tried")
        self.index = index
        """Its place in the configuration, from 0."""
        self.name = read.name
        self.description = read.description
        self.enabled = read.enabled
        self.events = read.events
        self.channels = read.channels
        self.response_channel = read.response_channel
        self.timeout = read.timeout / 1e9
        """Seconds of one attempt."""
        self.version = read.http_version
        self.on_error = read.on_error
        self.before = Retries(read.before)
        self.after = Retries(read.after)
        self.shape = Shape(read.shape, read.warm)
        self.scheme = read.scheme
        self.headers: headers.Pairs = []
        self.secrets: list[Secret] = []
        self.target: Target | None = None
        """None: its reference could not be resolved, and nothing can be sent."""
        self.breaker = Breaker()
        self.is_gone = False
        """Its endpoint said so."""

    def __repr__(self) -> str:
        return f"Webhook({self.label})"

    @property
    def endpoint(self) -> str:
        """Scheme, host and port: what may be shown of the URL, and what shares a limit on
        concurrent attempts."""
        return self.target.origin if self.target else ""

    @property
    def label(self) -> str:
        """How people identify it: its name, else index and origin."""
        return self.name or f"#{self.index} {self.endpoint}".rstrip()

    def retries(self, before: bool) -> Retries:
        """How often it is tried on one side."""
        return self.before if before else self.after

    def add_header(self, name: str, value: str) -> None:
        """Adds a header of its own; the last of one name counts.

        Raises:
            ValueError: Says what is wrong with it.
        """
        pair = headers.custom(name, value)
        self.headers = [known for known in self.headers if known[0].lower() != name.lower()]
        self.headers.append(pair)

    def matches(self, text: str) -> bool:
        """Whether a text is its name, its index, or its whole URL."""
        if text in (self.name, str(self.index)):
            return True
        try:
            return Target.parse(text) == self.target
        except ValueError:
            return False

    @property
    def switched_off(self) -> str | None:
        """Why nothing is sent to it until the servo restarts, if so."""
        return SWITCHED_OFF if self.is_gone else None

    def switch_off(self, why: str) -> None:
        """Switches it off, and logs it the first time."""
        if not self.is_gone:
            self.is_gone = True
            logger.error(f"{self.label}: switched off until the servo restarts: {why}")
