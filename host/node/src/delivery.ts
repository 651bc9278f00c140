/** One delivery of an after event or a message to one webhook, from its acceptance until it is settled. */

import { v7 as uuid } from "uuid";
import type { AttemptContext } from "./attempt.js";
import type { Release } from "./capacity.js";
import type { Fields } from "./log.js";
import type { Notification, RenderedRequest } from "./notification.js";
import type { DeliveryOutcome } from "./outcome.js";
import type { Webhook } from "./webhook.js";

/** What all deliveries of one event and shape share. The last one gives back the room of the body. */
export interface QueuedBody {
  request: RenderedRequest;
  event: string;
  eventId: string;
  deliveries: number;
  release: Release;
}

/** Settled exactly once. */
export class Delivery {
  readonly webhook: Webhook;
  readonly queuedBody: QueuedBody;
  /** `X-Servo-Delivery`. */
  readonly id = uuid();
  /** Made so far. */
  attempts = 0;
  /** Waits for the breaker of its webhook, not for its own time. */
  held = false;
  /** When the first attempt began, or was held back, by `performance.now()`. */
  first: number | undefined;
  /** It was delivered, but the answer may still be read. */
  answered = false;
  /** Of the last answer. */
  status: number | null = null;
  /** Of the last attempt. */
  error: string | null = null;
  readonly #accepted = performance.now();
  readonly #permit: Release;
  readonly #context: AttemptContext;
  #settled = false;

  constructor(webhook: Webhook, queuedBody: QueuedBody, permit: Release, context: AttemptContext) {
    this.webhook = webhook;
    this.queuedBody = queuedBody;
    this.#permit = permit;
    this.#context = context;
    queuedBody.deliveries += 1;
  }

  /** It was delivered. */
  delivered(): void {
    this.error = null;
    this.settle("delivered");
  }

  /** It is given up. */
  failed(why: string): void {
    this.error = why;
    this.settle("failed");
  }

  /** Ends it; returns whether it was not delivered. */
  abandon(): boolean {
    if (this.#settled) return false;
    if (this.answered) this.delivered();
    else this.settle("undelivered");
    return !this.answered;
  }

  /** The fields of log lines about it. */
  get fields(): Fields {
    const { webhook, queuedBody, id } = this;
    return { webhook: webhook.label, event: queuedBody.event, id: queuedBody.eventId, delivery: id };
  }

  settle(outcome: DeliveryOutcome["outcome"]): void {
    if (this.#settled) return;
    this.#settled = true;
    const { webhook, queuedBody, id: delivery, attempts, status, error } = this;
    const { log, observer } = this.#context;
    const fields = { ...this.fields, attempts };
    if (outcome === "delivered") log.debug("delivered", fields);
    else log.warn(outcome, { ...fields, error: error ?? unsettled(attempts) });
    const elapsedMs = Math.round(performance.now() - this.#accepted);
    const { name, index } = webhook;
    const { event, eventId: id } = queuedBody;
    observer.delivery({ event, id, delivery, webhook: name, index, outcome, attempts, status, error, elapsedMs });
    this.#permit();
    queuedBody.deliveries -= 1;
    if (queuedBody.deliveries === 0) queuedBody.release();
  }
}

function unsettled(attempts: number): string {
  return attempts === 0 ? "not attempted before the end" : "no answer before the end";
}

/** Reports a delivery that failed before it could be attempted. */
export function failUnsent(
  { log, observer }: AttemptContext,
  notification: Notification,
  webhook: Webhook,
  error: string,
): void {
  const { name: event, id } = notification;
  const { name, index } = webhook;
  const delivery = uuid();
  log.warn("failed", { webhook: webhook.label, event, id, delivery, attempts: 0, error });
  const outcome = "failed";
  observer.delivery({
    event,
    id,
    delivery,
    webhook: name,
    index,
    outcome,
    attempts: 0,
    status: null,
    error,
    elapsedMs: 0,
  });
}
