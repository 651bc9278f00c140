/** One delivery of an after event or a message to one webhook, from its acceptance until it is settled. */

import { v7 as uuid } from "uuid";
import type { Means } from "./attempt.js";
import type { DeliveryOutcome } from "./outcome.js";
import type { Occasion, Parcel } from "./parcel.js";
import type { Release } from "./room.js";
import type { Webhook } from "./webhook.js";

/** What all deliveries of one event and shape share: its body's room is given back with the last of them. */
export interface Freight {
  parcel: Parcel;
  event: string;
  eventId: string;
  deliveries: number;
  release: Release;
}

/** Settled exactly once. */
export class Delivery {
  readonly webhook: Webhook;
  readonly freight: Freight;
  /** `X-Servo-Delivery`. */
  readonly id = uuid();
  /** Made so far. */
  attempts = 0;
  /** Waits for the breaker of its webhook, and not for its own time. */
  held = false;
  /** When the first attempt began, or was held back, by `performance.now()`. */
  first: number | undefined;
  /** It got through; the answer may still be read. */
  answered = false;
  /** Of the last answer. */
  status: number | null = null;
  /** Of the last attempt. */
  error: string | null = null;
  readonly #accepted = performance.now();
  readonly #place: Release;
  readonly #means: Means;
  #settled = false;

  constructor(webhook: Webhook, freight: Freight, place: Release, means: Means) {
    this.webhook = webhook;
    this.freight = freight;
    this.#place = place;
    this.#means = means;
    freight.deliveries += 1;
  }

  /** It got through. */
  delivered(): void {
    this.error = null;
    this.settle("delivered");
  }

  /** It is given up. */
  failed(why: string): void {
    this.error = why;
    this.settle("failed");
  }

  /** Nobody goes on with it; whether it was not delivered. */
  abandon(): boolean {
    if (this.#settled) return false;
    this.settle(this.answered ? "delivered" : "undelivered");
    return !this.answered;
  }

  settle(outcome: DeliveryOutcome["outcome"]): void {
    if (this.#settled) return;
    this.#settled = true;
    const { webhook, freight, id, attempts, status, error } = this;
    const { log, observer } = this.#means;
    const fields = { webhook: webhook.label, event: freight.event, delivery: id, attempts };
    if (outcome === "delivered") log.debug("delivered", fields);
    else
      log.warn("not delivered", {
        ...fields,
        error: error ?? (attempts === 0 ? "not attempted" : "no answer until the end"),
      });
    const elapsedMs = Math.round(performance.now() - this.#accepted);
    const named = { webhook: webhook.name, index: webhook.index };
    observer.delivery({
      event: freight.event,
      id: freight.eventId,
      delivery: id,
      ...named,
      outcome,
      attempts,
      status,
      error,
      elapsedMs,
    });
    this.#place();
    freight.deliveries -= 1;
    if (freight.deliveries === 0) freight.release();
  }
}

/** The outcome of a delivery that failed before it could be attempted. */
export function unsent(occasion: Occasion, webhook: Webhook, error: string): DeliveryOutcome {
  const { name: event, id } = occasion;
  const named = { webhook: webhook.name, index: webhook.index };
  return { event, id, delivery: uuid(), ...named, outcome: "failed", attempts: 0, status: null, error, elapsedMs: 0 };
}
