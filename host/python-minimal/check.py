"""Follows README.md word for word: runs its blocks, in a new folder, against a responder on this machine.

    python3 check.py PROGRAM

PROGRAM is `servo-webhooks`, which writes the component.
"""

import hashlib
import hmac
import os
import re
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
SECRET = "s3cr3t"
CANCEL = "application/vnd.opsani.servo.errors.EventCancelledError+json"
REASON = b'{"reason": "not now"}'

Reply = tuple[int, str | None, bytes, int]
"""Status, content type, body, and how many bytes of it are promised."""


class Responder(BaseHTTPRequestHandler):
    """Answers in turn, and remembers what came."""

    protocol_version = "HTTP/1.1"
    replies: list[Reply] = []
    received: list[tuple[dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
        status, content_type, data, promised = self.replies.pop(0)
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(promised))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def blocks(language: str) -> list[str]:
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", (HERE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return found


def expect(condition: bool, what: object) -> None:
    if not condition:
        sys.exit(f"FAILED: {what}")


def play(folder: Path, environment: dict[str, str], run: str, replies: list[Reply]) -> subprocess.CompletedProcess[str]:
    Responder.replies, Responder.received = list(replies), []
    finished = subprocess.run(["sh", "-ec", run], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    expect(not Responder.replies, f"{len(Responder.replies)} requests did not come: {finished.stderr}")
    for headers, body in Responder.received:
        expected = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        expect(headers["x-servo-signature"] == expected, "the signature does not verify")
    return finished


def main() -> None:
    program = Path(sys.argv[1]).resolve()
    install, run = blocks("sh")
    *host, servo = blocks("python")
    [configuration] = blocks("json")
    source = "\n\n".join(host)
    expect(source == (HERE / "host.py").read_text(), "host.py is not what the page says")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Responder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "host.py").write_text(source)
        (folder / "servo.py").write_text(servo)
        (folder / "webhooks.json").write_text(configuration)
        environment = dict(os.environ)
        environment["PATH"] = f"{program.parent}:{environment['PATH']}"
        subprocess.run(["sh", "-ec", install], cwd=folder, env=environment, check=True, timeout=600)
        environment["APPROVE_URL"] = f"http://127.0.0.1:{server.server_port}/approve?by=check"
        environment["APPROVE_SECRET"] = SECRET

        done = play(folder, environment, run, [(503, None, b"", 0), (200, None, b"", 0), (200, None, b"", 0)])
        expect(done.returncode == 0 and "adjusted\n" in done.stdout, done)
        (first, before), (second, again), (_, after) = Responder.received
        expect(before == again and first["x-servo-delivery"] == second["x-servo-delivery"], "a retry is the same delivery")
        expect([first["x-servo-attempt"], second["x-servo-attempt"]] == ["1", "2"], "attempts are counted")
        expect(b'"value": 2.50}' in before and b'"value": 1.0}' in after, "numbers keep their digits")

        for promised in (len(REASON), 1000):
            done = play(folder, environment, run, [(200, CANCEL, REASON, promised)])
            expect(done.returncode == 1 and "adjusted" not in done.stdout, done)
            expect("cancelled: " in done.stderr, done)
            expect(promised > len(REASON) or "cancelled: not now" in done.stderr, done)

        done = play(folder, environment, run, [(200, f"{CANCEL}; x=\xff", REASON, len(REASON))])
        expect(done.returncode == 1 and "cancelled: not now" in done.stderr, done)

        done = play(folder, environment, run, [(418, None, b"", 0), (200, None, b"", 0)])
        expect(done.returncode == 0 and "adjusted\n" in done.stdout, "on_error proceeds where nothing is said")

        (folder / "webhooks.json").write_text(configuration.replace('"events"', '"event"'))
        done = play(folder, environment, run, [])
        expect(done.returncode != 0 and "events" in done.stderr and not done.stdout, done)
    server.shutdown()
    print("6 passed, 0 failed")


if __name__ == "__main__":
    main()
