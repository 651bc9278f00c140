"""What repeats is logged once, and then once a minute."""

from __future__ import annotations

import pytest

from servo_webhooks.log import logger
from servo_webhooks.log_limit import LogLimit


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    logged: list[str] = []
    monkeypatch.setattr(logger, "warning", logged.append)
    return logged


def test_a_cause_is_logged_once_and_then_once_a_minute_with_what_was_held_back(lines: list[str]) -> None:
    now = 0.0
    limit = LogLimit("test", lambda: now)
    for each in range(1235):
        now = each / 1000
        limit.warn(("hook", "a"), f"line {each}")
    assert lines == ["line 0"]
    limit.warn(("hook", "b"), "another cause")
    now = 59.999
    limit.warn(("hook", "a"), "still held")
    assert lines == ["line 0", "another cause"]
    now = 60.0
    limit.warn(("hook", "a"), "again")
    assert lines[2:] == ["again; repeated=1235"]
    now = 600.0
    limit.warn(("hook", "a"), "much later")
    assert lines[3:] == ["much later"]


def test_ten_thousand_causes_take_the_memory_and_the_lines_of_a_few(lines: list[str]) -> None:
    now = 0.0
    limit = LogLimit("test", lambda: now)
    for each in range(10_000):
        limit.warn((str(each),), f"line {each}")
    assert lines == [f"line {each}" for each in range(32)]
    assert len(limit._causes) == 32
    now = 60.0
    limit.warn(("one more",), "one more")
    assert len(lines) == 34
    assert lines[32].startswith("9968 log lines of the kind test were held back")
    assert lines[33] == "one more"
    assert len(limit._causes) == 32
