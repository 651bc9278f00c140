"""Requests: where they may go, and how they get there."""

from .answer import Answer, Body
from .client import Client
from .egress import Allow, Refused
from .errors import NoAnswer
from .exchange import Request
from .proxy import Proxies, ProxyError
from .scarcity import Lacking
from .target import Target, TargetError

__all__ = [
    "Allow",
    "Answer",
    "Body",
    "Client",
    "Lacking",
    "NoAnswer",
    "Proxies",
    "ProxyError",
    "Refused",
    "Request",
    "Target",
    "TargetError",
]
