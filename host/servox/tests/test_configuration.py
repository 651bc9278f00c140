"""What a configuration may say, what is refused, and that nothing confidential is shown."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from servo_webhooks import WebhooksConfiguration
from servo_webhooks.configuration import Configuration, ConfigurationError
from servo_webhooks.configuration.document import Document
from servo_webhooks.configuration.problem import from_pointer
from servo_webhooks.sandbox import Connector
from servo_webhooks.secret import Secret

GOOD: dict[str, Any] = {"name": "a", "events": "after:measure", "url": "https://hooks.example/p", "secret": "s"}


def problems(connector: Connector, webhooks: Any, **options: Any) -> list[str]:
    try:
        return [str(problem) for problem in Configuration(connector, webhooks, **options).problems]
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]


def test_what_the_readme_of_the_original_shows_loads(connector: Connector) -> None:
    text = """
    - name: my_measure_handler # Optional. Name of the webhook.
      description: Store measurement info into Elastic Search.
      events:
      - after:measure
      url: https://example.com/webhooks
      secret: s3cr3t
      headers:
        - name: x-some-header
          value: some value
      backoff:
        max_tries: 3
        max_time: 5m
    """
    read = Configuration(connector, yaml.full_load(text))
    assert read.problems == []
    (webhook,) = read.webhooks
    assert (webhook.after.max_tries, webhook.after.max_time) == (3, 300)
    assert ("x-some-header", "some value") in webhook.headers


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"secret": ""}, "error: webhooks[0].secret: the secret is empty"),
        ({"secret": 5}, "error: webhooks[0].secret: "),
        ({"secret": None}, "error: webhooks[0].secret: "),
        ({"secret": {"vault": "x"}}, "error: webhooks[0].secret: must be {env: NAME} or {file: PATH}"),
        ({"secret": datetime.date(2020, 1, 1)}, "error: webhooks[0].secret: YAML reads this as a date"),
        ({"url": "https://u:hunter2@hooks.example/"}, "error: webhooks[0].url: "),
        ({"url": "ftp://hooks.example/"}, "error: webhooks[0].url: "),
        ({"backoff": {"max_tires": 3}}, "error: webhooks[0].backoff.max_tires: "),
        ({"backoff": True}, "error: webhooks[0].backoff: "),
        ({"backoff": {"max_time": float("inf")}}, "error: webhooks[0].backoff.max_time: infinity"),
        ({"timeout": 0}, "error: webhooks[0].timeout: "),
        ({"headers": {"Host": "evil"}}, "error: webhooks[0].headers.Host: "),
        ({"headers": {"X-A": "a\r\nX-B: b"}}, 'error: webhooks[0].headers["X-A"]: '),
        ({"headers": {5: "x"}}, "error: webhooks[0].headers: this key is not a string"),
        ({"sekret": "hunter2"}, "error: webhooks[0].sekret: "),
        ({"secret=hunter2": None}, 'error: webhooks[0]["…"]: '),
        ({"events": "measure"}, "error: webhooks[0].events: "),
        ({"secret": {"env": "UNSET"}}, "the environment variable `UNSET` is not set"),
        ({"secret": {"env": "EMPTY"}}, "the environment variable `EMPTY` is empty"),
        ({"secret": {"file": "missing"}}, "the file `missing` cannot be read: No such file"),
        ({"secret": {"file": "."}}, "the file `.` cannot be read: it is not a regular file"),
        ({"url": {"env": "BAD_URL"}}, "error: webhooks[0].url: must not hold a user or password"),
        ({"headers": {"X-A": {"env": "BAD_HEADER"}}}, "error: webhooks[0].headers: X-A: the value has characters"),
    ],
)
def test_what_is_refused(connector: Connector, tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    variables = {"EMPTY": "", "BAD_URL": "https://u:hunter2@hooks.example/", "BAD_HEADER": "hunter2\n"}
    found = problems(connector, [GOOD | change], folder=tmp_path, variables=variables)
    assert any(expected in problem for problem in found), found
    assert "hunter2" not in "\n".join(found)


def test_thousands_of_conditions_are_compiled(connector: Connector) -> None:
    webhooks = [GOOD | {"name": f"n{nth}", "when": f".parameters.metrics | length > {nth}"} for nth in range(10_000)]
    read = Configuration(connector, webhooks)
    assert len(read.webhooks) == 10_000
    assert read.problems == []


@pytest.mark.parametrize("webhooks", [None, {}, "x", 5])
def test_webhooks_are_a_list(connector: Connector, webhooks: Any) -> None:
    assert problems(connector, webhooks)[0].startswith("error: webhooks: webhooks must be a list, not ")


def test_all_problems_are_reported_at_once(connector: Connector) -> None:
    twice = [GOOD | {"timeout": "soon"}, GOOD | {"url": "nowhere"}]
    found = problems(connector, twice)
    assert len(found) >= 3, "a time, a url and a name that is given twice"
    assert {problem.split(": ")[1] for problem in found} >= {
        "webhooks[0].timeout",
        "webhooks[1].url",
        "webhooks[1].name",
    }


def test_misspelt_events_are_warned_of(connector: Connector) -> None:
    (problem,) = problems(connector, [GOOD | {"events": "after:mesure"}])
    assert problem.startswith("warning: webhooks[0].events")
    assert "measure" in problem
    assert problems(connector, [GOOD | {"events": "after:deploy"}], events=["deploy"]) == []


def test_references_are_resolved(connector: Connector, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\r\n")
    webhook = GOOD | {
        "url": {"env": "URL"},
        "secret": [{"file": "key"}, "literal"],
        "headers": [{"name": "Authorization", "value": {"env": "TOKEN"}}],
    }
    read = Configuration(
        connector, [webhook], folder=tmp_path, variables={"URL": "https://hooks.example/s", "TOKEN": "Bearer t"}
    )
    (found,) = read.webhooks
    assert found.target is not None
    assert found.target.path == b"/s"
    assert [secret.expose() for secret in found.secrets] == ["from a file", "literal"]
    assert ("Authorization", "Bearer t") in found.headers


def test_an_unset_reference_is_a_warning_for_those_who_look(connector: Connector) -> None:
    (problem,) = problems(connector, [GOOD | {"secret": {"env": "UNSET"}}], inspect=True, variables={})
    assert problem.startswith("warning: webhooks[0].secret: ")


def test_no_secret_reaches_the_connector() -> None:
    webhook = GOOD | {
        "secret": ["hunter2", {"env": "KEY"}, 12345, ["hunter2"]],
        "url": {"file": "u"},
        "headers": {"X-A": {"env": "T"}, "X-B": "plain"},
    }
    document = Document([webhook])
    assert "hunter2" not in document.json
    assert "12345" not in document.json
    written = json.loads(document.json)[0]
    assert written["secret"] == [{"handle": 1}, {"handle": 2}, 0, []]
    assert written["url"] == {"handle": 0}
    assert written["headers"] == {"X-A": {"handle": 3}, "X-B": "plain"}
    assert str(document.handles[1].target) == "[redacted]"
    assert document.handles_of(0) == range(4)
    assert document.handles[2].path == "webhooks[0].secret[1]"


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    (problem,) = Document(loop).problems
    assert problem.message == "it contains itself"


def test_pointers_become_paths() -> None:
    assert from_pointer("/2/backoff/max_time") == "webhooks[2].backoff.max_time"
    assert from_pointer("/0/headers/X-Foo") == 'webhooks[0].headers["X-Foo"]'
    assert from_pointer("/0/a~1b=c") == 'webhooks[0]["…"]'
    assert from_pointer("") == "webhooks"


def test_a_secret_is_never_shown() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        secret.__reduce__()


def test_the_model_of_servox_shows_nothing_confidential() -> None:
    webhook = GOOD | {
        "url": "https://hooks.example/hunter2?token=hunter2",
        "secret": ["hunter2", {"env": "PATH"}],
        "headers": {"X-A": "hunter2"},
        "timeout": "3s",
    }
    model = WebhooksConfiguration(__root__=[webhook])
    for text in (repr(model), str(model), model.json(), json.dumps(model.dict()), model.yaml()):
        assert "hunter2" not in text
    (shown,) = model.dict()["__root__"]
    assert shown["url"] == "https://hooks.example"
    assert shown["secret"] == ["**********", {"env": "PATH"}]
    assert (shown["name"], shown["timeout"]) == ("a", "3s")


def test_errors_of_the_model_have_paths() -> None:
    with pytest.raises(ValueError, match=r"webhooks\[0\].backoff.max_tires"):
        WebhooksConfiguration(__root__=[GOOD | {"backoff": {"max_tires": 3}}])


@pytest.mark.parametrize(
    ("secret", "write"),
    [
        ("${SECRET}", "{env: SECRET}"),
        ("${SECRET:-none}", "{env: SECRET}"),
        (" ${ SECRET }\n", "{env: SECRET}"),
        ("$SECRET", "{env: SECRET}"),
        ("$(SECRET)", "{env: SECRET}"),
        ("$(cat /run/secret)", "{env: NAME}"),
        ("{{ SECRET }}", "{env: SECRET}"),
        ("{{ .Values.secret }}", "{env: NAME}"),
        ("env:SECRET", "{env: SECRET}"),
        ("env: SECRET", "{env: SECRET}"),
        ("file:/run/hunter2", "{file: PATH}"),
        ("file: hunter2", "{file: PATH}"),
        ("$hunter2", "{env: NAME}"),
        ("${}", "{env: NAME}"),
    ],
)
def test_a_placeholder_is_not_a_secret(connector: Connector, secret: str, write: str) -> None:
    said = (
        f"looks like a placeholder, which is not expanded; write {write} "
        "(if the secret really is this text, put it into a variable or a file)"
    )
    assert problems(connector, [GOOD | {"secret": secret}]) == [f"error: webhooks[0].secret: {said}"]
    listed = problems(connector, [GOOD | {"secret": ["s", secret], "timeout": 0}])
    assert f"error: webhooks[0].secret[1]: {said}" in listed
    assert any("webhooks[0].timeout" in problem for problem in listed), "all problems at once"
    assert problems(connector, [GOOD | {"secret": {"env": "SECRET"}}], variables={"SECRET": secret.strip()}) == []


@pytest.mark.parametrize("secret", ["pa$$word${x}!", "$5", "env:", "a ${SECRET}", "${a}${b}", "file: a b", "{SECRET}"])
def test_what_is_a_secret(connector: Connector, secret: str) -> None:
    assert problems(connector, [GOOD | {"secret": secret}]) == []


def test_line_ends_in_secrets_are_warned_of(connector: Connector, tmp_path: Path) -> None:
    (tmp_path / "fine").write_text("s\n")
    (tmp_path / "key").write_text("s\nt\n")
    secrets = ["a\n", {"env": "KEY"}, {"file": "key"}, {"file": "fine"}]
    header = {"X-A": {"env": "HEADER"}}
    variables = {"KEY": "hunter2\r\n", "HEADER": "a"}
    assert problems(
        connector, [GOOD | {"secret": secrets, "headers": header}], folder=tmp_path, variables=variables
    ) == [
        "warning: webhooks[0].secret[0]: holds a line end, which is part of the secret; "
        "write it on one line, or begin the block with |-",
        "warning: webhooks[0].secret[1]: the environment variable `KEY` holds a line end, which is part of the secret; "
        "set it without one",
        "warning: webhooks[0].secret[2]: the file `key` holds a line end that is not its last, which is part of the "
        "secret; remove it",
    ]
