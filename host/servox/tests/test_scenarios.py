"""The scenarios that every host tells in the same way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from servo_webhooks.sandbox import Connector

from .conftest import REPOSITORY
from .support.story import tell

OWN = Path(__file__).parent / "scenario.json"

UNABLE: dict[str, str] = json.loads((REPOSITORY / "tests" / "hosts" / "servox.json").read_text())["cannot"]
"""What this host cannot do, with the reason."""


def scenarios() -> list[Any]:
    found = []
    for file in [OWN, *sorted((REPOSITORY / "tests" / "scenarios").glob("*.json"))]:
        for story in json.loads(file.read_text())["scenarios"]:
            keys = [file.stem, story["name"], *story.get("needs", [])]
            unable = [UNABLE[key] for key in keys if key in UNABLE]
            marks = [pytest.mark.skip(reason="; ".join(unable))] if unable else []
            found.append(pytest.param(story, id=f"{file.stem}: {story['name']}", marks=marks))
    return found


@pytest.mark.parametrize("story", scenarios())
async def test_scenario(connector: Connector, story: dict[str, Any], tmp_path: Path) -> None:
    wrong = await tell(connector, story, tmp_path)
    assert not wrong, "\n".join([story["why"], *wrong])


@pytest.mark.parametrize(
    ("pointer", "wrong"),
    [
        ("requests//store/0/headers/x-servo-event", "before:measure"),
        ("requests//store/0/signed_with", "another"),
        ("requests//store/0/body", "{}"),
        ("requests//store/0/version", "2"),
        ("requests//store", []),
        ("outcomes/0/outcome", "rejected"),
        ("deliveries/0/status", 201),
        ("deliveries", []),
        ("publications/0/content", "~thank you"),
    ],
)
async def test_a_wrong_expectation_is_found(connector: Connector, tmp_path: Path, pointer: str, wrong: Any) -> None:
    story = json.loads(OWN.read_text())["scenarios"][0]
    place: Any = story["expect"]
    *way, last = [part.replace("|", "/") for part in pointer.replace("//", "/|").split("/")]
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[int(last) if isinstance(place, list) else last] = wrong
    assert await tell(connector, story, tmp_path)
