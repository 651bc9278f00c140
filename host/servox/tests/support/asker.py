"""A program that asks before events and tells after them, while its machine lacks something or
stands still. Is told what to do by a JSON object; says what came of it by another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import resource
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from servo_webhooks import notification
from servo_webhooks.configuration import Configuration
from servo_webhooks.options import Options
from servo_webhooks.outbound import Allow
from servo_webhooks.outcome import DeliveryOutcome, Publication
from servo_webhooks.sandbox import Connector
from servo_webhooks.webhooks import Webhooks


class Observer:
    def __init__(self) -> None:
        self.deliveries: list[dict[str, Any]] = []

    def delivery(self, outcome: DeliveryOutcome) -> None:
        self.deliveries.append(asdict(outcome))

    def publication(self, publication: Publication) -> None:
        pass


def use_up_descriptors(spare: int, release_after: float | None) -> None:
    """All but so many; given back after so many seconds, if ever."""
    highest = max(map(int, os.listdir("/proc/self/fd")))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 50, hard))
    taken = []
    with contextlib.suppress(OSError):
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    for descriptor in taken[:spare]:
        os.close(descriptor)

    def release() -> None:
        assert release_after is not None
        time.sleep(release_after)
        for descriptor in taken[spare:]:
            os.close(descriptor)

    if release_after is not None:
        threading.Thread(target=release, daemon=True).start()


def use_up_memory(connector: Connector, release_after: float) -> None:
    """No new instance of the connector can be made."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)

    def release() -> None:
        limited.wait()
        time.sleep(release_after)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))

    limited = threading.Event()
    threading.Thread(target=release, daemon=True).start()
    with open("/proc/self/status") as file:
        found = re.search(r"VmSize:\s+(\d+)", file.read())
    assert found
    connector._kept.clear()
    resource.setrlimit(resource.RLIMIT_AS, ((int(found[1]) << 10) + (64 << 20), hard))
    limited.set()


async def main(told: dict[str, Any]) -> None:
    connector = Connector.built_in()
    observer = Observer()
    if "soft_limit" in told:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (told["soft_limit"], hard))
    webhooks = Webhooks(
        connector, Configuration(connector, told["webhooks"]), Options(allow=Allow(["loopback"])), observer
    )
    if "descriptors" in told:
        use_up_descriptors(told["descriptors"], told.get("release_after"))
    if told.get("memory"):
        use_up_memory(connector, told["release_after"])
    for _ in range(told.get("deliveries", 0)):
        await webhooks.after(notification.event("after:measure", "{}", "[]"))
    if told.get("deliveries"):
        await asyncio.sleep(0.3)
    asked: list[dict[str, Any]] = []
    in_flight = told.get("in_flight", 1)
    for _ in range(told.get("questions", 0) // in_flight):
        questions = (webhooks.before(notification.event("before:adjust", "{}", None)) for _ in range(in_flight))
        asked += [asdict(outcome) for outcome in await asyncio.gather(*questions)]
    if told.get("settle", True):
        await webhooks.idle()
    left = webhooks.shutdown(told.get("drain", 5.0))
    shown = {"asked": asked, "deliveries": observer.deliveries, "left": left}
    print(json.dumps(shown), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
