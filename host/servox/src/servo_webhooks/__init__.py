"""Webhooks for servox: asks before events of a servo, tells after them."""

from . import cli
from .connector import WebhooksConnector, __version__
from .settings import WebhooksConfiguration

__all__ = ["WebhooksConfiguration", "WebhooksConnector", "__version__", "cli"]
