"""Questions before events: each is put to every webhook at once."""

from dataclasses import dataclass, replace

from . import breaker


@dataclass(frozen=True)
class Asked:
    """One webhook, asked."""

    webhook: str
    outcome: str = "not_awaited"
    attempts: int = 0
    status: int | None = None
    error: str | None = None
    sent: int | None = None
    """When the attempt began that is under way."""
    due: int | None = None
    """When the next attempt begins."""
    settled: bool = False

    @property
    def words(self):
        if not self.settled:
            return {"webhook": self.webhook, "outcome": "not_awaited", "attempts": 0, "status": None, "error": None}
        words = ("webhook", "outcome", "attempts", "status", "error")
        return {word: getattr(self, word) for word in words}


@dataclass(frozen=True)
class Question:
    name: str
    end: int
    """Of the budget."""
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class World:
    budget: int
    webhooks: tuple[dict, ...]
    breakers: dict
    gone: frozenset = frozenset()
    questions: tuple[Question, ...] = ()

    def settings(self, webhook):
        return next(one for one in self.webhooks if one["webhook"] == webhook)


def start(settings):
    """The world of the `settings` of a case."""
    of = settings["breaker_after"], settings["breaker_hold"]
    webhooks = tuple(settings["webhooks"])
    gone = frozenset(one["webhook"] for one in webhooks if one.get("switched_off"))
    return World(settings["budget"], webhooks, {one["webhook"]: breaker.Breaker(*of) for one in webhooks}, gone)


def next_due(world):
    """When something happens by itself, if it does."""
    dues = (one.due for question in world.questions for one in question.asked)
    return min((due for due in dues if due is not None), default=None)


def step(world, now, happening):
    """Everything that is due happens, then this: the world, and the actions of this moment."""
    actions = []
    world = _send_due(world, now, actions)
    kind = happening["happening"]
    if kind == "asked":
        names = tuple(Asked(one["webhook"]) for one in world.webhooks)
        question = Question(happening["question"], now + world.budget, names)
        world = replace(world, questions=(*world.questions, question))
        for one in names:
            # One that is switched off may have decided.
            if question.name not in (asked.name for asked in world.questions):
                break
            if one.webhook in world.gone:
                world = _settle(world, question.name, one.webhook, "switched_off", "switched_off", actions)
            else:
                world = _send(world, question.name, one.webhook, now, actions)
    elif kind == "result":
        world = _send_due(_result(world, now, happening, actions), now, actions)
    elif kind == "others":
        for _ in range(happening["count"]):
            world = _note(world, now, happening["webhook"], happening["health"], last=True)
    else:
        assert kind == "time", kind
    return world, actions


def _send_due(world, now, actions):
    for question in world.questions:
        for one in question.asked:
            if one.due is not None and one.due <= now:
                world = _send(world, question.name, one.webhook, now, actions)
    return world


def _of(world, name):
    return next(question for question in world.questions if question.name == name)


def _one(world, name, webhook):
    return next(one for one in _of(world, name).asked if one.webhook == webhook)


def _change(world, name, webhook, **changes):
    question = _of(world, name)
    asked = tuple(replace(one, **changes) if one.webhook == webhook else one for one in question.asked)
    changed = replace(question, asked=asked)
    return replace(world, questions=tuple(changed if old.name == name else old for old in world.questions))


def _send(world, name, webhook, now, actions):
    one, settings = _one(world, name, webhook), world.settings(webhook)
    limit = min(settings["timeout"], _of(world, name).end - now)
    attempt = one.attempts + 1
    actions.append({"action": "send", "question": name, "webhook": webhook, "attempt": attempt, "limit": limit})
    return _change(world, name, webhook, attempts=attempt, sent=now, due=None)


def _note(world, now, webhook, health, last):
    state, _ = breaker.note(world.breakers[webhook], now, health, last)
    return replace(world, breakers={**world.breakers, webhook: state})


def _result(world, now, result, actions):
    name, webhook, verdict = result["question"], result["webhook"], result["verdict"]
    end = _of(world, name).end
    again = now + result["wait"] if verdict == "retry" else None
    is_last = again is None or again >= end
    world = _note(world, now, webhook, result["health"], is_last)
    world = _change(world, name, webhook, status=result["status"], sent=None)
    if verdict == "delivered":
        return _settle(world, name, webhook, "proceeded", None, actions)
    if verdict == "cancel":
        return _settle(world, name, webhook, "cancelled", None, actions)
    if not is_last:
        if again > now:
            actions.append({"action": "wait", "question": name, "webhook": webhook, "until": again})
        return _change(world, name, webhook, due=again)
    if verdict == "lacking":
        # What this machine could not make is no attempt.
        world = _change(world, name, webhook, attempts=_one(world, name, webhook).attempts - 1)
    if verdict == "gone":
        world = replace(world, gone=world.gone | {webhook})
    error = {"retry": "budget_over", "lacking": "lacking"}.get(verdict, "attempt")
    return _settle(world, name, webhook, "no_answer", error, actions)


def _settle(world, name, webhook, outcome, error, actions):
    world = _change(world, name, webhook, outcome=outcome, error=error, settled=True, sent=None, due=None)
    unanswered = outcome in ("no_answer", "switched_off")
    cancels = outcome == "cancelled" or (unanswered and world.settings(webhook)["on_error"] == "cancel")
    question = _of(world, name)
    if not cancels and not all(one.settled for one in question.asked):
        return world
    for one in question.asked:
        if one.sent is not None:
            actions.append({"action": "abort", "question": name, "webhook": one.webhook})
    words = {
        "question": name,
        "outcome": "cancelled" if cancels else "proceed",
        "by": webhook if cancels else None,
        "webhooks": [one.words for one in question.asked],
    }
    actions.append({"action": "decide", **words})
    return replace(world, questions=tuple(other for other in world.questions if other.name != name))
