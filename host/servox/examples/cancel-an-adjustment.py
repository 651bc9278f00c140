#!/usr/bin/env python3
"""A servo wants eight CPUs, and a webhook says no.

    python3.11 examples/cancel-an-adjustment.py [WHEEL]

installs servox and this package (the wheel, or else this folder, which is built) into a new
virtual environment, starts a servo with a configuration of its own, has it adjust, cancels that
by webhook, and prints the servo's log. All of it happens in a temporary folder and on loopback.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import venv
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECRET = "s3cr3t"
CANCEL = "application/vnd.opsani.servo.errors.EventCancelledError+json"
SETTINGS = {"cpu": {"value": "8"}}
ADJUST = {"cmd": "ADJUST", "param": {"state": {"application": {"components": {"web": {"settings": SETTINGS}}}}}}
SLEEP = {"cmd": "SLEEP", "param": {"duration": 60, "data": {"reason": "the example is over"}}}

CONNECTOR = '''
import servo


class WebConnector(servo.BaseConnector):
    """Would change the CPUs of a web server."""

    config: servo.BaseConfiguration

    @servo.on_event()
    async def adjust(
        self, adjustments: list[servo.Adjustment], control: servo.Control = servo.Control()
    ) -> servo.Description:
        self.logger.critical(f"adjusted: {adjustments}")
        return servo.Description()
'''

CONFIGURATION = """
optimizer: {{id: example.com/checkout, token: t, url: "{url}/"}}
connectors: {{webhooks: WebhooksConnector, web: web_connector.WebConnector}}
web: {{}}
webhooks:
  - name: approve
    description: At most four CPUs
    events: before:adjust
    url: {url}/approve
    secret: {{env: APPROVE_SECRET}}
    on_error: cancel
"""


class Server(BaseHTTPRequestHandler):
    """The responder, and what stands in for the optimizer that tells the servo what to do."""

    protocol_version = "HTTP/1.1"
    commands = iter([ADJUST])
    over = threading.Event()

    def do_POST(self) -> None:
        """Answers both."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/approve":
            self.approve(body)
        else:
            self.optimize(json.loads(body)["event"])

    def approve(self, body: bytes) -> None:
        """Verifies the request and says no to more than four CPUs."""
        expected = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        if not hmac.compare_digest(expected, self.headers["X-Servo-Signature"]):
            return self.answer(401, "text/plain", b"")
        for adjustment in json.loads(body)["parameters"]["adjustments"]:
            if adjustment["setting_name"] == "cpu" and float(adjustment["value"]) > 4:
                return self.answer(200, CANCEL, b'{"reason": "at most 4 CPUs"}')
        return self.answer(200, "text/plain", b"")

    def optimize(self, event: str) -> None:
        """Has the servo adjust, then sleep."""
        if event == "ADJUSTMENT":
            self.over.set()
        command = next(self.commands, SLEEP) if event == "WHATS_NEXT" else {"status": "ok"}
        self.answer(200, "application/json", json.dumps(command).encode())

    def answer(self, status: int, content_type: str, body: bytes) -> None:
        """Sends an answer."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing: the log of the servo is what is shown."""


def main() -> int:
    """Installs, runs and shows."""
    package = sys.argv[1] if len(sys.argv) > 1 else str(Path(__file__).parents[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"installing servox and {Path(package).name} into a new virtual environment", flush=True)
        venv.create(folder / "venv", with_pip=True)
        programs = folder / "venv" / "bin"
        subprocess.run([programs / "pip", "install", "--quiet", package], check=True)
        (folder / "web_connector.py").write_text(CONNECTOR)
        (folder / "servo.yaml").write_text(CONFIGURATION.format(url=f"http://127.0.0.1:{server.server_port}"))
        log = run(programs / "servo", folder)
    # The lines of its log, without its banner, and without the traceback with which servox 25.3.0
    # ends when it is stopped by a signal.
    print("\n".join(line for line in log.splitlines() if " | " in line))
    cancelled = "event cancelled by before event handler" in log and "at most 4 CPUs" in log
    print("the adjustment was cancelled" if cancelled and "adjusted:" not in log else "IT WAS NOT CANCELLED")
    return 0 if cancelled else 1


def run(servo: Path, folder: Path) -> str:
    """Runs the servo until it has answered for its adjustment; what it logged."""
    environment = os.environ | {
        "APPROVE_SECRET": SECRET,
        "SERVO_WEBHOOKS_ALLOW": "loopback",
        "SERVO_NO_COLOR": "1",
        "PYTHONPATH": str(folder),
        "PYTHONWARNINGS": "ignore",
    }
    with open(folder / "log", "w+") as log:
        running = subprocess.Popen([servo, "run"], cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            answered = Server.over.wait(60)
            running.send_signal(signal.SIGTERM)
            running.wait(30)
        finally:
            if running.poll() is None:
                running.kill()
        log.seek(0)
        return log.read() + ("" if answered else "\nthe servo did not answer within a minute")


if __name__ == "__main__":
    sys.exit(main())
