"""What became of an event and of each delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from .log import fault
from .webhook import Webhook


@dataclass(slots=True)
class WebhookOutcome:
    """What became of an event at one webhook."""

    index: int
    name: str | None
    outcome: str
    """Before: `proceeded`, `cancelled`, `no_answer`, `not_awaited`. After: `accepted`,
    `rejected`. Both: `switched_off`, `skipped`."""
    attempts: int = 0
    status: int | None = None
    """Of the last answer."""
    error: str | None = None
    reason: str | None = None
    """Why it does not fire."""

    @classmethod
    def of(cls, webhook: Webhook, outcome: str, *, error: str | None = None) -> WebhookOutcome:
        """For a webhook that has not been sent anything yet."""
        return cls(webhook.index, webhook.name, outcome, error=error)

    @classmethod
    def skipped(cls, webhook: Webhook, why: str) -> WebhookOutcome:
        """Its condition does not hold."""
        return cls(webhook.index, webhook.name, "skipped", reason=why)


@dataclass(slots=True)
class EventOutcome:
    """What became of one side of an event, or of a channel message."""

    event: str
    id: str
    outcome: str
    """Before an event: `proceed` or `cancelled`; else `accepted` or `rejected`."""
    reason: str | None = None
    """Why it was cancelled."""
    webhooks: list[WebhookOutcome] = field(default_factory=list)
    """Every enabled webhook that it concerned, in the order of the configuration."""


@dataclass(slots=True)
class DeliveryOutcome:
    """What became of the delivery of an after event or a message to one webhook."""

    event: str
    id: str
    delivery: str
    webhook: str | None
    index: int
    outcome: str
    """`delivered`, `failed` or `undelivered`."""
    attempts: int
    status: int | None
    error: str | None
    elapsed_ms: int


@dataclass(slots=True)
class Publication:
    """An answer's body, for a pub/sub channel of the servo."""

    channel: str
    content_type: str
    content: bytes = field(repr=False)
    webhook: str | None
    delivery: str


class Observer(Protocol):
    """Is called for what happens later, in the worker's thread: blocking there blocks all
    questions and deliveries. What it raises is logged and ignored."""

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """A delivery is settled."""

    def publication(self, publication: Publication) -> None:
        """An answer is to be published."""


class Guarded:
    """An observer whose exceptions are logged and ignored."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def delivery(self, outcome: DeliveryOutcome) -> None:
        """A delivery is settled."""
        try:
            self._observer.delivery(outcome)
        except Exception as error:
            fault(error)

    def publication(self, publication: Publication) -> None:
        """An answer is to be published."""
        try:
            self._observer.publication(publication)
        except Exception as error:
            fault(error)
