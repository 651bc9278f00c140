/** The outcomes of events and deliveries. */

import type { Change } from "./breaker.js";
import type { Results } from "./event.js";
import type { Webhook } from "./webhook.js";

/** The outcome of an event: one of the first two before it, one of the others after it. */
export type EventDecision = "proceed" | "cancelled" | "accepted" | "rejected";

/** The outcome of one side of an event, or of a channel message. */
export interface EventOutcome {
  /** `before:adjust`, `after:measure` or `channel:the_news`. */
  event: string;
  /** The event's id. */
  id: string;
  outcome: EventDecision;
  /** Why it was cancelled. */
  reason: string | null;
  /** Every enabled webhook that listens, in the order of the configuration. */
  webhooks: WebhookOutcome[];
  /** Warnings about the event, such as an unknown name; left out if there are none. */
  warnings?: string[];
}

/**
 * What an event came to at one webhook.
 *
 * Before: `proceeded`, `cancelled`, `no_answer` (its `on_error` decided), `not_awaited` (another one decided
 * first). After: `accepted`, `rejected` (too many deliveries are waiting). On both sides: `switched_off`,
 * `skipped` (its condition does not hold).
 */
export type WebhookStatus =
  | "proceeded"
  | "cancelled"
  | "no_answer"
  | "not_awaited"
  | "switched_off"
  | "skipped"
  | "accepted"
  | "rejected";

/** The outcome of an event at one webhook. */
export interface WebhookOutcome {
  /** Its place in the configuration, from 0. */
  index: number;
  /** Its name, if it has one. */
  webhook: string | null;
  /** The same. */
  name: string | null;
  outcome: WebhookStatus;
  /** How often it was tried. */
  attempts: number;
  /** Of the last answer. */
  status: number | null;
  /** What went wrong. */
  error: string | null;
  /** Why it does not fire. */
  reason?: string;
}

/** The outcome of a delivery of an after event or a message to one webhook. */
export interface DeliveryOutcome {
  /** `after:measure` or `channel:the_news`. */
  event: string;
  /** The event's id. */
  id: string;
  /** The delivery's own id, `X-Servo-Delivery`. */
  delivery: string;
  /** The webhook's name, if it has one. */
  webhook: string | null;
  /** The webhook's place in the configuration, from 0. */
  index: number;
  /** `undelivered` was not settled when the webhooks were shut down. */
  outcome: "delivered" | "failed" | "undelivered";
  attempts: number;
  /** Of the last answer. */
  status: number | null;
  /** What went wrong. */
  error: string | null;
  /** From its acceptance, in milliseconds. */
  elapsedMs: number;
}

/** An answer's body, for a pub/sub channel of the servo. */
export interface Publication {
  /** Where it goes: the webhook's `response_channel`. */
  channel: string;
  /** As the responder said. */
  contentType: string;
  /** The bytes, unchanged. */
  content: Buffer;
  /** The webhook's name, if it has one. */
  webhook: string | null;
  /** The id of the delivery that was answered. */
  delivery: string;
}

/**
 * A change of a webhook's breaker, which holds deliveries after repeated failures. The probe of a delivery whose time
 * ends, sent while the breaker stays open, is none.
 */
export interface BreakerRecord {
  /** The webhook's name, if it has one. */
  webhook: string | null;
  /** The webhook's place in the configuration, from 0. */
  index: number;
  state: "closed" | "open" | "half_open";
  /** Failures in a row, when it opens. */
  failures?: number;
  /** Milliseconds until a probe may be sent, when it opens. */
  holdMs?: number;
  /** Of the last attempt, when it opens. */
  error?: string;
}

/** @internal */
export function webhookOutcome(webhook: Webhook, outcome: WebhookStatus): WebhookOutcome {
  const { index, name } = webhook;
  return { index, webhook: name, name, outcome, attempts: 0, status: null, error: null };
}

/** @internal */
export function breakerRecord(webhook: Webhook, change: Change, error: string | undefined): BreakerRecord {
  const base = { webhook: webhook.name, index: webhook.index };
  switch (change.state) {
    case "closed":
      return { ...base, state: "closed" };
    case "probing":
      return { ...base, state: "half_open" };
    default: {
      const failures = change.state === "open" ? { failures: change.failures } : {};
      return { ...base, state: "open", ...failures, holdMs: change.hold, ...(error === undefined ? {} : { error }) };
    }
  }
}

/** The result of `dispatch`: the event happened, or a webhook cancelled it and the work did not start. */
export type Dispatched<T> =
  | { cancelled: false; value: T; before: EventOutcome; after: EventOutcome }
  | { cancelled: true; before: EventOutcome };

/** What `Webhooks` emits. */
export interface Emitted {
  /** A delivery is settled. Each accepted one is reported exactly once. */
  delivery: [DeliveryOutcome];
  /** An answer to publish on a channel of the servo. */
  publication: [Publication];
  /** A breaker opened, sent a probe, or closed. */
  breaker: [BreakerRecord];
}

/** The result of the work: its own value, and the results of the servo's connectors. */
export interface Worked<T> {
  value: T;
  results?: Results;
}
