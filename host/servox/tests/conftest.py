"""What tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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
