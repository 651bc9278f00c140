"""Cases from seeds: what happens is drawn, what is expected is what the implementation here makes of it."""

import random

from . import delivery, question
from .notation import SETTINGS, played, result

EIGHTH = 125
"""Drawn times are multiples of an eighth of a second, which every kind of number can hold."""


def breakers(count=12):
    """Rows of results and of deliveries that ask."""
    return [_breaker(seed) for seed in range(1, count + 1)]


def _breaker(seed):
    draw = random.Random(f"breaker {seed}")
    settings = {"after": draw.choice([0, 250, 10_000]), "hold": draw.choice([1000, 5000, 45_000, 90_000])}
    steps, out, at = [], [], 0
    while len(steps) < 28:
        at += EIGHTH * draw.choice([0, 0, 1, 2, 8, 8, 40, 80])
        kind = draw.choices(["ask", "down", "retried", "none", "up", "drop"], [8, 10, 2, 1, 1, 1])[0]
        if kind == "ask":
            name = f"d{len(steps)}"
            step = {"at": at, "happening": "ask", "delivery": name, "waited": draw.choice(["fresh", "held", "ending"])}
        elif kind == "drop":
            if not out:
                continue
            step = {"at": at, "happening": "given_back", "probe": out.pop(draw.randrange(len(out)))}
        else:
            # Most of the time a probe that is out is what ends.
            probe = out.pop() if out and draw.random() < 0.7 else None
            health = "down" if kind == "retried" else kind
            step = {"at": at, "happening": "result", "health": health, "last": kind != "retried", "probe": probe}
        found = played("breaker", settings, [*steps, step])[-1]["expect"]
        if found.get("admission") in ("probe", "extra_probe"):
            out.append(step["delivery"])
        steps.append(step)
    return {"name": f"drawn, {seed}", "settings": settings, "steps": played("breaker", settings, steps)}


def deliveries(count=12):
    """Deliveries of one webhook, some at a time."""
    return [_deliveries(seed) for seed in range(1, count + 1)]


def _deliveries(seed):
    draw = random.Random(f"delivery {seed}")
    settings = {
        **SETTINGS["delivery"],
        "timeout": draw.choice([1000, 5000]),
        "max_tries": draw.choice([1, 4, 12]),
        "max_time": draw.choice([4000, 20_000, 180_000]),
        "breaker_after": draw.choice([0, 0, 1000, 10_000]),
        "breaker_hold": draw.choice([2000, 5000, 60_000]),
    }
    world, at, steps = delivery.start(settings), 0, []
    under_way, count = {}, 0

    def take(happening):
        nonlocal world
        world, actions = delivery.step(world, at, happening)
        steps.append({"at": at, **happening, "expect": actions})
        for action in actions:
            if action["action"] == "send":
                under_way[action["delivery"]] = (at + action["limit"], action["attempt"])

    while len(steps) < 24:
        dues = [due for due in (delivery.next_due(world), *(end for end, _ in under_way.values())) if due is not None]
        then = at + EIGHTH * draw.choice([1, 1, 2, 4, 8, 24])
        at = max(at, min([then, *dues]))
        late = [name for name, (end, _) in under_way.items() if end <= at]
        if (due := delivery.next_due(world)) is not None and due <= at:
            take({"happening": "time"})
        elif late or (under_way and draw.random() < 0.5):
            name = late[0] if late else draw.choice(sorted(under_way))
            _, attempt = under_way.pop(name)
            wait = EIGHTH * draw.randrange(0, 8 * 2 ** min(attempt, 4))
            end = world.one(name).first + settings["max_time"]
            retry = f"retry {wait}" if attempt < settings["max_tries"] and at + wait <= end else "failed"
            if late:
                words = f"{retry} none"
            else:
                answers = ["delivered 200", "failed 400", f"{retry} 503", f"{retry} none", f"{retry} 429", "lacking"]
                words = draw.choices([*answers, "gone 410"], [3, 1, 9, 4, 1, 2, 0.2])[0]
            take({"happening": "result", "delivery": name, **result(words.split())})
        elif draw.random() < 0.15:
            count_of = draw.choice([1, 4, 5])
            take({"happening": "others", "health": draw.choice(["down", "down", "down", "up"]), "count": count_of})
        elif len(world.deliveries) < 4:
            count += 1
            take({"happening": "accepted", "delivery": f"d{count}"})
    take({"happening": "shutdown"})
    return {"kind": "delivery", "name": f"deliveries, drawn, {seed}", "settings": settings, "steps": steps}


def questions(count=6):
    """Questions, one after the other, to some webhooks."""
    return [_questions(seed) for seed in range(1, count + 1)]


def _questions(seed):
    draw = random.Random(f"question {seed}")
    webhooks = [
        {"webhook": name, "timeout": draw.choice([1000, 5000]), "on_error": draw.choice(["proceed", "proceed", "cancel"])}
        for name in "abc"[: draw.randint(1, 3)]
    ]
    settings = {**SETTINGS["question"], "budget": draw.choice([3000, 10_000]), "webhooks": webhooks}
    world, at, steps, asked = question.start(settings), 0, [], 0
    under_way = {}

    def take(happening):
        nonlocal world
        world, actions = question.step(world, at, happening)
        steps.append({"at": at, **happening, "expect": actions})
        for action in actions:
            if action["action"] == "send":
                under_way[action["webhook"]] = at + action["limit"]
            elif action["action"] == "decide":
                under_way.clear()

    while asked < 4 or world.questions:
        dues = [due for due in (question.next_due(world), *under_way.values()) if due is not None]
        at = max(at, min([at + EIGHTH * draw.choice([1, 2, 4, 8]), *dues]))
        due = question.next_due(world)
        late = [name for name, end in under_way.items() if end <= at]
        if due is not None and due <= at:
            take({"happening": "time"})
        elif late or under_way:
            name = late[0] if late else draw.choice(sorted(under_way))
            under_way.pop(name)
            retry = f"retry {EIGHTH * draw.randrange(0, 32)}"
            if late:
                words = draw.choice([f"{retry} none", "failed none"])
            else:
                answers = ["delivered 200", "cancel 200", "failed 400", f"{retry} 503", f"{retry} none", "lacking"]
                words = draw.choices(answers, [5, 1, 1, 4, 2, 0.5])[0]
            told = result(words.split())
            take({"happening": "result", "question": f"q{asked}", "webhook": name, **told})
        elif not world.questions:
            asked += 1
            take({"happening": "asked", "question": f"q{asked}"})
    return {"kind": "question", "name": f"questions, drawn, {seed}", "settings": settings, "steps": steps}
