"""Writes docs/reference/hosts.md: which host meets which section of the contract; with --check it only compares.

A host is a file `*.json` here. What it `cannot` do, with the reason, is a need of scenarios, a topic, a scenario,
`vectors`, `keeps`, or a command; the host's own runner skips what stands there and nothing else. What is not `seen` of it is
`unseen`, with the reason. Needs Python 3.11 and nothing else.
"""

import argparse
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = ROOT / "docs/reference/hosts.md"
COMMANDS = ["run", "serve", "list", "schema", "trigger", "generate", "check", "component", "demo"]
FUNCTIONS = {
    "parse-config": "Configuration",
    "select": "Events and messages",
    "render": "The request",
    "sign": "The request",
    "judge": "The answer, retries",
    "schema": "The command line",
    "sample": "The command line",
}
"""The functions that have vectors, and the sections that they decide."""

LIVES = {"breaker": "breakers", "delivery": "deliveries", "question": "questions"}
"""Whose lives the vectors show that are played in virtual time."""

SEEN = {
    "metrics": "[metrics](metrics.md)",
    "exported": "[traces](../guides/tracing.md) exported",
    "context": "trace context passed on to the responder",
    "page": "[page](../guides/page.md), `top`",
    "repeats": "repeated log lines held back",
}
"""What can be seen of a host at work."""

ABOUT = """\
# Which host does what

`python3 tests/hosts/hosts.py` writes this page from the [scenarios](../../tests/scenarios/README.md), the
[vectors](../../tests/vectors/README.md) and what each host says of itself in [tests/hosts](../../tests/hosts); a test fails if it
is stale. A number counts the scenarios or vectors that the host's own tests play. A note says why the others are left out.

| section | is about |
| --- | --- |
| Configuration | [fields, references and problems](configuration.md) |
| Events and messages | [which webhooks fire](events.md) |
| The request | [headers, body, formats](request.md), [expressions](../concepts/expressions.md), [signatures](../concepts/signatures.md), HTTP |
| The answer | [what it does](../concepts/delivery.md#what-an-answer-does) before and after an event, and what is published |
| Retries | [when a delivery is tried again](../concepts/delivery.md#retries) |
| Reaching out | [where requests may go](../concepts/egress.md) |
| The command line | [commands](command-line.md) |
"""

TESTS = """\
## Tests

From a clean machine with rustup. `.ci/run` installs what else it needs, on Debian as root. `cargo test` skips what needs more
than Rust, and says so.

To add a host, add a file `NAME.json` to [tests/hosts](../../tests/hosts) with the keys of the others. `cannot` lists what the host
does not do, each with its reason: a need of scenarios (`http2`, `origin`, `raw`), a whole topic (the name of a file of
scenarios), a scenario or a life by its name, `vectors`, or a command. The host's test runner reads that list and skips nothing else.
"""


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


class Notes:
    """Reasons, each with a number."""

    def __init__(self):
        self.texts = []

    def mark(self, texts):
        for text in texts:
            if text not in self.texts:
                self.texts.append(text)
        return "".join(f" ({number})" for number in sorted({self.texts.index(text) + 1 for text in texts}))

    def __str__(self):
        return "".join(f"{number}. {text}\n" for number, text in enumerate(self.texts, 1))


