"""A proxy on loopback that notes what it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType


class Proxy:
    """Tunnels, and passes requests in clear on."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n") -> None:
        self.asked: list[str] = []
        self.heads: list[str] = []
        self._answer = answer

    def __enter__(self) -> Proxy:
        self._loop = asyncio.new_event_loop()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(5)
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = head.split("\r\n", 1)[0].split(" ")
            self.asked.append(f"{method} {target}")
            self.heads.append(head)
            authority = target if method == "CONNECT" else target.split("/")[2]
            port = authority.rpartition(":")[2]
            if method == "CONNECT":
                writer.write(self._answer)
            if method != "CONNECT" or b" 200 " in self._answer[:13]:
                # Every name is one of this machine.
                there, back = await asyncio.open_connection("127.0.0.1", int(port))
                if method != "CONNECT":
                    back.write(head.replace(target, "/" + target.split("/", 3)[3], 1).encode("latin-1"))
                await asyncio.gather(_pipe(reader, back), _pipe(there, writer))
        writer.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
