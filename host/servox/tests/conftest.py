"""What tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import loguru
import pytest

from servo_webhooks import attempt, dispatch, fan_out
from servo_webhooks.log_limit import LogLimit
from servo_webhooks.sandbox import Connector

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def connector() -> Connector:
    """The one in the package."""
    return Connector.built_in()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's: proxies, and what was allowed elsewhere."""
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith("SERVO_"):
            monkeypatch.delenv(name)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The lines that are logged, none held back for an earlier test; `logger.flush` waits for them."""
    for module, kind in ((attempt, "answer"), (dispatch, "value"), (fan_out, "expression")):
        monkeypatch.setattr(module, "_warnings", LogLimit(kind))
    lines: list[str] = []
    sink = loguru.logger.add(lambda line: lines.append(str(line)), level="DEBUG", format="{message}")
    yield lines
    loguru.logger.remove(sink)
