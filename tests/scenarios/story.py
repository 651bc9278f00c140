"""The words that scenarios are told in: webhooks, events, answers, and what is expected of them."""

from dataclasses import dataclass, replace

SECRET = "s3cr3t"
CREATED = "2026-11-23T11:23:42.243402+00:00"
BODY_TYPE = "application/vnd.opsani.servo-webhooks+json"
CANCEL = "application/vnd.opsani.servo.errors.EventCancelledError+json"
OLDER_CANCEL = "application/vnd.opsani.servo.errors.CancelEventError+json"
ANY = "*"
"""Any text: words for people may differ from host to host."""


def scenario(name, why, webhooks, steps, *, requests=None, outcomes=(), deliveries=(), publications=(), **more):
    """Steps may be events, and stand for what they state."""
    expect = {
        "requests": requests or {},
        "outcomes": list(outcomes),
        "deliveries": list(deliveries),
        "publications": list(publications),
    }
    stated = [step if isinstance(step, dict) else step.step() for step in steps]
    return {"name": name, "why": why} | more | {"webhooks": webhooks, "steps": stated, "expect": expect}


def refused(name, why, webhooks, *problems, **more):
    """A configuration that is refused; each problem is a path and a part of its message."""
    problems = [{"path": path, "contains": part} for path, part in problems]
    return (
        {"name": name, "why": why}
        | more
        | {"webhooks": webhooks, "steps": [MEASURE.step()], "expect": {"refused": problems}}
    )


def hook(name="hook", events=None, **fields):
    """A webhook with a path of its own name."""
    listens = {} if events is None else {"events": events}
    return {"name": name} | listens | {"url": f"{{responder}}/{name}", "secret": SECRET} | fields


@dataclass(frozen=True)
class Event:
    """One side of an event; `stated` is its time as the servo states it, `created` as it is sent."""

    name: str
    id: str
    parameters: str = "{}"
    results: str | None = None
    stated: str = CREATED
    created: str = CREATED
    padding: int = 0

    def step(self):
        if self.padding:
            return {"event": self.name, "id": self.id, "created_at": self.stated, "padding": self.padding}
        texts = {"parameters_json": self.parameters if self.parameters != "{}" else None, "results_json": self.results}
        texts = {key: text for key, text in texts.items() if text is not None}
        return {"event": self.name, "id": self.id, "created_at": self.stated} | texts

    def body(self, source=None):
        """The body, put together as the contract has it."""
        results = self.results or ("null" if self.name.startswith("before:") else "[]")
        named = f'"source":"{source}",' if source else ""
        return (
            f'{{"event":"{self.name}","created_at":"{self.created}","results":{results},'
            f'"id":"{self.id}",{named}"parameters":{self.parameters}}}'
        )

    def request(self, attempt=1, *, secret=SECRET, source=None, headers=None, absent=(), **more):
        """The request that a webhook without a format of its own gets."""
        own = {"content-type": BODY_TYPE, "x-servo-event": self.name, "x-servo-attempt": str(attempt)}
        own |= {"x-servo-schema": "1", "x-servo-delivery": ANY, "user-agent": "~servo-webhooks/"}
        request = {"headers": own | (headers or {})}
        if absent:
            request["absent"] = list(absent)
        return request | {"body": self.body(source), "signed_with": secret} | more

    def requests(self, count, **more):
        """The same request, on each of so many attempts."""
        return [self.request(attempt, **more) for attempt in range(1, count + 1)]

    def outcome(self, outcome, *webhooks, reason=None):
        return {"event": self.name, "id": self.id, "outcome": outcome, "reason": reason, "webhooks": list(webhooks)}

    def delivery(self, webhook="hook", outcome="delivered", *, index=0, attempts=1, status=200, error=None):
        own = {"event": self.name, "id": self.id, "delivery": ANY, "webhook": webhook, "index": index}
        return own | {"outcome": outcome, "attempts": attempts, "status": status, "error": error}

    def named(self, **changes):
        return replace(self, **changes)


@dataclass(frozen=True)
class Message:
    """A message on a channel."""

    channel: str
    content: str = "hello"
    content_type: str = "text/plain"
    key: str = "content"

    def step(self):
        return {"channel": self.channel, "content_type": self.content_type, self.key: self.content}

    def request(self, attempt=1, *, secret=SECRET, **more):
        own = {"content-type": self.content_type, "x-servo-event": f"channel:{self.channel}"}
        own |= {"x-servo-attempt": str(attempt), "x-servo-delivery": ANY, "user-agent": "~servo-webhooks/"}
        body = {"body" if self.key == "content" else "body_base64": self.content}
        return {"headers": own} | body | {"signed_with": secret} | more

    def outcome(self, outcome, *webhooks):
        return {"event": f"channel:{self.channel}", "id": ANY, "outcome": outcome, "webhooks": list(webhooks)}

    def delivery(self, webhook="hook", outcome="delivered", *, index=0, attempts=1, status=200, error=None):
        own = {"event": f"channel:{self.channel}", "delivery": ANY, "webhook": webhook, "index": index}
        return own | {"outcome": outcome, "attempts": attempts, "status": status, "error": error}


ADJUST = Event(
    "before:adjust", "adjust-1", '{"adjustments":[{"component_name":"web","setting_name":"cpu","value":2.5}]}'
)
MEASURE = Event(
    "after:measure", "measure-1", '{"metrics":["throughput"]}', '[{"connector":"prometheus","value":{"readings":[]}}]'
)


def settled(webhook, outcome, *, index=0, attempts=0, status=None, error=None, **more):
    """What became of an event at one webhook."""
    found = {"index": index, "name": webhook, "outcome": outcome}
    if outcome == "not_awaited":
        return found
    found |= {"attempts": attempts, "status": status}
    return found | ({} if outcome == "cancelled" else {"error": error}) | more


def proceeded(webhook="hook", *, status=200, attempts=1, **more):
    return settled(webhook, "proceeded", attempts=attempts, status=status, **more)


def accepted(webhook="hook", *, index=0):
    return settled(webhook, "accepted", index=index)


# ---- what the responder answers

HANG = {"hang": True}
CLOSE = {"close": True}


def status(code, headers=None, body=None, **more):
    answer = {"status": code}
    if headers:
        answer["headers"] = headers
    if body is not None:
        answer["body"] = body
    return answer | more


def typed(content_type, body, code=200, **more):
    return status(code, {"Content-Type": content_type}, body, **more)


def cancel(reason="not now", code=200, kind=CANCEL, **more):
    return typed(kind, f'{{"reason": "{reason}"}}', code, **more)


def raw(text, **more):
    return {"raw": text} | more
