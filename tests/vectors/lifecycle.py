"""Writes breaker.json and lifecycle.json beside it; with --check it only compares. See README.md."""

import argparse
import pathlib
import sys

from life import seeds
from life.breaker_cases import BREAKER
from life.delivery_cases import DELIVERY
from life.notation import case, written
from life.question_cases import QUESTION

HERE = pathlib.Path(__file__).parent


def files():
    """The texts of both files."""
    breaker = [case("breaker", *one) for one in BREAKER] + seeds.breakers()
    life = [{"kind": "delivery", **case("delivery", *one)} for one in DELIVERY] + seeds.deliveries()
    life += [{"kind": "question", **case("question", *one)} for one in QUESTION] + seeds.questions()
    for cases in (breaker, life):
        names = [one["name"] for one in cases]
        assert len(set(names)) == len(names), "a name twice"
    return {"breaker.json": written(breaker), "lifecycle.json": written(life)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 if a file is not what would be written")
    only_compares, stale = parser.parse_args().check, []
    for name, text in files().items():
        file = HERE / name
        if not only_compares:
            file.write_text(text, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"{' and '.join(stale)}: out of date; run python3 tests/vectors/lifecycle.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
