"""Requests: where they may go, and how they get there."""

from .answer import Answer, Body
from .client import Client
from .egress import Allow, Refused
from .errors import NoAnswer
from .proxy import Proxies, ProxyError
from .target import Target, TargetError

__all__ = [
    "Allow",
    "Answer",
    "Body",
    "Client",
    "NoAnswer",
    "Proxies",
    "ProxyError",
    "Refused",
    "Target",
    "TargetError",
]
