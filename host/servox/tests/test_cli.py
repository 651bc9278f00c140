"""The program `servo` of servox, as an operator runs it."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from .support.responder import Responder, nobody
from .test_servox import CANCELLED

STATE = {"application": {"components": {"web": {"settings": {"cpu": {"value": "2.5"}}}}}}
SERVO = Path(sys.executable).with_name("servo")


class Program:
    """`servo` in a folder of its own."""

    def __init__(self, folder: Path, optimizer: str) -> None:
        self.folder = folder
        (folder / "provider_connector.py").write_text(
            "from tests.support.assembly import ProviderConnector\n__all__ = ['ProviderConnector']\n"
        )
        own = ("SERVO_", "OPSANI_", "COV_")
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(own) and not name.lower().endswith("_proxy")
        } | {
            "OPSANI_OPTIMIZER": "dev.example.com/checkout",
            "OPSANI_TOKEN": "t",
            "OPSANI_URL": optimizer,
            "SERVO_WEBHOOKS_ALLOW": "loopback",
            "SERVO_NO_COLOR": "1",
            "COLUMNS": "200",
            "PYTHONPATH": f"{folder}{os.pathsep}{Path(__file__).parents[1]}",
            "PYTHONWARNINGS": "ignore",
        }

    def configure(self, webhooks: Any, **others: Any) -> None:
        connectors = {"webhooks": "WebhooksConnector", "provider": "provider_connector.ProviderConnector"}
        document = {"connectors": connectors, "provider": {}, "webhooks": webhooks, **others}
        (self.folder / "servo.yaml").write_text(yaml.dump(document, sort_keys=False))

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SERVO, *arguments],
            cwd=self.folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def program(tmp_path: Path, responder: Responder) -> Program:
    return Program(tmp_path, responder.url)


@pytest.fixture
def responder() -> Any:
    with Responder({"/veto": [CANCELLED]}) as responder:
        yield responder


def webhook(responder: Responder, name: str, *events: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "events": list(events), "url": f"{responder.url}/{name}", "secret": "hunter2", **fields}


def test_list_shows_the_webhooks(program: Program, responder: Responder) -> None:
    program.configure(
        [
            webhook(responder, "store", "after:measure"),
            webhook(responder, "veto", "before:adjust", timeout="3s", enabled=False),
        ]
    )
    done = program.run("webhooks", "list")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.strip()]
    assert lines[0] == ["#", "NAME", "EVENTS", "TARGET", "RETRIES", "TIMEOUT", "STATE"]
    assert lines[1] == ["0", "store", "after:measure", responder.url, "12", "in", "3m", "5s", "enabled"]
    assert lines[2] == ["1", "veto", "before:adjust", responder.url, "none", "3s", "disabled"]
    entries = json.loads(program.run("webhooks", "list", "--json").stdout.splitlines()[-1])
    assert [entry["target"] for entry in entries] == [responder.url] * 2
    assert "hunter2" not in done.stdout + done.stderr


def test_list_shows_all_that_matters_in_an_audit(program: Program, responder: Responder) -> None:
    full = webhook(
        responder,
        "veto",
        "*:adjust",
        on_error="cancel",
        when=".parameters\n!= null",
        secret=["hunter2", {"env": "OLD_SECRET"}],
        format="cloudevents",
        backoff={"max_tries": 3, "max_time": "1h30m"},
        timeout="1500ms",
        http_version="1.1",
        headers={"name": "hunter2", "X-Token": {"env": "TOKEN"}},
    )
    program.configure(
        [full, webhook(responder, "told", "after:measure", headers=[{"name": "X-A", "value": "hunter2"}])]
    )
    variables = {"OLD_SECRET": "s", "TOKEN": "hunter2", "SERVO_WEBHOOKS_SOURCE": "web"}
    done = program.run("webhooks", "list", "--wide", **variables)
    assert done.returncode == 0, done.stderr
    heads, *lines = [line for line in done.stdout.splitlines() if line.strip()]
    for title in ("ON ERROR", "WHEN", "SECRETS", "SIGNATURES", "FORMAT", "HTTP", "HEADERS"):
        assert title in heads
    rows = "\n".join(lines)
    for told in (
        "1s500ms",
        "3 in 1h30m",
        "cancel",
        ".parameters != null",
        "{env: OLD_SECRET}",
        "cloudevents",
        "X-Token",
    ):
        assert told in rows
    entries = json.loads(program.run("webhooks", "list", "--json", **variables).stdout.splitlines()[-1])
    shown = {
        "webhook": "veto",
        "name": "veto",
        "on_error": "cancel",
        "when": ".parameters\n!= null",
        "secrets": ["**********", "{env: OLD_SECRET}"],
        "signatures": ["servo"],
        "format": "cloudevents",
        "http_version": "1.1",
        "headers": {"name": "**********", "X-Token": "{env: TOKEN}"},
        "timeout": 1.5,
        "timeout_ms": 1500,
        "before": {"max_tries": 3, "max_time": 5400.0, "max_time_ms": 5_400_000},
        "state": "enabled",
    }
    assert entries[0] | shown == entries[0]
    assert (entries[1]["headers"], entries[1]["when"]) == ({"X-A": "**********"}, None)
    assert "hunter2" not in done.stdout + json.dumps(entries)


def test_list_has_a_block_for_each_webhook_where_the_terminal_is_narrow(program: Program, responder: Responder) -> None:
    program.configure([webhook(responder, "store", "after:measure", "after:adjust")])
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("4H", 24, 40, 0, 0))
    environment = {name: value for name, value in program.environment.items() if name != "COLUMNS"}
    running = subprocess.Popen(
        [SERVO, "webhooks", "list"], cwd=program.folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL
    )
    os.close(theirs)
    written = b""
    with contextlib.suppress(OSError):
        # It ends with EIO on Linux.
        while part := os.read(ours, 4096):
            written += part
    os.close(ours)
    assert running.wait(60) == 0
    lines = written.decode().replace("\r", "").splitlines()
    assert lines[lines.index("0  store") + 1 :][:3] == [
        "  events     after:measure",
        "  events     after:adjust",
        f"  target     {responder.url}",
    ]


def test_schema_describes_a_body(program: Program, responder: Responder) -> None:
    program.configure([webhook(responder, "store", "after:measure")])
    done = program.run("webhooks", "schema", "after:measure")
    assert done.returncode == 0, done.stderr
    head, _, schema = done.stdout.partition("\n\n")
    assert head.splitlines()[-1] == "Content-Type: application/vnd.opsani.servo-webhooks+json"
    assert json.loads(schema)["properties"]["event"] == {"const": "after:measure"}
    both = program.run("webhooks", "schema", "adjust", "--json").stdout.splitlines()
    assert [json.loads(line)["schema"]["properties"]["event"]["const"] for line in both[-2:]] == [
        "before:adjust",
        "after:adjust",
    ]
    assert program.run("webhooks", "schema", "after:measure", "--webhook", "other").returncode == 2


OUTPUTS = ("list", "list --json", "schema measure", "trigger before:adjust")


@pytest.mark.parametrize("command", OUTPUTS)
def test_an_output_that_cannot_be_written(program: Program, responder: Responder, command: str) -> None:
    program.configure([webhook(responder, "veto", "before:adjust")])
    arguments = [str(SERVO), "webhooks", *command.split()]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            arguments,
            cwd=program.folder,
            env=program.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert "standard output cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        arguments,
        cwd=program.folder,
        env=program.environment,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(writer)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_an_output_that_does_not_block_and_is_read_late(program: Program, responder: Responder) -> None:
    """More than a pipe takes."""
    many = [webhook(responder, f"w{at}", "after:measure", description="x" * 900) for at in range(200)]
    program.configure(many)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    running = subprocess.Popen(
        [SERVO, "webhooks", "list", "--json"], cwd=program.folder, env=program.environment, stdout=writer
    )
    os.close(writer)
    assert running.poll() is None
    time.sleep(0.5)
    with open(reader, "rb") as file:
        written = file.read()
    assert running.wait(60) == 0
    assert len(json.loads(written)) == 200


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGTERM])
def test_a_command_whose_output_nobody_reads_is_ended(program: Program, responder: Responder, kill: int) -> None:
    many = [webhook(responder, f"w{at}", "after:measure", description="x" * 900) for at in range(200)]
    program.configure(many)
    reader, writer = os.pipe()
    running = subprocess.Popen(
        # A background job, as these tests may be, has SIGINT ignored.
        ["env", "--default-signal=INT", SERVO, "webhooks", "list", "--json"],
        cwd=program.folder,
        env=program.environment,
        stdout=writer,
    )
    try:
        # As much as a pipe holds: it waits for somebody to read.
        deadline = time.monotonic() + 30
        while _waiting(reader) < 65536:
            assert time.monotonic() < deadline
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(kill)
        assert running.wait(10) != 0
    finally:
        running.kill()
        os.close(reader)
        os.close(writer)


def _waiting(reader: int) -> int:
    return int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_trigger_sends_one_sample(program: Program, responder: Responder) -> None:
    program.configure([webhook(responder, "veto", "before:adjust"), webhook(responder, "store", "after:measure")])
    done = program.run("webhooks", "trigger", "before:adjust")
    assert done.returncode == 0, done.stderr
    assert "effect   the event would be cancelled: no changes while we launch" in done.stdout
    (request,) = responder.received
    assert request.header("x-servo-trigger") == "manual"
    assert request.header("x-servo-event") == "before:adjust"
    done = program.run("webhooks", "trigger", "after:adjust", f"{responder.url}/store", "--json")
    assert json.loads(done.stdout.splitlines()[-1])["effect"] == "delivered"
    done = program.run("webhooks", "trigger", "after:promote")
    assert (done.returncode, "no webhook listens to after:promote" in done.stderr) == (2, True)
    with nobody() as refusing:
        program.configure([{"name": "gone", "events": "after:measure", "url": refusing, "secret": "s"}])
        done = program.run("webhooks", "trigger", "after:measure")
    assert (done.returncode, "would be retried: connection refused by" in done.stdout) == (1, True)


@pytest.mark.parametrize(("on_error", "decision"), [("cancel", "cancelled"), ("proceed", "proceed")])
def test_trigger_applies_on_error(program: Program, responder: Responder, on_error: str, decision: str) -> None:
    would = {"cancelled": "would be cancelled", "proceed": "would happen anyway"}[decision]
    responder.answers = {"/down": [{"status": 500}], "/gone": [{"status": 400}]}
    program.configure(
        [
            webhook(responder, "down", "before:adjust", on_error=on_error, backoff={"max_tries": 2}),
            webhook(responder, "gone", "before:measure", on_error=on_error),
        ]
    )
    done = program.run("webhooks", "trigger", "before:adjust")
    assert done.returncode == 1
    assert f"event    {would}, if no retry is answered (on_error: {on_error})" in done.stdout
    done = program.run("webhooks", "trigger", "before:measure")
    assert f"event    {would} (on_error: {on_error})" in done.stdout
    done = program.run("webhooks", "trigger", "before:measure", "--json")
    trial = json.loads(done.stdout.splitlines()[-1])
    told = {
        "decision": decision,
        "on_error": on_error,
        "effect": "failed",
        "webhook": "gone",
        "event": "before:measure",
    }
    assert trial | told == trial
    assert datetime.datetime.fromisoformat(trial["time"]).utcoffset() == datetime.timedelta(0)
    responder.answers = {"/down": [{}]}
    trial = json.loads(program.run("webhooks", "trigger", "after:adjust", "down", "--json").stdout.splitlines()[-1])
    assert (trial["decision"], trial["on_error"], trial["effect"]) == (None, None, "delivered")
    done = program.run("webhooks", "trigger", "after:mesure", "down")
    assert 'no known event has the name "mesure"; did you mean "measure"?' in done.stderr


def test_what_generate_writes_loads_and_holds_no_secret(program: Program) -> None:
    done = program.run("generate", "--defaults", "webhooks")
    assert done.returncode == 0, done.stderr
    text = (program.folder / "servo.yaml").read_text()
    webhooks = yaml.full_load(text)["webhooks"]
    assert {json.dumps(webhook["secret"]) for webhook in webhooks} == {'{"env": "SERVO_WEBHOOKS_SECRET"}'}
    done = program.run("webhooks", "list")
    assert done.returncode == 0, done.stderr
    assert "SERVO_WEBHOOKS_SECRET` is not set" in done.stderr
    assert "measurements" in done.stdout
    # What sends insists.
    done = program.run("measure")
    assert done.returncode != 0
    assert "error: webhooks[0].secret: the environment variable `SERVO_WEBHOOKS_SECRET` is not set" in done.stderr


def test_validate_reports_all_problems(program: Program, responder: Responder) -> None:
    bad = webhook(responder, "store", "measure", secret="", backoff={"max_tires": 3})
    program.configure([bad], optimizer={"id": "dev.example.com/checkout", "token": "t"})
    done = program.run("webhooks", "list")
    assert done.returncode != 0
    for path in ("webhooks[0].events", "webhooks[0].secret", "webhooks[0].backoff.max_tires"):
        assert f"error: {path}" in done.stderr
    assert not responder.received


def test_config_shows_nothing_confidential(program: Program, responder: Responder) -> None:
    headers = {"X-Token": "hunter2", "name": "hunter2", "env": "hunter2", "file": "hunter2"}
    listed = [{"name": "name", "value": "hunter2"}]
    program.configure(
        [
            webhook(responder, "store", "after:measure", headers=headers),
            webhook(responder, "env", "after:measure", headers={"env": "hunter2"}),
            webhook(responder, "list", "after:measure", headers=listed),
        ]
    )
    for format in ("yaml", "json", "dict", "configmap"):
        done = program.run("config", "--format", format)
        assert done.returncode == 0, done.stderr
        assert "hunter2" not in done.stdout
        assert "/store" not in done.stdout
        assert responder.url in done.stdout


def test_a_command_delivers_before_it_ends(program: Program, responder: Responder) -> None:
    responder.answers = {"/store": [{"status": 503}, {"delay_ms": 300}]}
    program.configure([webhook(responder, "store", "after:measure")])
    done = program.run("measure")
    assert done.returncode == 0, done.stderr
    assert "throughput" in done.stdout
    attempts = [request for request in responder.received if request.path == "/store"]
    assert [request.header("x-servo-attempt") for request in attempts] == ["1", "2"]
    assert "undelivered" not in done.stderr


def test_an_adjustment_by_command_is_cancelled(program: Program, responder: Responder) -> None:
    program.configure([webhook(responder, "veto", "before:adjust"), webhook(responder, "told", "after:adjust")])
    done = program.run("adjust", "web.cpu=2.5")
    assert done.returncode == 1
    assert 'event cancelled by before event handler on connector "webhooks"' in done.stderr
    assert "no changes while we launch" in done.stderr
    (asked,) = [request for request in responder.received if request.path != "/servo"]
    adjustment = {"component_name": "web", "setting_name": "cpu", "value": "2.5"}
    assert json.loads(asked.body)["parameters"]["adjustments"] == [adjustment]


def test_check_reports_on_the_endpoints(program: Program, responder: Responder) -> None:
    with nobody() as refusing:
        unset = {"name": "unset", "events": "after:measure", "url": responder.url, "secret": {"env": "UNSET"}}
        down = {"name": "down", "events": "after:measure", "url": refusing, "secret": "s"}
        webhooks = [webhook(responder, "store", "after:measure"), down, unset]
        program.configure(webhooks, checks={"progressive": False, "wait": "0s", "verbose": True})
        done = program.run("run", "--dry-run", UNSET="")
        assert done.returncode != 0, "what runs insists on its references"
        program.configure(webhooks[:2], checks={"progressive": False, "wait": "0s", "verbose": True})
        done = program.run("run", "--dry-run")
    assert done.returncode == 1
    report = done.stdout + done.stderr
    assert "Webhook store" in report
    assert "Webhook down" in report
    assert "connection refused by 127.0.0.1" in report


def test_a_running_servo_starts_and_shuts_down(program: Program, responder: Responder) -> None:
    """Told by what the optimizer has it do: measure, then sleep until it is stopped."""
    commands = [
        '{"cmd": "MEASURE", "param": {"metrics": ["throughput"], "control": {"duration": 0}}}',
        '{"status": "ok"}',
        json.dumps({"cmd": "ADJUST", "param": {"state": STATE}}),
        '{"status": "ok"}',
        '{"cmd": "SLEEP", "param": {"duration": 60, "data": {"reason": "test"}}}',
    ]
    hello = '{"status": "ok"}'
    answers = [{"headers": {"Content-Type": "application/json"}, "body": body} for body in (hello, *commands)]
    responder.answers = {"/servo": answers, "/veto": [CANCELLED]}
    program.configure([webhook(responder, "all", "before:*", "after:*"), webhook(responder, "veto", "before:adjust")])
    running = subprocess.Popen(
        [SERVO, "run"],
        cwd=program.folder,
        env=program.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 30
        while sum(request.path == "/servo" for request in responder.received) < 6:
            assert time.monotonic() < deadline, "the servo did not ask for its commands"
            assert running.poll() is None, running.stdout.read() if running.stdout else ""
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=30)
    finally:
        if running.poll() is None:
            running.kill()
    told = [json.loads(request.body)["event"] for request in responder.received if request.path == "/all"]
    assert [event for event in told if event.startswith("before:")] == [
        f"before:{event}" for event in ("attach", "startup", "measure", "adjust", "shutdown", "detach")
    ], output
    assert {event for event in told if event.startswith("after:")} == {
        f"after:{event}" for event in ("attach", "startup", "measure", "shutdown", "detach")
    }
    assert "no changes while we launch" in output
    assert "undelivered" not in output
    assert "hunter2" not in output
