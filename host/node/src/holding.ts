/** How long a delivery waits for the breaker of its webhook. */

import { explain } from "./breaker.js";
import type { Delivery } from "./delivery.js";

/** Milliseconds that a delivery without retries waits. */
const PATIENCE = 180_000;

/** Milliseconds before the end of its time in which a delivery that is held goes out as a probe. */
const URGENT = 2000;

/** When the time of a delivery ends, by `performance.now()`, from when it could first have been sent. */
export function timeOf(delivery: Delivery): number {
  const { after } = delivery.webhook;
  delivery.first ??= performance.now();
  return delivery.first + (after.maxTries === 1 ? PATIENCE : after.maxTime);
}

/** Whether a delivery that was held has no more time to wait. */
export function isUrgent(delivery: Delivery): boolean {
  return delivery.held && performance.now() >= urgentFrom(delivery);
}

/**
 * Holds a delivery while its breaker is open; returns in how many milliseconds to look again. Its time continues.
 */
export function hold(delivery: Delivery, until: number | undefined): number | undefined {
  const now = performance.now();
  const end = timeOf(delivery);
  if (now >= end) {
    const held = explain(until);
    delivery.failed(
      delivery.error === null ? `its time ran out: ${held}` : `${delivery.error}; its time to retry ran out: ${held}`,
    );
    return undefined;
  }
  delivery.held = true;
  const urgent = urgentFrom(delivery);
  return Math.min(until ?? now + delivery.webhook.timeout, now < urgent ? urgent : end) - now;
}

/** If its time is short, half of it. */
function urgentFrom(delivery: Delivery): number {
  const end = timeOf(delivery);
  const first = delivery.first ?? end;
  return end - Math.min(URGENT, (end - first) / 2);
}
