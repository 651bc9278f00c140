/**
 * Deliveries on their way: what is ready waits in line at its endpoint, what is to be retried waits for its
 * time. Each endpoint has a bound on what is in flight, so that one which hangs holds up nothing but itself, and all
 * have one together, so that questions before events find descriptors.
 */

import { setMaxListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { alarm, inWords } from "./alarm.js";
import type { Sender } from "./attempt.js";
import { switchOff } from "./before.js";
import type { Breakers } from "./breakers.js";
import type { Delivery } from "./delivery.js";
import { hold, isUrgent, timeOf } from "./holding.js";
import { SWITCHED_OFF, type Webhook } from "./webhook.js";

/** Milliseconds until a delivery is retried for which this machine lacked something. */
const LACKING = 1000;

/** Deliveries for one endpoint. */
interface Line {
  ready: Delivery[];
  inFlight: number;
}

/** Concurrent attempts, at most. */
export interface Bounds {
  /** At one endpoint. */
  each: number;
  all: number;
}

/** All deliveries that are not settled. */
export class Outbox {
  readonly #sender: Sender;
  readonly #breakers: Breakers;
  readonly #bounds: Bounds;
  readonly #lines = new Map<string, Line>();
  /** Those waiting for the common limit. */
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  /** Deliveries to be retried, each with what cancels its timer. */
  readonly #waiting = new Map<Delivery, () => void>();
  readonly #flying = new Set<Delivery>();
  readonly #closed = new AbortController();

  constructor(sender: Sender, breakers: Breakers, bounds: Bounds) {
    this.#sender = sender;
    this.#breakers = breakers;
    this.#bounds = bounds;
    // One for each attempt in flight.
    setMaxListeners(0, this.#closed.signal);
    breakers.closed = (webhook) => this.#release(webhook);
  }

  /** Puts a delivery in line. */
  push(delivery: Delivery): void {
    if (this.#closed.signal.aborted) {
      delivery.abandon();
      return;
    }
    const endpoint = delivery.webhook.origin ?? "";
    const line = this.#lines.get(endpoint) ?? { ready: [], inFlight: 0 };
    this.#lines.set(endpoint, line);
    line.ready.push(delivery);
    if (line.inFlight < this.#bounds.each) void this.#work(endpoint, line);
  }

  /** Ends every delivery that is not settled, each reported as undelivered; returns their number. */
  close(): number {
    this.#closed.abort();
    const ready = [...this.#lines.values()].flatMap((line) => line.ready.splice(0));
    for (const cancel of this.#waiting.values()) cancel();
    const left = [...this.#flying, ...ready, ...this.#waiting.keys()];
    this.#waiting.clear();
    for (const resume of this.#queue.splice(0)) resume();
    return left.filter((delivery) => delivery.abandon()).length;
  }

  /** Makes attempts at an endpoint until nothing is ready. */
  async #work(endpoint: string, line: Line): Promise<void> {
    line.inFlight += 1;
    while (line.ready.length > 0) {
      await this.#turn();
      const delivery = line.ready.shift();
      if (delivery) await this.#step(delivery);
      // The connection is given back in a later turn of the event loop; the next attempt shall have it.
      await turn();
      this.#inFlight -= 1;
      this.#queue.shift()?.();
    }
    line.inFlight -= 1;
    if (line.inFlight === 0) this.#lines.delete(endpoint);
  }

  /** Waits until one more attempt may be in flight; first come, first served. */
  async #turn(): Promise<void> {
    const full = () => this.#inFlight >= this.#bounds.all && !this.#closed.signal.aborted;
    while (full()) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#inFlight += 1;
  }

  async #step(delivery: Delivery): Promise<void> {
    this.#flying.add(delivery);
    const wait = await this.#attempt(delivery).catch((error: unknown) => {
      delivery.failed(`the attempt failed: ${error instanceof Error ? error.name : "unknown error"}`);
      return undefined;
    });
    this.#flying.delete(delivery);
    if (wait !== undefined) this.#retryIn(wait, delivery);
  }

  #retryIn(milliseconds: number, delivery: Delivery): void {
    if (this.#closed.signal.aborted) {
      delivery.abandon();
      return;
    }
    const due = () => {
      this.#waiting.delete(delivery);
      this.push(delivery);
    };
    this.#waiting.set(delivery, alarm(milliseconds, due));
  }

  /** Puts deliveries in line that a breaker held, now that it has closed. */
  #release(webhook: Webhook): void {
    for (const [delivery, cancel] of this.#waiting) {
      if (!delivery.held || delivery.webhook !== webhook) continue;
      cancel();
      this.#waiting.delete(delivery);
      this.push(delivery);
    }
  }

  /** Makes one attempt; returns in how many milliseconds to retry, if so. */
  async #attempt(delivery: Delivery): Promise<number | undefined> {
    const { webhook } = delivery;
    if (webhook.gone) {
      delivery.failed(SWITCHED_OFF);
      return undefined;
    }
    const admission = this.#breakers.admit(webhook, isUrgent(delivery));
    if (admission.kind === "held") return hold(delivery, admission.until);
    delivery.held = false;
    const now = performance.now();
    delivery.first ??= now;
    if (delivery.attempts > 0 && now - delivery.first > webhook.after.maxTime) {
      if (admission.kind === "probe") webhook.breaker.release();
      delivery.failed(`${delivery.error}; its time to retry ran out in the queue`);
      return undefined;
    }
    delivery.attempts += 1;
    const { id, attempts: number, first, freight } = delivery;
    const about = { event: freight.event, id: freight.eventId, delivery: id };
    const stamp = { ...about, number, first, before: false, limit: webhook.timeout };
    const attempted = await this.#sender.attempt(webhook, delivery.freight.parcel, stamp, this.#closed.signal);
    if (this.#closed.signal.aborted && attempted.status === null) return undefined;
    const { verdict } = attempted;
    this.#breakers.note(webhook, attempted, admission.kind === "probe", verdict.kind !== "retry");
    if (attempted.lacking && verdict.kind === "failed") return this.#putBack(delivery, verdict.why);
    delivery.status = attempted.status;
    delivery.answered = verdict.kind === "delivered";
    const publication = await attempted.publish?.();
    const { log, observer } = this.#sender.means;
    if (publication) observer.publication(publication);
    if (verdict.kind === "retry") {
      const fields = { ...delivery.fields, attempt: number };
      log.info(`retrying in ${inWords(verdict.wait)}`, { ...fields, error: verdict.why });
      delivery.error = verdict.why;
      return verdict.wait;
    }
    if (verdict.kind === "gone") switchOff(webhook, this.#sender, verdict.why);
    if (verdict.kind === "delivered") delivery.delivered();
    else delivery.failed(verdict.why);
    return undefined;
  }

  /** An attempt that this machine could not make does not count, and is repeated while there is time. */
  #putBack(delivery: Delivery, why: string): number | undefined {
    const { log } = this.#sender.means;
    delivery.attempts -= 1;
    if (performance.now() + LACKING >= timeOf(delivery)) {
      delivery.failed(why);
      return undefined;
    }
    delivery.error = why;
    log.warn("this machine lacked something; trying again", { ...delivery.fields, error: why });
    return LACKING;
  }
}
