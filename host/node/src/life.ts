/**
 * What becomes of a delivery next. Decided from the delivery, its breaker and the time alone: whoever calls this sends,
 * waits and reports. Its time counts from when it could first have been sent, as long as its retries have, held or not.
 */

import type { AttemptResult } from "./attempt.js";
import { type Admission, EXTRA, type Probe, type Waited } from "./breaker.js";
import type { Delivery } from "./delivery.js";
import { SWITCHED_OFF, type Webhook } from "./webhook.js";

/** Milliseconds that a delivery without retries has. */
const PATIENCE = 180_000;

/**
 * Milliseconds that the last part of a delivery's time has beyond the time of an attempt: when a probe has failed in it
 * as slowly as it may, another one finds the endpoint back in time.
 */
const RESERVE = 2000;

/** Milliseconds until a delivery is retried for which this machine lacked something. */
const LACKING = 1000;

/** Look at it again then, by `performance.now()`. */
type Wait = { kind: "wait"; until: number };

/** Give it up. */
type Fail = { kind: "fail"; why: string };

/** What becomes of a delivery whose turn it is; `admit` asks its breaker. */
export function look(
  delivery: Delivery,
  now: number,
  admit: (waited: Waited) => Admission,
): { kind: "send"; probe: Probe | undefined; first: number } | Wait | Fail {
  const { webhook } = delivery;
  if (webhook.gone) return { kind: "fail", why: SWITCHED_OFF };
  delivery.first ??= now;
  const { first } = delivery;
  const patience = patienceOf(webhook);
  const end = first + patience;
  if (now > end) return ranOut(delivery);
  const lastPart = end - Math.min(webhook.timeout + RESERVE, patience / 2);
  const isEnding = now >= lastPart;
  const admission = admit(isEnding ? "enough" : delivery.held ? "some" : "not");
  if (admission.kind !== "held") {
    delivery.held = false;
    delivery.attempts += 1;
    return { kind: "send", probe: admission.probe, first };
  }
  if (now >= end) return ranOut(delivery);
  delivery.held = true;
  const latest = isEnding ? Math.min(now + EXTRA, end) : lastPart;
  return { kind: "wait", until: Math.min(admission.until ?? now + webhook.timeout, latest) };
}

/** What becomes of a delivery after an attempt; nothing if it is delivered. */
export function follow(
  delivery: Delivery,
  { verdict, status, lacking }: AttemptResult,
  now: number,
): Wait | Fail | undefined {
  if (lacking && verdict.kind === "failed") {
    // The attempt does not count, but the time does.
    delivery.attempts -= 1;
    delivery.error = verdict.why;
    const until = now + LACKING;
    const end = (delivery.first ?? now) + patienceOf(delivery.webhook);
    return until > end ? { kind: "fail", why: `${verdict.why}; no time left to retry` } : { kind: "wait", until };
  }
  delivery.status = status;
  delivery.answered = verdict.kind === "delivered";
  if (verdict.kind === "delivered") return undefined;
  if (verdict.kind !== "retry") return { kind: "fail", why: verdict.why };
  delivery.error = verdict.why;
  return { kind: "wait", until: now + verdict.wait };
}

function patienceOf({ after }: Webhook): number {
  return after.maxTries === 1 ? PATIENCE : after.maxTime;
}

function ranOut({ error, held }: Delivery): Fail {
  const why = `its time ran out ${held ? "while the breaker was open" : "in the queue"}`;
  return { kind: "fail", why: error === null ? why : `${error}; ${why}` };
}
