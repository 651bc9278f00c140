/**
 * Deliveries on their way: what is ready waits in the queue of its endpoint, what is to be retried waits for its
 * time. Each endpoint has a bound on what is in flight, so that one which hangs holds up nothing but itself, and all
 * have one together, so that questions before events find descriptors.
 */

import { setMaxListeners } from "node:events";
import { setImmediate as nextTick } from "node:timers/promises";
import type { AttemptRunner } from "./attempt.js";
import { switchOff } from "./before.js";
import type { Breakers } from "./breakers.js";
import type { Delivery } from "./delivery.js";
import { follow, look } from "./life.js";
import { inWords, startTimer } from "./timer.js";
import { WaitingList } from "./waiting.js";
import type { Webhook } from "./webhook.js";

/** Deliveries for one endpoint. */
interface EndpointQueue {
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
export class DeliveryQueue {
  readonly #runner: AttemptRunner;
  readonly #breakers: Breakers;
  readonly #bounds: Bounds;
  readonly #endpointQueues = new Map<string, EndpointQueue>();
  /** Those waiting for the common limit. */
  readonly #queue: (() => void)[] = [];
  #inFlight = 0;
  /** Deliveries to be retried, and those that breakers hold. */
  readonly waiting = new WaitingList();
  #cancelAlarm = () => {};
  readonly #flying = new Set<Delivery>();
  readonly #closed = new AbortController();

  constructor(runner: AttemptRunner, breakers: Breakers, bounds: Bounds) {
    this.#runner = runner;
    this.#breakers = breakers;
    this.#bounds = bounds;
    // One for each attempt in flight.
    setMaxListeners(0, this.#closed.signal);
    breakers.closed = (webhook) => this.#release(webhook);
  }

  /** Puts a delivery in its queue. */
  push(delivery: Delivery): void {
    if (this.#closed.signal.aborted) {
      delivery.abandon();
      return;
    }
    const endpoint = delivery.webhook.origin ?? "";
    const endpointQueue = this.#endpointQueues.get(endpoint) ?? { ready: [], inFlight: 0 };
    this.#endpointQueues.set(endpoint, endpointQueue);
    endpointQueue.ready.push(delivery);
    if (endpointQueue.inFlight < this.#bounds.each) void this.#work(endpoint, endpointQueue);
  }

  /** Ends every delivery that is not settled, each reported as undelivered; returns their number. */
  close(): number {
    this.#closed.abort();
    const ready = [...this.#endpointQueues.values()].flatMap((endpointQueue) => endpointQueue.ready.splice(0));
    this.#cancelAlarm();
    const left = [...this.#flying, ...ready, ...this.waiting.take(() => true)];
    for (const resume of this.#queue.splice(0)) resume();
    return left.filter((delivery) => delivery.abandon()).length;
  }

  /** Makes attempts at an endpoint until nothing is ready. */
  async #work(endpoint: string, endpointQueue: EndpointQueue): Promise<void> {
    endpointQueue.inFlight += 1;
    while (endpointQueue.ready.length > 0) {
      await this.#acquireSlot();
      const delivery = endpointQueue.ready.shift();
      if (delivery) await this.#step(delivery);
      // The connection is given back in a later turn of the event loop; the next attempt shall have it.
      await nextTick();
      this.#inFlight -= 1;
      this.#queue.shift()?.();
    }
    endpointQueue.inFlight -= 1;
    if (endpointQueue.inFlight === 0) this.#endpointQueues.delete(endpoint);
  }

  /** Waits until one more attempt may be in flight; first come, first served. */
  async #acquireSlot(): Promise<void> {
    const full = () => this.#inFlight >= this.#bounds.all && !this.#closed.signal.aborted;
    while (full()) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#inFlight += 1;
  }

  async #step(delivery: Delivery): Promise<void> {
    this.#flying.add(delivery);
    const until = await this.#attempt(delivery).catch((error: unknown) => {
      delivery.failed(`the attempt failed: ${error instanceof Error ? error.name : "unknown error"}`);
      return undefined;
    });
    this.#flying.delete(delivery);
    if (until === undefined) return;
    if (this.#closed.signal.aborted) {
      delivery.abandon();
      return;
    }
    this.waiting.add(until, delivery);
    if (this.waiting.next === until) this.#setAlarm();
  }

  #setAlarm(): void {
    this.#cancelAlarm();
    const { next } = this.waiting;
    if (next !== undefined) this.#cancelAlarm = startTimer(next - performance.now(), () => this.#ring());
  }

  /** Puts deliveries in their queues whose time has come. */
  #ring(): void {
    for (const delivery of this.waiting.due(performance.now())) this.push(delivery);
    this.#setAlarm();
  }

  /** Puts deliveries in their queues that a breaker held, now that it has closed. */
  #release(webhook: Webhook): void {
    const isFree = (delivery: Delivery) => delivery.held && delivery.webhook === webhook;
    for (const delivery of this.waiting.take(isFree)) this.push(delivery);
  }

  /** Makes one attempt; returns when to look again, if it is not settled. */
  async #attempt(delivery: Delivery): Promise<number | undefined> {
    const { webhook } = delivery;
    const began = performance.now();
    const step = look(delivery, began, (waited) => this.#breakers.admit(webhook, began, waited));
    if (step.kind === "wait") return step.until;
    if (step.kind === "fail") {
      delivery.failed(step.why);
      return undefined;
    }
    const { id, attempts: number, queuedBody } = delivery;
    const about = { event: queuedBody.event, id: queuedBody.eventId, delivery: id };
    const info = { ...about, number, first: step.first, before: false, limit: webhook.timeout };
    const attempt = this.#runner.attempt(webhook, queuedBody.request, info, this.#closed.signal);
    const result = await attempt.catch((error: unknown) => {
      webhook.breaker.release(step.probe);
      throw error;
    });
    if (this.#closed.signal.aborted && result.status === null) return undefined;
    const { verdict, lacking } = result;
    this.#breakers.note(webhook, result, step.probe, verdict.kind !== "retry" && !lacking);
    // At once: what the breaker has let go must find it switched off.
    if (verdict.kind === "gone") switchOff(webhook, this.#runner, verdict.why);
    const now = performance.now();
    const next = follow(delivery, result, now);
    const { log, observer } = this.#runner.context;
    if (next?.kind === "fail") {
      delivery.failed(next.why);
    } else if (next) {
      const fields = { ...delivery.fields, attempt: number, error: delivery.error };
      log.info(`retrying in ${inWords(next.until - now)}`, fields);
      return next.until;
    } else {
      try {
        const publication = await result.publish?.();
        if (publication) observer.publication(publication);
      } finally {
        // Whatever becomes of the answer's body.
        delivery.delivered();
      }
    }
    return undefined;
  }
}
