"""What a host decides besides the configuration: where requests may go, and limits."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from . import breaker
from .outbound import Allow, Proxies
from .outbound.egress import VARIABLE as ALLOW
from .outbound.tls import check_trust
from .sanitize import sanitize
from .suggestion import nearest

SOURCE = "SERVO_WEBHOOKS_SOURCE"
"""The environment variable that names the servo in the bodies of its events."""

FORWARD = "SERVO_WEBHOOKS_FORWARD"
FORWARD_TOKEN_FILE = "SERVO_WEBHOOKS_FORWARD_TOKEN_FILE"  # noqa: S105
"""The environment variables that name a `serve` which takes what has happened, and its token."""

_PREFIX = "SERVO_WEBHOOKS_"
_BUILDS = ("SERVO_WEBHOOKS_COMPONENT", "SERVO_WEBHOOKS_SERVICE")
"""What the build of this package reads."""


@dataclass(frozen=True)
class Options:
    """Times are in seconds; the defaults are those of every host."""

    allow: Allow = field(default_factory=Allow)
    """Addresses that requests may go to beside public ones."""
    proxies: Proxies = field(default_factory=lambda: Proxies({}))
    before_budget: float = 30.0
    """What all before webhooks of one event have together."""
    max_waiting: int = 10_000
    """Deliveries that may wait."""
    max_waiting_bytes: int = 64 << 20
    """Bytes of their bodies."""
    max_event: int = 1 << 20
    """Bytes of an event's parameters and results, or of a message's content."""
    connections: int = 16
    """Attempts in flight at one endpoint, for after events and messages."""
    breaker: breaker.Limits = field(default_factory=breaker.Limits)
    answer_cap: int = 64 << 10
    """Bytes of an answer's body that are read."""
    drain_timeout: float = 10.0
    """What is left of deliveries at the end is delivered for so long."""

    @classmethod
    def from_env(cls, variables: Mapping[str, str] = os.environ) -> Options:
        """The defaults, with the proxies and the addresses that the environment names.

        Raises:
            ValueError: If an address to allow is not one, or the CA certificates cannot be read.
            ProxyError: If a proxy cannot be used.
        """
        try:
            allow = Allow(variables.get(ALLOW, "").split(","))
            allow.warnings = [f"{ALLOW}: {warning}" for warning in allow.warnings]
        except ValueError as error:
            raise ValueError(f"{ALLOW}: {error}") from None
        check_trust()
        return cls(allow=allow, proxies=Proxies())


def unknown_variables(used: Container[str], variables: Mapping[str, str] = os.environ) -> list[str]:
    """What is wrong with variables that have our prefix, for people.

    Args:
        used: Names that the configuration refers to.
        variables: The environment.
    """
    known = (ALLOW, SOURCE, FORWARD, FORWARD_TOKEN_FILE)
    found = []
    for name in sorted(variables):
        if name.startswith(_PREFIX) and name not in (*known, *_BUILDS) and name not in used:
            meant = nearest(name.removeprefix(_PREFIX), [each.removeprefix(_PREFIX) for each in known])
            all_known = f"{', '.join(known[:-1])} and {known[-1]}"
            advice = f"did you mean {_PREFIX}{meant}?" if meant else f"this host has {all_known}"
            found.append(f"the environment variable {sanitize(name, 128)} is not known; {advice}")
    return found
