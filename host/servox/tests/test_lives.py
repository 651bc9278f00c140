"""The lives of breakers, deliveries and questions, as every host lives them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from servo_webhooks.breaker import Admission, Breaker, Limits, Probe, Waited
from servo_webhooks.sandbox import Connector
from servo_webhooks.times import display

from .conftest import REPOSITORY
from .support.life import HEALTH, Life, milliseconds, virtual

WAITED = {"fresh": Waited.NOT, "held": Waited.SOME, "ending": Waited.ENOUGH}

TESTS = REPOSITORY / "tests"

UNABLE: dict[str, str] = json.loads((TESTS / "hosts" / "servox.json").read_text())["cannot"]
"""What this host cannot do, with the reason."""


def cases(file: str) -> list[Any]:
    found = json.loads((TESTS / "vectors" / f"{file}.json").read_text())["cases"]
    assert len(found) >= 60
    return [pytest.param(case, id=case["name"], marks=skipped(file, case["name"])) for case in found]


def skipped(*keys: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.skip(reason=UNABLE[key]) for key in keys if key in UNABLE]


@pytest.mark.parametrize("case", cases("lifecycle"))
def test_a_life(connector: Connector, case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with virtual(monkeypatch) as loop:
        wrong = list(Life(connector, case, loop).wrong())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "key", "wrong"),
    [
        ("a retry has what is left of the budget", "limit", 1),
        ("an attempt that is retried waits for as long as was drawn", "until", 1),
        ("five that are given up over ten seconds open it, and the sixth waits", "until", 15_001),
        ("what this machine lacked is no attempt, and not the webhook's fault", "by", "a"),
        ("a final answer after a retry fails it", "attempts", 1),
        ("a final answer after a retry fails it", "error", "time_over"),
        ("at the end, what is to be retried is undelivered with its status and error", "status", None),
    ],
)
def test_a_wrong_expectation_is_found(
    connector: Connector, monkeypatch: pytest.MonkeyPatch, name: str, key: str, wrong: Any
) -> None:
    case = next(case.values[0] for case in cases("lifecycle") if case.id == name)
    action = [action for step in case["steps"] for action in step["expect"] if key in action][-1]
    action[key] = wrong
    with virtual(monkeypatch) as loop:
        assert list(Life(connector, case, loop).wrong())


@pytest.mark.parametrize("case", cases("breaker"))
def test_a_breaker(case: dict[str, Any]) -> None:
    breaker = Breaker()
    limits = Limits(**{name: value / 1000 for name, value in case["settings"].items()})
    probes: dict[str | None, Probe] = {}
    wrong = []
    for step in case["steps"]:
        now, expect = step["at"] / 1000, step["expect"]
        found: dict[str, Any] = {}
        if step["happening"] == "ask":
            admission = breaker.admit(now, WAITED[step["waited"]])
            found = told(admission)
            if admission.probe:
                probes[step["delivery"]] = admission.probe
        elif step["happening"] == "given_back":
            breaker.release(probes[step["probe"]])
        else:
            probe = probes.get(step["probe"])
            change = breaker.note(limits, now, HEALTH[step["health"]], probe=probe, last=step["last"])
            found = {"change": None if change is None else change.text}
            expect = {"open": expect["open"], "change": text(expect)}
        found["open"] = not breaker.is_closed
        if found != expect:
            wrong.append(f"at {step['at']}: {found}, not {expect}")
    assert not wrong, "\n".join(wrong)


def told(admission: Admission) -> dict[str, Any]:
    """As a case says it."""
    if not admission.free:
        return {"admission": "held", "until": None if admission.until is None else milliseconds(admission.until)}
    if admission.probe is None:
        return {"admission": "free"}
    return {"admission": "extra_probe" if admission.probe.is_extra else "probe"}


def text(expect: dict[str, Any]) -> str | None:
    """What people read of a change."""
    hold = f"holding deliveries for {display(expect.get('hold', 0) / 1000)}"
    match expect["change"]:
        case "opened":
            row = f"{expect['failures']} events in a row failed within {display(expect['lasting'] / 1000)}"
            return f"breaker opened: {row}; {hold}"
        case "reopened":
            return f"breaker stays open: the probe failed; {hold}"
        case "closed":
            return "breaker closed: sending resumed"
    return None
