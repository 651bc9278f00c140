"""The cases that are written by hand, in one line a step: `AT HAPPENING | WHAT IS EXPECTED`; and the files.

Whatever stands in a case is held against the implementation here: the two have to agree.
"""

import json
import re

from . import breaker, delivery, question

WORLDS = {"delivery": delivery, "question": question}

SETTINGS = {
    "breaker": {"after": 10_000, "hold": 5000},
    "delivery": {
        "timeout": 5000,
        "max_tries": 12,
        "max_time": 180_000,
        "breaker_after": 10_000,
        "breaker_hold": 5000,
    },
    "question": {"budget": 30_000, "breaker_after": 10_000, "breaker_hold": 5000, "webhooks": []},
}


def parsed(kind, text, settings):
    """The steps that a text states."""
    steps = []
    for line in filter(None, map(str.strip, text.splitlines())):
        left, right = (part.strip() for part in line.split("|"))
        at, happening = left.split(maxsplit=1)
        words = happening.split()
        step = {"at": int(at.replace("_", ""))}
        if kind == "breaker":
            step |= _told(words)
            step["expect"] = _said(right.split())
        else:
            step |= _happened(kind, words)
            step["expect"] = _actions(kind, right, settings)
        steps.append(step)
    return steps


def _number(word):
    return None if word == "-" else int(word.replace("_", ""))


def _told(words):
    kind, *rest = words
    if kind == "ask":
        return {"happening": "ask", "delivery": rest[0], "waited": rest[1]}
    if kind == "drop":
        return {"happening": "given_back", "probe": rest[0]}
    probe = rest[rest.index("by") + 1] if "by" in rest else None
    return {"happening": "result", "health": kind, "last": "retried" not in rest, "probe": probe}


def _said(words):
    kind, *rest = words or ["-"]
    match kind:
        case "free" | "probe" | "extra_probe":
            return {"admission": kind}
        case "held":
            return {"admission": "held", "until": _number(rest[0])}
        case "opened":
            failures, lasting, hold = map(_number, rest)
            return {"change": "opened", "failures": failures, "lasting": lasting, "hold": hold}
        case "reopened":
            return {"change": "reopened", "hold": _number(rest[0])}
        case "closed":
            return {"change": "closed"}
        case "given":
            return {}
    assert kind == "-", words
    return {"change": None}


def _happened(kind, words):
    first, *rest = words
    match first:
        case "time" | "shutdown":
            return {"happening": first}
        case "accept":
            return {"happening": "accepted", "delivery": rest[0]}
        case "ask":
            return {"happening": "asked", "question": rest[0]}
        case "others":
            webhook = {"webhook": rest.pop(0)} if kind == "question" else {}
            return {"happening": "others", **webhook, "health": rest[0], "count": int(rest[1])}
    of = {"delivery": first}
    if rest == ["read"]:
        return {"happening": "read", **of}
    if kind == "question":
        name, webhook = first.split(".") if "." in first else ("q", first)
        of = {"question": name, "webhook": webhook}
    return {"happening": "result", **of, **result(rest)}


def result(words):
    """What came of an attempt: `retry 1000 503`, `failed none`, `failed unmade`, `lacking`, `reading 200`."""
    if words[0] == "reading":
        return {**result(["delivered", *words[1:]]), "reading": True}
    verdict, *rest = words
    wait = {"wait": _number(rest.pop(0))} if verdict == "retry" else {}
    answer = rest[0] if rest else "unmade"
    status = int(answer) if answer.isdigit() else None
    health = "none" if answer == "unmade" else "down" if status is None or status >= 500 else "up"
    return {"verdict": verdict, **wait, "status": status, "health": health}


