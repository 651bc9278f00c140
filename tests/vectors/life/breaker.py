"""The breaker of one webhook."""

from dataclasses import dataclass, replace

ROW = 5
"""Events given up in a row that open it, at least."""

LONGEST = 60_000
"""A hold is no longer, unless the configured one is."""

EXTRA = 1000
"""Between two extra probes."""


@dataclass(frozen=True)
class Ticket:
    """The right to send while everything else is held."""

    number: int
    extra: bool


@dataclass(frozen=True)
class Breaker:
    after: int
    """How long a row of failures must last to open it."""
    hold: int
    """The first hold; 0: it never opens."""
    failures: int = 0
    since: int | None = None
    until: int | None = None
    """The end of the hold; none while it is closed."""
    holding: int = 0
    """How long the hold is."""
    out: Ticket | None = None
    """The probe whose result has not come."""
    last_extra: int | None = None
    tickets: int = 0

    @property
    def is_open(self):
        return self.until is not None


def ask(breaker, now, waited):
    """Whether a delivery may be sent: the breaker, what it says, and the ticket if that is a probe.

    `waited`: `fresh` if the breaker has not held the delivery since its last attempt, `held` if it has, `ending` if
    the last part of its time has begun.
    """
    if not breaker.is_open:
        return breaker, {"admission": "free"}, None
    if breaker.out is not None:
        return breaker, {"admission": "held", "until": None}, None
    if now < breaker.until:
        too_soon = breaker.last_extra is not None and now - breaker.last_extra < EXTRA
        if waited != "ending" or too_soon:
            return breaker, {"admission": "held", "until": breaker.until}, None
        return _let_out(replace(breaker, last_extra=now), "extra_probe")
    if waited == "fresh":
        return breaker, {"admission": "held", "until": now}, None
    return _let_out(breaker, "probe")


def _let_out(breaker, admission):
    ticket = Ticket(breaker.tickets + 1, admission == "extra_probe")
    return replace(breaker, out=ticket, tickets=ticket.number), {"admission": admission}, ticket


def give_back(breaker, ticket):
    """The attempt of a probe was not made, or came to nothing: another may have it."""
    return replace(breaker, out=None) if breaker.out == ticket else breaker


def note(breaker, now, health, last, ticket=None):
    """An attempt has ended; `last` if its event is not tried again. The breaker, and how it changed."""
    is_probe = ticket is not None and breaker.out == ticket
    breaker = give_back(breaker, ticket) if is_probe else breaker
    if health == "none":
        return breaker, {"change": None}
    if health == "up":
        change = "closed" if breaker.is_open else None
        return replace(breaker, failures=0, since=None, until=None, out=None), {"change": change}
    if breaker.is_open:
        if not is_probe or ticket.extra:
            return breaker, {"change": None}
        holding = min(2 * breaker.holding, max(LONGEST, breaker.hold))
        return replace(breaker, until=now + holding, holding=holding), {"change": "reopened", "hold": holding}
    if not last or breaker.hold == 0:
        return breaker, {"change": None}
    failures, since = breaker.failures + 1, now if breaker.since is None else breaker.since
    if failures < ROW or now - since < breaker.after:
        return replace(breaker, failures=failures, since=since), {"change": None}
    opened = replace(breaker, failures=0, since=None, until=now + breaker.hold, holding=breaker.hold)
    return opened, {"change": "opened", "failures": failures, "lasting": now - since, "hold": breaker.hold}
