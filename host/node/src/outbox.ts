/**
 * Deliveries on their way: what is ready waits in line at its endpoint, what is to be retried waits for its
 * time. Each endpoint has a bound on what is in flight, so that one which hangs holds up nothing but itself.
 */

import { setMaxListeners } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { alarm, inWords } from "./alarm.js";
import type { Sender } from "./attempt.js";
import { switchOff } from "./before.js";
import { explain } from "./breaker.js";
import type { Breakers } from "./breakers.js";
import type { Delivery } from "./delivery.js";
import type { Webhook } from "./webhook.js";

/** Milliseconds that a delivery without retries waits for a breaker. */
const PATIENCE = 180_000;

/** Deliveries for one endpoint. */
interface Line {
  ready: Delivery[];
  inFlight: number;
}

/** All deliveries that are not settled. */
export class Outbox {
  readonly #sender: Sender;
  readonly #breakers: Breakers;
  /** Attempts at one endpoint at a time. */
  readonly #abreast: number;
  readonly #lines = new Map<string, Line>();
  /** What is to be retried, with what calls its alarm off. */
  readonly #waiting = new Map<Delivery, () => void>();
  readonly #flying = new Set<Delivery>();
  readonly #closed = new AbortController();

  constructor(sender: Sender, breakers: Breakers, abreast: number) {
    this.#sender = sender;
    this.#breakers = breakers;
    this.#abreast = abreast;
    // One for each attempt in flight.
    setMaxListeners(0, this.#closed.signal);
    breakers.closed = (webhook) => this.#release(webhook);
  }

  /** Puts a delivery in line. */
  push(delivery: Delivery): void {
    if (this.#closed.signal.aborted) {
      delivery.settle("undelivered");
      return;
    }
    const endpoint = delivery.webhook.origin ?? "";
    const line = this.#lines.get(endpoint) ?? { ready: [], inFlight: 0 };
    this.#lines.set(endpoint, line);
    line.ready.push(delivery);
    if (line.inFlight < this.#abreast) void this.#work(endpoint, line);
  }

  /** Ends every delivery that is not settled: each is reported as undelivered. */
  close(): void {
    this.#closed.abort();
    const ready = [...this.#lines.values()].flatMap((line) => line.ready.splice(0));
    for (const cancel of this.#waiting.values()) cancel();
    for (const delivery of [...this.#flying, ...ready, ...this.#waiting.keys()]) delivery.settle("undelivered");
    this.#waiting.clear();
  }

  /** Makes attempts at an endpoint until nothing is ready. */
  async #work(endpoint: string, line: Line): Promise<void> {
    line.inFlight += 1;
    for (let delivery = line.ready.shift(); delivery; delivery = line.ready.shift()) {
      this.#flying.add(delivery);
      const wait = await this.#attempt(delivery).catch((error: unknown) => {
        delivery?.failed(`the attempt failed: ${error instanceof Error ? error.name : "unknown error"}`);
        return undefined;
      });
      this.#flying.delete(delivery);
      if (wait !== undefined) this.#retryIn(wait, delivery);
      // The connection is given back in a later turn of the event loop; the next attempt shall have it.
      await turn();
    }
    line.inFlight -= 1;
    if (line.inFlight === 0) this.#lines.delete(endpoint);
  }

  #retryIn(milliseconds: number, delivery: Delivery): void {
    if (this.#closed.signal.aborted) {
      delivery.settle("undelivered");
      return;
    }
    const due = () => {
      this.#waiting.delete(delivery);
      this.push(delivery);
    };
    this.#waiting.set(delivery, alarm(milliseconds, due));
  }

  /** Moves what a breaker held into line, now that it has closed. */
  #release(webhook: Webhook): void {
    for (const [delivery, cancel] of this.#waiting) {
      if (!delivery.held || delivery.webhook !== webhook) continue;
      cancel();
      this.#waiting.delete(delivery);
      this.push(delivery);
    }
  }

  /** Makes one attempt; in how many milliseconds to come again, if so. */
  async #attempt(delivery: Delivery): Promise<number | undefined> {
    const { webhook } = delivery;
    if (webhook.gone) {
      delivery.failed("switched off: its endpoint is gone");
      return undefined;
    }
    const admission = this.#breakers.admit(webhook);
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
    const { id, attempts: number, first } = delivery;
    const stamp = { delivery: id, number, first, before: false, limit: webhook.timeout };
    const attempted = await this.#sender.attempt(webhook, delivery.freight.parcel, stamp, this.#closed.signal);
    if (this.#closed.signal.aborted && attempted.status === null) return undefined;
    const { verdict } = attempted;
    this.#breakers.note(webhook, attempted, admission, verdict.kind !== "retry");
    delivery.status = attempted.status;
    const publication = await attempted.publish?.();
    const { log, observer } = this.#sender.means;
    if (publication) observer.publication(publication);
    if (verdict.kind === "retry") {
      const fields = { webhook: webhook.label, event: delivery.freight.event, delivery: id, attempt: number };
      log.info(`to be tried again in ${inWords(verdict.wait)}`, { ...fields, error: verdict.why });
      delivery.error = verdict.why;
      return verdict.wait;
    }
    if (verdict.kind === "gone") switchOff(webhook, this.#sender, verdict.why);
    if (verdict.kind === "delivered") delivery.delivered();
    else delivery.failed(verdict.why);
    return undefined;
  }
}

/**
 * Keeps a delivery for when its breaker may have closed; in how many milliseconds to look again. Its time
 * to be retried goes on.
 */
function hold(delivery: Delivery, until: number | undefined): number | undefined {
  const { webhook } = delivery;
  const now = performance.now();
  delivery.first ??= now;
  const end = delivery.first + (webhook.after.maxTries === 1 ? PATIENCE : webhook.after.maxTime);
  if (now >= end) {
    const held = explain(until);
    delivery.failed(
      delivery.error === null ? `its time ran out: ${held}` : `${delivery.error}; its time to retry ran out: ${held}`,
    );
    return undefined;
  }
  delivery.held = true;
  return Math.min(until ?? now + webhook.timeout, end) - now;
}