def page():
    hosts = sorted((read(path) for path in HERE.glob("*.json")), key=lambda host: (host["name"] != "Rust", host["name"]))
    topics = {path.stem: read(path) for path in sorted((ROOT / "tests/scenarios").glob("*.json"))}
    sections = {}
    for topic, file in topics.items():
        for scenario in file["scenarios"]:
            keys = {topic, scenario["name"], *scenario.get("needs", [])}
            sections.setdefault(file["section"], []).append(keys)
    lives = {}
    for file in ("breaker", "lifecycle"):
        for case in read(ROOT / f"tests/vectors/{file}.json")["cases"]:
            lives.setdefault(LIVES[case.get("kind", file)], []).append({"lives", file, case["name"]})
    known = {"vectors", "lives", "keeps", *COMMANDS} | {key for scenarios in (*sections.values(), *lives.values()) for keys in scenarios for key in keys}
    notes = Notes()

    def told(host, scenarios):
        reasons = [[host["cannot"][key] for key in sorted(keys) if key in host["cannot"]] for keys in scenarios]
        count = sum(not reason for reason in reasons)
        mark = notes.mark(list(dict.fromkeys(text for reason in reasons for text in reason)))
        if count == len(scenarios):
            return f"all {count}"
        return f"{count} of {len(scenarios)}{mark}" if count else f"no{mark}"

    for host in hosts:
        unknown = host["cannot"].keys() - known
        assert not unknown, f"{host['name']} cannot do what nothing needs: {sorted(unknown)}"
        both = host["commands"].keys() & host["cannot"].keys()
        assert not both, f"{host['name']} both can and cannot: {sorted(both)}"
        assert ("keeps" in host) != ("keeps" in host["cannot"]), f"{host['name']} keeps what it accepted, or says why not"
        both = sorted([*host["seen"], *host["unseen"]])
        assert both == sorted(SEEN), f"{host['name']} shows each of {sorted(SEEN)}, or says why not"
        assert ("vectors" in host) != ("vectors" in host["cannot"]), f"{host['name']} plays the vectors, or says why not"
        for place in (host["folder"], host["scenarios"], host.get("vectors", ""), host.get("lives", "")):
            assert (ROOT / place).exists(), f"{host['name']}: there is no {place}"
    order = ["Configuration", "Events and messages", "The request", "The answer", "Retries", "Reaching out"]
    assert sorted(order) == sorted(sections), "the sections of the scenarios are others"
    names = [f"[{host['name']}](../../{host['folder']})" for host in hosts]
    contract = [[section, *(told(host, sections[section]) for host in hosts)] for section in order]
    vectors = []
    for function, section in FUNCTIONS.items():
        count = len(read(ROOT / f"tests/vectors/{function}.json")["vectors"])
        cells = [
            f"all {count}" if "vectors" in host else "no" + notes.mark([host["cannot"]["vectors"]]) for host in hosts
        ]
        vectors.append([f"`{function}`", section, *cells])
    played = [
        [kind, *(told(host, cases) if "lives" in host else "no" for host in hosts)] for kind, cases in lives.items()
    ]
    commands = [
        [f"`{command}`"]
        + [host["commands"].get(command) or "no" + notes.mark([host["cannot"][command]]) for host in hosts]
        for command in COMMANDS
    ]
    kept = [host.get("keeps") or "no" + notes.mark([host["cannot"]["keeps"]]) for host in hosts]
    seen = [
        [what] + [host["seen"].get(key) or "no" + notes.mark([host["unseen"][key]]) for host in hosts]
        for key, what in SEEN.items()
    ]
    tests = []
    for name, host in zip(names, hosts, strict=True):
        players = [f"[{kind}](../../{host[kind]})" for kind in ("scenarios", "vectors", "lives") if kind in host]
        tests.append([name, f"`{host['test']}`", ", ".join(players)])
    return "\n".join(
        [
            ABOUT,
            "## Scenarios by section\n",
            table(["section", *names], contract),
            "## Vectors by function\n",
            table(["function", "decides", *names], vectors),
            "## Lives\n",
            table(["of", *names], played),
            "## The command line\n",
            table(["command", *names], commands),
            "## What was accepted outlasts the process\n",
            table(["", *names], [["by", *kept]]),
            "## What can be seen of it\n",
            table(["", *names], seen),
            "## Why not\n",
            str(notes),
            TESTS,
            table(["host", "command", "played by"], tests),
        ]
    ).removesuffix("\n") + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit with 1 if the page is not what would be written")
    text = page()
    if not parser.parse_args().check:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print("docs/reference/hosts.md is stale: run python3 tests/hosts/hosts.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
