"""Writes the scenarios beside it, one file for each topic; with --check it only compares. See README.md.

Needs Python 3.11 or newer and two packages: cryptography 50.0.2 and jq 1.13.0.
"""

import argparse
import importlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
SECTIONS = {
    "Configuration": ["configurations", "references"],
    "Events and messages": ["events", "envelopes", "listeners", "channels"],
    "The request": ["bodies", "headers", "formats", "expressions", "signatures", "transport"],
    "The answer": ["before", "unanswered", "cancelling", "together", "timeouts", "after", "publications"],
    "Retries": ["retries"],
    "Reaching out": ["egress"],
}
"""The parts of the contract, and the topics that tell of each."""


def written(section, scenarios):
    return json.dumps({"section": section, "scenarios": scenarios}, indent=1, ensure_ascii=False) + "\n"


def files():
    """The text of every file, by its name."""
    texts, names = {}, set()
    for section, topic in [(section, topic) for section, topics in SECTIONS.items() for topic in topics]:
        scenarios = list(importlib.import_module(f"topics.{topic}").scenarios())
        for scenario in scenarios:
            name = scenario["name"]
            assert name not in names, f"two scenarios have the name: {name}"
            names.add(name)
        texts[f"{topic}.json"] = written(section, scenarios)
    return texts, len(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 if a file is not what would be written")
    check = parser.parse_args().check
    texts, count = files()
    there = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("*.json")}
    if check:
        wrong = sorted(name for name in texts.keys() | there.keys() if texts.get(name) != there.get(name))
        for name in wrong:
            print(f"{name} is not what scenarios.py writes", file=sys.stderr)
        return 1 if wrong else 0
    for name in there.keys() - texts.keys():
        (HERE / name).unlink()
    for name, text in texts.items():
        (HERE / name).write_text(text, encoding="utf-8")
    print(f"{count} scenarios in {len(texts)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
