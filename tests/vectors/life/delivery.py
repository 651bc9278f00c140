"""The deliveries of one webhook: after events, and of messages."""

from dataclasses import dataclass, replace

from . import breaker

WITHOUT_RETRIES = 180_000
"""The time of a delivery that is tried once."""

RESERVE = 2000
"""What the last part of a delivery's time has beyond the time of an attempt."""

PUT_BACK = 1000
"""Until what this machine lacked something for is tried again."""


@dataclass(frozen=True)
class Delivery:
    name: str
    number: int
    """In the order of acceptance."""
    first: int | None = None
    """When it could first have been sent."""
    attempts: int = 0
    status: int | None = None
    error: str | None = None
    """Of the last attempt that failed."""
    due: int | None = None
    """When it looks again; none while an attempt is under way."""
    held: bool = False
    turn: int = 0
    """In the order in which waits began."""
    ticket: breaker.Ticket | None = None
    reading: bool = False
    """Delivered; the body of the answer is still being read."""


@dataclass(frozen=True)
class World:
    timeout: int
    max_tries: int
    max_time: int
    breaker: breaker.Breaker
    deliveries: tuple[Delivery, ...] = ()
    """Those that are not settled."""
    gone: bool = False
    count: int = 0

    @property
    def time(self):
        return self.max_time if self.max_tries > 1 else WITHOUT_RETRIES

    @property
    def last_part(self):
        return min(self.timeout + RESERVE, self.time // 2)

    def one(self, name):
        return next(delivery for delivery in self.deliveries if delivery.name == name)


def start(settings):
    """The world of the `settings` of a case."""
    own = {key: settings[key] for key in ("timeout", "max_tries", "max_time")}
    return World(**own, breaker=breaker.Breaker(settings["breaker_after"], settings["breaker_hold"]))


def next_due(world):
    """When something happens by itself, if it does."""
    return min((one.due for one in world.deliveries if one.due is not None), default=None)


def step(world, now, happening):
    """Everything that is due happens, then this: the world, and the actions of this moment."""
    actions = []
    world = _settle_down(world, now, actions)
    kind = happening["happening"]
    if kind == "accepted":
        new = Delivery(happening["delivery"], world.count + 1, due=now, turn=world.count + 1)
        world = replace(world, deliveries=(*world.deliveries, new), count=world.count + 1)
    elif kind == "result":
        world = _result(world, now, happening, actions)
    elif kind == "others":
        for _ in range(happening["count"]):
            world = _note(world, now, happening["health"], last=True)
    elif kind == "shutdown":
        for one in world.deliveries:
            outcome = ("delivered", None) if one.reading else ("undelivered", one.error)
            world = _end(world, one, *outcome, actions)
    elif kind == "read":
        world = _end(world, world.one(happening["delivery"]), "delivered", None, actions)
    else:
        assert kind == "time", kind
    world = _settle_down(world, now, actions)
    return world, _last_words(world, actions)


def _last_words(world, actions):
    """Of the waits of one moment, those that it ends with."""
    waiting = {one.name: one.due for one in world.deliveries if one.due is not None}
    last = {action["delivery"]: place for place, action in enumerate(actions)}
    return [
        action
        for place, action in enumerate(actions)
        if "until" not in action or (last[action["delivery"]] == place and waiting.get(action["delivery"]))
    ]


def _settle_down(world, now, actions):
    while due := [one for one in world.deliveries if one.due is not None and one.due <= now]:
        # Of those that are due together, the one first that has the least left; none looks twice before all have looked.
        for one in sorted(due, key=lambda one: (one.due, one.first is not None, one.first or 0, one.turn)):
            world = _look(world, world.one(one.name), now, actions)
    return world


def _change(world, one, **changes):
    changed = replace(one, **changes)
    return replace(world, deliveries=tuple(changed if old.name == one.name else old for old in world.deliveries))


def _end(world, one, outcome, error, actions):
    words = {"delivery": one.name, "outcome": outcome, "attempts": one.attempts, "status": one.status, "error": error}
    actions.append({"action": "settle", **words})
    return replace(world, deliveries=tuple(other for other in world.deliveries if other.name != one.name))


def _wait(world, one, until, actions, **changes):
    held = changes.get("held", False)
    actions.append({"action": "hold" if held else "wait", "delivery": one.name, "until": until})
    world = replace(world, count=world.count + 1)
    return _change(world, one, due=until, turn=world.count, **changes)


def _look(world, one, now, actions):
    """A delivery's time has come: it is sent, held or given up."""
    if world.gone:
        return _end(world, one, "failed", "switched_off", actions)
    first = now if one.first is None else one.first
    end = first + world.time
    if now > end:
        return _end(world, one, "failed", "time_over", actions)
    is_ending = now >= end - world.last_part
    waited = "ending" if is_ending else "held" if one.held else "fresh"
    state, said, ticket = breaker.ask(world.breaker, now, waited)
    world = replace(world, breaker=state)
    if said["admission"] != "held":
        actions.append(
            {"action": "send", "delivery": one.name, "attempt": one.attempts + 1, "limit": world.timeout}
        )
        changes = {"attempts": one.attempts + 1, "due": None, "held": False, "ticket": ticket}
        return _change(world, one, first=first, **changes)
    if now == end:
        return _end(world, one, "failed", "time_over", actions)
    until = now + world.timeout if said["until"] is None else said["until"]
    latest = min(now + breaker.EXTRA, end) if is_ending else end - world.last_part
    return _wait(world, one, min(until, latest), actions, held=True, first=first)


def _note(world, now, health, last, ticket=None):
    """Tells the breaker; when that closes, everything that it held may go."""
    state, said = breaker.note(world.breaker, now, health, last, ticket)
    world = replace(world, breaker=state)
    if said["change"] == "closed":
        for one in world.deliveries:
            if one.held:
                world = _change(world, one, due=now)
    return world


def _result(world, now, result, actions):
    verdict, one = result["verdict"], world.one(result["delivery"])
    world = _note(world, now, result["health"], verdict not in ("retry", "lacking"), one.ticket)
    end = one.first + world.time
    one = replace(one, ticket=None)
    if verdict == "lacking":
        one = replace(one, attempts=one.attempts - 1)
        if now + PUT_BACK > end:
            return _end(world, one, "failed", "lacking", actions)
        changes = {"attempts": one.attempts, "error": "lacking", "ticket": None}
        return _wait(world, one, now + PUT_BACK, actions, **changes)
    one = replace(one, status=result["status"])
    if verdict == "delivered" and result.get("reading"):
        return _change(world, one, status=one.status, ticket=None, reading=True)
    if verdict == "delivered":
        return _end(world, one, "delivered", None, actions)
    if verdict == "retry":
        changes = {"status": one.status, "error": "attempt", "ticket": None}
        return _wait(world, one, now + result["wait"], actions, **changes)
    world = replace(world, gone=world.gone or verdict == "gone")
    return _end(world, one, "failed", "attempt", actions)
