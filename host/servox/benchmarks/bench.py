"""What webhooks cost, beside the original connector and a bare HTTP client.

    python benchmarks/bench.py

measures each in a process of its own, one after the other, against the same sink on
loopback, three rounds in turn (`BENCH_ROUNDS`), and prints the medians. It takes about two minutes.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
BEFORE, AFTER, ORIGINAL_AFTER = 300, 4000, 150
POSTS = 4000
SECRET = "benchmark"


async def before(url: str, connector: str | None) -> float:
    """Milliseconds of an event before which one webhook is asked, at the median."""
    servo_ = await _servo(url, connector, "before:promote")
    await _times(servo_, 20)
    return statistics.median(await _times(servo_, BEFORE))


async def _times(servo_: Any, count: int) -> list[float]:
    times = []
    for _ in range(count):
        began = time.perf_counter()
        await servo_.dispatch_event("promote")
        times.append((time.perf_counter() - began) * 1000)
    return times


async def after(url: str, connector: str) -> float:
    """Events a second that are told to one webhook, dispatch and delivery together; those of
    the empty connector are told to nobody."""
    servo_ = await _servo(url, connector, "after:measure")
    await servo_.dispatch_event("measure", metrics=["throughput"])
    count = ORIGINAL_AFTER if connector == "original" else AFTER
    began = time.perf_counter()
    for _ in range(count):
        await servo_.dispatch_event("measure", metrics=["throughput"])
    if connector == "webhooks":
        await servo_.get_connector("webhooks").webhooks.idle()
    return count / (time.perf_counter() - began)


async def deliveries(url: str) -> float:
    """Deliveries a second of events that are told by themselves, without a servo around them."""
    from servo_webhooks import notification

    servo_ = await _servo(url, "webhooks", "after:measure")
    webhooks = servo_.get_connector("webhooks").webhooks
    results = json.dumps([{"connector": "provider", "value": "x" * 700}])
    began = time.perf_counter()
    for _ in range(AFTER):
        await webhooks.after(notification.event("after:measure", "{}", results))
    await webhooks.idle()
    return AFTER / (time.perf_counter() - began)


async def client(url: str) -> float:
    """Posts a second of one shared httpx client, of ready-made bodies, 16 at a time."""
    import httpx

    body = json.dumps({"event": "after:measure", "results": [{"connector": "provider", "value": "x" * 700}]})
    left = iter(range(POSTS))
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=16)) as shared:

        async def post() -> None:
            for _ in left:
                await shared.post(url, content=body, headers={"Content-Type": "application/json"})

        began = time.perf_counter()
        await asyncio.gather(*(post() for _ in range(16)))
        return POSTS / (time.perf_counter() - began)


async def _servo(url: str, connector: str | None, event: str) -> Any:
    import empty  # noqa: F401
    import original  # noqa: F401
    import provider  # noqa: F401
    import servo

    import servo_webhooks  # noqa: F401

    servo.logging.set_level("WARNING")
    configs: dict[str, Any] = {
        "empty": {},
        "webhooks": [{"name": "sink", "events": event, "url": url, "secret": SECRET}],
        "original": {"url": url, "secret": SECRET},
    }
    routes = {"provider": "ProviderConnector"}
    config: dict[str, Any] = {"optimizer": {"id": "dev.example.com/bench", "token": "t", "url": url}, "provider": {}}
    if connector:
        routes[connector] = f"{connector.title()}Connector"
        config[connector] = configs[connector]
    assembly = await servo.Assembly.assemble(configs=[{**config, "connectors": routes}])
    return assembly.servos[0]


MEASURES: dict[str, Callable[[str], Awaitable[float]]] = {
    "before, no webhook": lambda url: before(url, None),
    "before, original": lambda url: before(url, "original"),
    "before, this": lambda url: before(url, "webhooks"),
    "after, empty handler": lambda url: after(url, "empty"),
    "after, original": lambda url: after(url, "original"),
    "after, this": lambda url: after(url, "webhooks"),
    "deliveries, this": deliveries,
    "posts, one httpx client": client,
}

RATES = ("after, original", "after, this", "after, empty handler", "deliveries, this", "posts, one httpx client")
"""Measures that are a number a second."""


def main() -> None:
    """Runs every measure in turn."""
    sink = subprocess.Popen(
        [sys.executable, HERE / "sink.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert sink.stdout
    assert sink.stdin
    url = f"http://127.0.0.1:{sink.stdout.readline().strip()}/"
    found: dict[str, list[float]] = {name: [] for name in MEASURES}
    try:
        for _ in range(ROUNDS):
            for name in MEASURES:
                environment = {**os.environ, "SERVO_WEBHOOKS_ALLOW": "loopback", "BENCH_URL": url}
                command = [sys.executable, "-W", "ignore", __file__, name]
                run = subprocess.run(
                    command, env=environment, check=True, stdout=subprocess.PIPE, text=True, timeout=300
                )
                found[name].append(float(run.stdout.splitlines()[-1]))
    finally:
        sink.stdin.close()
        sink.wait(10)
    report({name: statistics.median(values) for name, values in found.items()})


def report(found: dict[str, float]) -> None:
    """Prints the table."""
    added = {name: found[f"before, {name}"] - found["before, no webhook"] for name in ("original", "this")}
    print(f"{'added to a before event, original':<40}{added['original']:9.2f} ms")
    print(f"{'added to a before event, this':<40}{added['this']:9.2f} ms")
    for name in RATES:
        print(f"{name:<40}{found[name]:9.0f} a second")
    rate, ceiling, original = (found[f"after, {name}"] for name in ("this", "empty handler", "original"))
    print(f"{'before: of what the original adds':<40}{added['this'] / added['original']:9.3f}")
    print(f"{'after: times the original':<40}{rate / original:9.1f}")
    # More than this no connector can reach: the rest of an event is servox's own.
    print(f"{'after: times the original, empty handler':<40}{ceiling / original:9.1f}")
    print(f"{'after: part of an event that is servox':<40}{rate / ceiling:9.2f}")
    print(f"{'deliveries: of one client':<40}{found['deliveries, this'] / found['posts, one httpx client']:9.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        print(asyncio.run(MEASURES[sys.argv[1]](os.environ["BENCH_URL"])))  # type: ignore[arg-type]
    else:
        main()
