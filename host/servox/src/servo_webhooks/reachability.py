"""What `servo check` says about webhooks: whether each endpoint accepts connections. Nothing is
sent."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import servo
import servo.checks

from .awake_clock import clock, limit
from .outbound import NoAnswer, Refused
from .times import display
from .webhook import Webhook
from .webhooks import Webhooks
from .worker import Stopped


async def check(webhooks: Webhooks, matching: servo.CheckFilter | None) -> list[servo.Check]:
    """Connects to the endpoint of each enabled webhook, all at once. What is handed over is for
    another process to send: then only those that are asked count, and that process."""
    checks = [
        _Checked(_check(webhook, f"webhook-{webhook.index}"), webhooks, webhook)
        for webhook in webhooks.configuration.webhooks
        if webhook.enabled and (webhooks.forward is None or _is_asked(webhook))
    ]
    if webhooks.forward is not None:
        (webhook,) = webhooks.forward.configuration.webhooks
        checks.append(_Checked(_check(webhook, "webhook-forward"), webhooks.forward, webhook))
    wanted = [entry for entry in checks if matching is None or matching.matches(entry.check)]
    said = await asyncio.gather(*(_reach(entry.by, entry.webhook) for entry in wanted))
    for entry, (success, message) in zip(wanted, said, strict=True):
        entry.check.success = success
        entry.check.message = message
    return [entry.check for entry in wanted]


class _Checked(NamedTuple):
    check: servo.Check
    by: Webhooks
    webhook: Webhook


def _check(webhook: Webhook, id: str) -> servo.Check:
    return servo.Check(name=f"Webhook {webhook.label}", id=id, tags={"webhooks"})


def _is_asked(webhook: Webhook) -> bool:
    return any(event.startswith(("before:", "*")) for event in webhook.events)


async def _reach(webhooks: Webhooks, webhook: Webhook) -> tuple[bool, str]:
    target = webhook.target
    if target is None or not webhook.secrets:
        what = "url" if target is None else "secret"
        return False, f"its {what} is a reference that could not be resolved"

    async def reach() -> None:
        async with limit(clock().now() + webhook.timeout):
            await webhooks.client.reach(target, webhook.version)

    try:
        await webhooks.worker.run(reach())
    except (NoAnswer, Refused) as error:
        return False, str(error)
    except TimeoutError:
        return False, f"no connection to {target.origin} within {display(webhook.timeout)}"
    except Stopped:
        return False, "the webhooks are shut down"
    return True, f"{target.origin} can be reached"
