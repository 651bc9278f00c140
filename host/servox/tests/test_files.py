"""Files and texts of others: bounded, and harmless where they are shown."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from servo_webhooks.configuration import Configuration, ConfigurationError
from servo_webhooks.files import FileError, read
from servo_webhooks.options import Options
from servo_webhooks.outbound import tls
from servo_webhooks.sandbox import Connector, records
from servo_webhooks.sanitize import MOST, sanitize


def test_a_regular_file_is_read_up_to_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 1024)
    assert read(file, 1024) == b"x" * 1024
    file.write_bytes(b"x" * 1025)
    with pytest.raises(FileError, match="is longer than 1 KiB"):
        read(file, 1024)
    file.write_bytes(b"")
    os.truncate(file, 3 << 30)
    began = time.monotonic()
    with pytest.raises(FileError, match="is longer than 16 MiB"):
        read(file, 16 << 20)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("place", ["/dev/zero", "/dev/full", "/dev/tty", "/", "/proc/self/fd/999", "a\0b"])
def test_what_is_no_regular_file(place: str) -> None:
    with pytest.raises(FileError, match="cannot be read: "):
        read(place, 1024)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(
    connector: Connector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="it is not a regular file"):
        read(tmp_path / "pipe", 1024)
    webhook = {"events": "after:measure", "url": "https://hooks.example/", "secret": {"file": "pipe"}}
    with pytest.raises(ConfigurationError, match="the file `pipe` cannot be read: it is not a regular file"):
        Configuration(connector, [webhook], folder=tmp_path)
    for name, why in (
        ("pipe", "it is not a regular file"),
        ("none", "No such file"),
        ("empty", "has no CA certificates in PEM"),
    ):
        (tmp_path / "empty").write_text("nothing")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        tls.context.cache_clear()
        with pytest.raises(ValueError, match=f"SSL_CERT_FILE: the file `.*{name}` .*{why}"):
            Options.from_env()
    tls.context.cache_clear()


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain größe 東京 \u00a0", "plain größe 東京 \u00a0"),
        ("a\nb\r\tc\x7f", "a\ufffdb\ufffd\ufffdc\ufffd"),
        ("\x9b31m\x85", "\ufffd31m\ufffd"),
        ("\u202e\u2066\u200b\u200d\ufeff\u00ad", "\ufffd" * 6),
        ("\u2028\u2029", "\ufffd" * 2),
        ("\ud800", "\ufffd"),
        ("x" * 5000, "x" * MOST),
        # A character of two bytes does not fit into the last one.
        ("x" + "ä" * 1000, "x" + "ä" * 511),
    ],
)
def test_what_is_shown_of_a_text(text: str, safe: str) -> None:
    assert sanitize(text) == safe


def test_a_rendering_may_have_a_warning_or_not() -> None:
    """A component from before it was there is taken all the same."""
    assert records.RECORDS[records.Request._fields] is records.Request
    assert records.RECORDS[records.Request._fields[:-1]] is records.Request
    assert records.Request("text/plain", 1, [], "{}").warning is None
    assert records.Request("text/plain", 1, [], "{}", "it failed").warning == "it failed"
