"""What `servo check` says about webhooks: whether each endpoint accepts connections. Nothing is
sent."""

from __future__ import annotations

import asyncio

import servo
import servo.checks

from .awake_clock import clock, limit
from .outbound import NoAnswer, Refused
from .times import display
from .webhook import Webhook
from .webhooks import Webhooks
from .worker import Stopped


async def check(webhooks: Webhooks, matching: servo.CheckFilter | None) -> list[servo.Check]:
    """Connects to the endpoint of each enabled webhook, all at once."""
    checks = [
        (servo.Check(name=f"Webhook {webhook.label}", id=f"webhook-{webhook.index}", tags={"webhooks"}), webhook)
        for webhook in webhooks.configuration.webhooks
        if webhook.enabled
    ]
    wanted = [entry for entry in checks if matching is None or matching.matches(entry[0])]
    said = await asyncio.gather(*(_reach(webhooks, webhook) for _, webhook in wanted))
    for (found, _), (success, message) in zip(wanted, said, strict=True):
        found.success = success
        found.message = message
    return [found for found, _ in wanted]


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
