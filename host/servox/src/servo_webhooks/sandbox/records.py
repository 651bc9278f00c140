"""The records of the interface `servo:webhooks/connector@0.1.0`, field by field as the
WIT has them, which also says what they mean.

Durations and instants are in nanoseconds. Variants are pairs of tag and payload.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Value = tuple[Literal["text", "handle"], Any]
"""A text, or the number of a handle."""
Content = tuple[Literal["text", "binary"], Any]
"""A `str`, or `bytes` that are not UTF-8."""


class Problem(NamedTuple):
    severity: str
    path: str
    at_key: bool
    message: str


class Header(NamedTuple):
    """Of a request or an answer: the value is a `str`. A webhook's own: it is a `Value`."""

    name: str
    value: Any


class Retries(NamedTuple):
    max_tries: int
    max_time: int
    policy: str


class Setting(NamedTuple):
    name: str
    value: str
    path: str


class Webhook(NamedTuple):
    """URL and header values are confidential: the record is never logged."""

    name: str | None
    description: str | None
    enabled: bool
    events: list[str]
    channels: list[str]
    response_channel: str | None
    url: Value
    headers: list[Header]
    secrets: list[int]
    timeout: int
    http_version: str
    on_error: str
    before: Retries
    after: Retries
    shape: str
    warm: bool
    scheme: str
    settings: list[Setting]

    def __repr__(self) -> str:
        return "Webhook(…)"


class Configuration(NamedTuple):
    webhooks: list[Webhook]
    problems: list[Problem]
    answer_headers: list[str]


class Event(NamedTuple):
    name: str
    id: str
    created: str
    parameters: str
    results: str | None


class Message(NamedTuple):
    channel: str
    id: str
    created: str
    content_type: str
    content: Content


Notification = tuple[Literal["event", "message"], Event | Message]


class Request(NamedTuple):
    content_type: str
    schema_version: int | None
    headers: list[Header]
    body: str | None
    warning: str | None = None
    """To be logged. A component from before it was there has none."""


class SigningContext(NamedTuple):
    delivery: str
    attempt: int
    now: int


class SecretError(NamedTuple):
    secret: int
    message: str


class AnswerBody(NamedTuple):
    text: str
    ending: str


class Answer(NamedTuple):
    status: int
    headers: list[Header]
    body: AnswerBody | None


class Attempt(NamedTuple):
    number: int
    elapsed: int
    now: int
    outcome: tuple[Literal["answer", "no-answer"], Any]


class Wait(NamedTuple):
    at_least: int
    at_most: int


class Ruling(NamedTuple):
    verdict: tuple[str, Any]
    read_body: bool
    publish: bool
    warning: str | None


class EventType(NamedTuple):
    name: str
    parameters: str | None
    value: str | None


class Description(NamedTuple):
    content_type: str
    schema: str


RECORDS: dict[tuple[str, ...], type[Any]] = {
    kind._fields: kind
    for kind in (
        Problem,
        Retries,
        Setting,
        Webhook,
        Configuration,
        Event,
        Message,
        Request,
        SigningContext,
        SecretError,
        AnswerBody,
        Answer,
        Attempt,
        Wait,
        Ruling,
        EventType,
        Description,
        Header,
    )
} | {Request._fields[:-1]: Request}
"""By the names of their fields."""