def _actions(kind, text, settings):
    found = []
    for part in filter(None, map(str.strip, re.split(r",|;", text))):
        verb, *rest = part.split()
        of = {"delivery": rest[0]} if kind == "delivery" and rest else {}
        if kind == "question" and verb in ("send", "wait", "abort"):
            name, webhook = rest[0].split(".") if "." in rest[0] else ("q", rest[0])
            of = {"question": name, "webhook": webhook}
        if verb == "send":
            limit = _number(rest[2]) if len(rest) > 2 else settings["timeout"]
            found.append({"action": "send", **of, "attempt": int(rest[1]), "limit": limit})
        elif verb in ("hold", "wait"):
            found.append({"action": verb, **of, "until": _number(rest[1])})
        elif verb == "abort":
            found.append({"action": "abort", **of})
        elif kind == "delivery":
            _, attempts, status, *error = rest
            words = {"outcome": verb, "attempts": int(attempts), "status": _number(status)}
            found.append({"action": "settle", **of, **words, "error": error[0] if error else None})
        else:
            found.append(_decision(part))
    return found


def _decision(text):
    """`proceed [a proceeded 1 200] [b no_answer 2 503 budget_over]`, `cancelled by a [..]`, of `q`."""
    head, *webhooks = re.findall(r"^[^\[]+|\[[^\]]+\]", text)
    outcome, *rest = head.split()
    by = rest[rest.index("by") + 1] if "by" in rest else None
    name = rest[rest.index("of") + 1] if "of" in rest else "q"
    told = []
    for one in webhooks:
        webhook, kind, *more = one.strip("[]").split()
        attempts, status, error = (*more, *["0", "-", None][len(more) :])
        words = {"webhook": webhook, "outcome": kind, "attempts": int(attempts), "status": _number(status)}
        told.append({**words, "error": error})
    return {"action": "decide", "question": name, "outcome": outcome, "by": by, "webhooks": told}


def played(kind, settings, steps):
    """The same steps with what the implementation makes of them."""
    return _played_breaker(settings, steps) if kind == "breaker" else _played_world(kind, settings, steps)


def _played_breaker(settings, steps):
    state, tickets, result = breaker.Breaker(**settings), {}, []
    for step in steps:
        at = step["at"]
        if step["happening"] == "ask":
            state, said, ticket = breaker.ask(state, at, step["waited"])
            if ticket:
                tickets[step["delivery"]] = ticket
        elif step["happening"] == "given_back":
            state, said = breaker.give_back(state, tickets[step["probe"]]), {}
        else:
            ticket = tickets[step["probe"]] if step["probe"] else None
            state, said = breaker.note(state, at, step["health"], step["last"], ticket)
        result.append({**step, "expect": {**said, "open": state.is_open}})
    return result


def _played_world(kind, settings, steps):
    module = WORLDS[kind]
    world, result = module.start(settings), []
    for step in steps:
        due = module.next_due(world)
        assert due is None or due >= step["at"], f"before {step}, something happens at {due}"
        happening = {key: value for key, value in step.items() if key not in ("at", "expect")}
        world, actions = module.step(world, step["at"], happening)
        result.append({**step, "expect": actions})
    return result


def case(kind, name, settings, text):
    """A case written by hand, with its expectations compared."""
    settings = {**SETTINGS[kind], **settings}
    steps = parsed(kind, text, settings)
    found = played(kind, settings, steps)
    for stated, made in zip(steps, found, strict=True):
        told, own = stated["expect"], made["expect"]
        own = {key: value for key, value in own.items() if key != "open"} if kind == "breaker" else own
        assert _sorted(told) == _sorted(own), f"{name}, at {stated['at']}:\n  stated {told}\n  made   {own}"
    return {"name": name, "settings": settings, "steps": found}


def _sorted(actions):
    return actions if isinstance(actions, dict) else sorted(map(json.dumps, actions))


def written(cases):
    """The text of a file: one line for each step."""
    lines = ['{"cases": [']
    for place, one in enumerate(cases):
        head = json.dumps({key: value for key, value in one.items() if key != "steps"}, ensure_ascii=False)
        lines.append(f"  {head[:-1]}, \"steps\": [")
        steps = [f"    {json.dumps(step, ensure_ascii=False)}" for step in one["steps"]]
        lines.append(",\n".join(steps))
        lines.append("  ]}" + ("," if place + 1 < len(cases) else ""))
    return "\n".join([*lines, "]}"]) + "\n"
