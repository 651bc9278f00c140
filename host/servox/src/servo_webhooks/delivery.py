"""The delivery of an after event or a message to one webhook, from acceptance until it is
settled, exactly once."""

from __future__ import annotations

import time
from collections.abc import Callable

from .log import is_shown, logger
from .notification import Notification
from .outcome import DeliveryOutcome
from .rendered_request import RenderedRequest
from .times import uuid7
from .webhook import Webhook


class QueuedBody:
    """What all deliveries of one event and shape share."""

    def __init__(self, notification: Notification, rendered: RenderedRequest) -> None:
        self.rendered = rendered
        self.event = notification.name
        self.event_id = notification.id
        self.label = notification.label
        self.sharers = 0
        """Deliveries that are not settled."""


class Delivery:
    """A record, not a task, since many may be waiting."""

    __slots__ = (
        "_accepted",
        "_on_settled",
        "attempts",
        "error",
        "first",
        "held",
        "id",
        "queued_body",
        "status",
        "webhook",
    )

    def __init__(
        self, webhook: Webhook, queued_body: QueuedBody, on_settled: Callable[[Delivery, DeliveryOutcome], None]
    ) -> None:
        self.webhook = webhook
        self.queued_body = queued_body
        self.id = uuid7()
        """`X-Servo-Delivery`."""
        self.attempts = 0
        self.held = False
        """Waits for the breaker of its webhook, and not for its own time."""
        self.first: float | None = None
        """When the first attempt began, or was held back, by the monotonic clock."""
        self.status: int | None = None
        self.error: str | None = None
        """Of the last attempt."""
        self._accepted = time.monotonic()
        self._on_settled: Callable[[Delivery, DeliveryOutcome], None] | None = on_settled

    def delivered(self) -> None:
        """It was delivered."""
        self.error = None
        self._settle("delivered")

    def failed(self, why: str) -> None:
        """It is given up."""
        self.error = why
        self._settle("failed")

    def undelivered(self) -> None:
        """The servo shut down before it was delivered."""
        self._settle("undelivered")

    def _settle(self, outcome: str) -> None:
        on_settled, self._on_settled = self._on_settled, None
        if on_settled is None:
            return
        webhook, queued_body = self.webhook, self.queued_body
        if outcome == "delivered":
            if is_shown("DEBUG"):
                logger.debug(
                    f"{webhook.label}: {queued_body.label}, delivery {self.id}: delivered, attempts {self.attempts}"
                )
        else:
            why = self.error or ("no answer before the end" if self.attempts else "not attempted before the end")
            logger.warning(
                f"{webhook.label}: {queued_body.label}, delivery {self.id}: {outcome}, attempts {self.attempts}: {why}"
            )
        elapsed = round((time.monotonic() - self._accepted) * 1000)
        on_settled(
            self,
            DeliveryOutcome(
                queued_body.event,
                queued_body.event_id,
                self.id,
                webhook.name,
                webhook.index,
                outcome,
                self.attempts,
                self.status,
                self.error,
                elapsed,
            ),
        )
