"""A responder on loopback that answers as it is told, over HTTP/1.1 and HTTP/2 in clear."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import h2.config
import h2.connection
import h2.events

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

Answers = Mapping[str, Sequence[Mapping[str, Any]]]

DEFAULTS: Answers = {"/servo": [{"headers": {"Content-Type": "application/json"}, "body": '{"status": "ok"}'}]}
"""It stands in for the optimizer of a servo, too."""


@dataclass
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    version: str

    def header(self, name: str) -> str | None:
        """The value of a header that came once."""
        found = [value for known, value in self.headers if known.lower() == name.lower()]
        return found[0] if len(found) == 1 else None


@dataclass
class Responder:
    """Answers by path, in turn; the last one is repeated."""

    answers: Answers = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    on_request: Callable[[Received], None] = lambda _: None
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> Responder:
        self._loop = asyncio.new_event_loop()
        self._arrived = threading.Condition()
        self._turns: dict[str, int] = {}
        # Connections that are closed when another request has come.
        self._closing: set[asyncio.StreamWriter] = set()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(5)
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def wait(self, count: int, seconds: float = 10.0) -> list[Received]:
        """Waits for so many requests."""
        with self._arrived:
            came = self._arrived.wait_for(lambda: len(self.received) >= count, seconds)
        assert came, f"{len(self.received)} requests came, not {count}"
        return list(self.received)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls))
        self.port: int = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def _note(self, request: Received) -> Mapping[str, Any]:
        with self._arrived:
            self.received.append(request)
            self._arrived.notify_all()
        self.on_request(request)
        answer = self._next(request.path)
        self._turns[request.path] = self._turns.get(request.path, 0) + 1
        return answer

    def _next(self, path: str) -> Mapping[str, Any]:
        answers = self.answers.get(path) or DEFAULTS.get(path, [{}])
        return answers[min(self._turns.get(path, 0), len(answers) - 1)]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            if head == PREFACE[: len(head)]:
                await reader.readexactly(len(PREFACE) - len(head))
                await self._http2(reader, writer)
            else:
                while await self._http1(head, reader, writer):
                    head = await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(RuntimeError):
            writer.close()

    async def _http1(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, path, _ = first.split(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        if writer in self._closing:
            return False
        if self._next(path).get("unread"):
            answer = self._note(Received(method, path, headers, b"", "1.1"))
            writer.write(answer["raw"].encode("latin-1"))
            await writer.drain()
            return False
        length = next(int(value) for name, value in headers if name.lower() == "content-length")
        body = await reader.readexactly(length)
        answer = self._note(Received(method, path, headers, body, "1.1"))
        if not await self._prelude(answer, reader):
            return False
        if "raw" in answer:
            writer.write(answer["raw"].encode("latin-1"))
            await writer.drain()
            return False
        content = content_of(answer)
        fields = {"Content-Length": str(len(content)), **answer.get("headers", {})}
        text = f"HTTP/1.1 {answer.get('status', 200)} Answer\r\n"
        text += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        if answer.get("closes_next"):
            self._closing.add(writer)
        writer.write(text.encode("latin-1") + b"\r\n" + content)
        await writer.drain()
        return True

    async def _prelude(self, answer: Mapping[str, Any], reader: asyncio.StreamReader) -> bool:
        await asyncio.sleep(answer.get("delay_ms", 0) / 1000)
        if answer.get("hang"):
            await reader.read()
        return not (answer.get("hang") or answer.get("close"))

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        speaks = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="latin-1"))
        speaks.initiate_connection()
        speaks.receive_data(PREFACE)
        writer.write(speaks.data_to_send())
        requests: dict[int, tuple[dict[str, str], bytearray]] = {}
        while data := await reader.read(65536):
            for event in speaks.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    requests[event.stream_id] = (dict(event.headers), bytearray())  # type: ignore[arg-type]
                elif isinstance(event, h2.events.DataReceived):
                    requests[event.stream_id][1].extend(event.data)
                    speaks.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    fields, body = requests.pop(event.stream_id)
                    await self._answer2(speaks, event.stream_id, fields, bytes(body), reader)
            writer.write(speaks.data_to_send())
            await writer.drain()

    async def _answer2(
        self,
        speaks: h2.connection.H2Connection,
        stream: int,
        fields: dict[str, str],
        body: bytes,
        reader: asyncio.StreamReader,
    ) -> None:
        headers = [(name, value) for name, value in fields.items() if not name.startswith(":")]
        answer = self._note(Received(fields[":method"], fields[":path"], headers, body, "2"))
        if not await self._prelude(answer, reader):
            raise ConnectionError
        content = content_of(answer)
        head = {":status": str(answer.get("status", 200)), "content-length": str(len(content))}
        head.update({name.lower(): value for name, value in answer.get("headers", {}).items()})
        speaks.send_headers(stream, list(head.items()), end_stream=not content)
        if content:
            speaks.send_data(stream, content, end_stream=True)


def content_of(answer: Mapping[str, Any]) -> bytes:
    """The body of an answer."""
    if "body_base64" in answer:
        return base64.b64decode(answer["body_base64"])
    text: str = answer.get("body", "")
    return text.encode()


@contextlib.contextmanager
def nobody() -> Iterator[str]:
    """An origin where nothing listens: a port that is taken and refuses."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
