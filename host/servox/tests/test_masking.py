"""Nothing confidential is shown of a configuration, whichever way it is looked at."""

from __future__ import annotations

import pprint
from collections.abc import Callable
from typing import Any

import devtools
import pytest
import servo

from servo_webhooks import WebhooksConfiguration
from servo_webhooks.settings import HIDDEN

SECRET = "hunter2"
HEADERS: list[Any] = [
    {"name": SECRET},
    {"env": SECRET},
    {"file": SECRET},
    {"value": SECRET},
    {"name": SECRET, "env": SECRET, "file": SECRET, "X-Token": {"env": "TOKEN"}},
    [
        {"name": "name", "value": SECRET},
        {"name": "env", "value": SECRET},
        {"name": "X-Token", "value": {"env": "TOKEN"}},
    ],
]
WAYS: list[Callable[[WebhooksConfiguration], object]] = [
    repr,
    str,
    devtools.pformat,
    pprint.pformat,
    lambda config: list(config.__rich_repr__()),
    lambda config: config.dict(),
    lambda config: config.dict(exclude_unset=True, by_alias=True),
    lambda config: config.json(indent=1),
    lambda config: config.yaml(),
    lambda config: config.copy().json(),
    lambda config: config.copy(deep=True).dict(),
    lambda config: config.schema_json(),
    lambda config: servo.Assembly.construct(config=config).json(exclude={"servos"}),
]


@pytest.fixture(autouse=True)
def token(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)


@pytest.mark.parametrize("headers", HEADERS, ids=str)
@pytest.mark.parametrize("way", range(len(WAYS)))
def test_header_values_and_secrets_are_masked(headers: Any, way: int) -> None:
    webhook = {"events": "after:measure", "url": f"https://example.com/{SECRET}", "headers": headers}
    for secret in (SECRET, [SECRET, {"env": "TOKEN"}], {"env": "TOKEN"}):
        config = WebhooksConfiguration.parse_obj([{**webhook, "secret": secret}])
        assert SECRET not in str(WAYS[way](config))


def test_names_and_references_are_shown() -> None:
    url = {"file": __file__}
    config = WebhooksConfiguration.construct(
        __root__=[
            {"url": url, "secret": [SECRET, {"env": "TOKEN"}], "headers": HEADERS[4]},
            {"url": "https://example.com/path", "secret": {"env": "TOKEN"}, "headers": HEADERS[5]},
            SECRET,
            {"headers": SECRET, "secret": {"env": SECRET, "file": SECRET}, "X-Token: hunter2": None},
        ]
    )
    assert config.dict()["__root__"] == [
        {
            "url": url,
            "secret": [HIDDEN, {"env": "TOKEN"}],
            "headers": {"name": HIDDEN, "env": HIDDEN, "file": HIDDEN, "X-Token": {"env": "TOKEN"}},
        },
        {
            "url": "https://example.com",
            "secret": {"env": "TOKEN"},
            "headers": [
                {"name": "name", "value": HIDDEN},
                {"name": "env", "value": HIDDEN},
                {"name": "X-Token", "value": {"env": "TOKEN"}},
            ],
        },
        HIDDEN,
        {"headers": HIDDEN, "secret": HIDDEN, "…": HIDDEN},
    ]


def test_errors_repeat_nothing() -> None:
    wrong = [
        {
            "events": "measure",
            "url": f"https://example.com:{SECRET}/",
            "secret": SECRET,
            "headers": {"name": f"{SECRET}\n"},
        },
        {"events": "after:measure", "url": f"ftp://{SECRET}", "secret": SECRET, "headers": [{"name": f"{SECRET} x"}]},
    ]
    with pytest.raises(ValueError, match="webhooks\\[1\\]") as raised:
        WebhooksConfiguration.parse_obj(wrong)
    assert SECRET not in str(raised.value)
    assert SECRET not in repr(raised.value)
