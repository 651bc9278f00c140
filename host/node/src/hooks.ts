/** The hooks of a servo: before an event, after it, or around it whole. */

import { EventEmitter } from "node:events";
import { alarm } from "./alarm.js";
import { type Means, Sender } from "./attempt.js";
import { type Addressed, Asking, type Publish } from "./before.js";
import { Breakers } from "./breakers.js";
import type { Configuration } from "./configuration.js";
import { CallError } from "./connector/error.js";
import { Delivery, type Freight, unsent } from "./delivery.js";
import { EventError } from "./error.js";
import { type Event, type Results, type Stated, stateEvent, stateResults } from "./event.js";
import { type Message, stateMessage } from "./message.js";
import { type Options, type Settings, settingsOf } from "./options.js";
import { Client } from "./outbound/client.js";
import { Outbox } from "./outbox.js";
import {
  type BreakerRecord,
  type DeliveryOutcome,
  type EventOutcome,
  type Publication,
  type WebhookOutcome,
  webhookOutcome,
} from "./outcome.js";
import { eventOccasion, messageOccasion, type Occasion, type Parcel, type Rendered, render } from "./parcel.js";
import { Full, Room } from "./room.js";

/** An answer's body, read up to this many bytes. */
const ANSWER_CAP = 64 << 10;

/** What `dispatch` came to: the event happened, or a webhook cancelled it and the work was not begun. */
export type Dispatched<T> =
  | { cancelled: false; value: T; before: EventOutcome; after: EventOutcome }
  | { cancelled: true; before: EventOutcome };

/** What the work of an event gives: its own value, and what the servo's connectors made of the event. */
export interface Worked<T> {
  value: T;
  results?: Results;
}

/** What `Webhooks` emits. */
export interface Emitted {
  /** A delivery is settled. Each accepted one is reported exactly once. */
  delivery: [DeliveryOutcome];
  /** An answer is to be published on a channel of the servo. */
  publication: [Publication];
  /** A breaker opened, lets a probe out, or closed. */
  breaker: [BreakerRecord];
}

/**
 * The webhooks of a servo, at work. Deliveries that wait keep the process alive; `drain` ends them.
 */
export class Webhooks extends EventEmitter<Emitted> {
  readonly #settings: Settings;
  readonly #means: Means;
  readonly #sender: Sender;
  readonly #breakers: Breakers;
  readonly #room: Room;
  readonly #outbox: Outbox;
  #configuration: Configuration;

  /**
   * Starts the webhooks of a configuration.
   *
   * @throws TypeError for an option that cannot be
   * @throws ClientError if a CA file or a proxy of the environment cannot be used
   */
  constructor(configuration: Configuration, options: Options = {}) {
    super();
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#configuration = configuration;
    this.#means = {
      connector: configuration.connector,
      client: new Client(settings),
      answerHeaders: configuration.answerHeaders,
      answerCap: ANSWER_CAP,
      breaker: { after: settings.breakerAfter, hold: settings.breakerHold },
      log: settings.logger,
      observer: {
        delivery: (outcome) => this.#tell("delivery", outcome),
        publication: (publication) => this.#tell("publication", publication),
        breaker: (record) => this.#tell("breaker", record),
      },
    };
    this.#sender = new Sender(this.#means);
    this.#breakers = new Breakers(this.#means);
    this.#room = new Room(settings.maxWaiting, settings.maxWaitingBytes, configuration.endpoints);
    this.#outbox = new Outbox(this.#sender, this.#breakers, settings.connections);
  }

  /** The configuration that the next event meets. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Deliveries that are not settled. */
  get waiting(): number {
    return this.#room.waiting;
  }

  /**
   * Asks the webhooks before an event, within the budget of the options.
   *
   * @throws EventError if it is no event
   */
  async before(event: Event): Promise<EventOutcome> {
    return this.#before(this.#state(event));
  }

  /**
   * Tells the webhooks after an event. Waits for their expressions alone, never for a delivery: `delivery`
   * is emitted for each.
   *
   * @throws EventError if it is no event
   */
  async after(event: Event, results: Results = []): Promise<EventOutcome> {
    return this.#after(this.#state(event), results);
  }

  /**
   * Passes a message on to the webhooks of its channel, as `after` does.
   *
   * @throws EventError if it is no message
   */
  async message(message: Message): Promise<EventOutcome> {
    return this.#accept(messageOccasion(stateMessage(message)));
  }

  /**
   * Wraps an event whole: before, the work, after. The work is not begun, and nobody told after it, when a
   * webhook cancels. What the work throws is thrown, and nobody told.
   *
   * @throws EventError if it is no event; the work is not begun then
   */
  async dispatch<T>(event: Event, work: () => Worked<T> | Promise<Worked<T>>): Promise<Dispatched<T>> {
    const stated = this.#state(event);
    const before = await this.#before(stated);
    if (before.outcome === "cancelled") return { cancelled: true, before };
    const { value, results = [] } = await work();
    return { cancelled: false, value, before, after: await this.#afterAll(stated, results) };
  }

  /** Waits until every delivery is settled. */
  async settled(): Promise<void> {
    await this.#room.untilEmpty();
  }

  /**
   * Waits until every delivery is settled, at most for so many milliseconds; then ends those that are not,
   * and says how many. Nothing is accepted or asked any more.
   */
  async drain(limit = 10_000): Promise<number> {
    await new Promise<void>((resolve) => {
      const cancel = alarm(limit, resolve);
      void this.settled().then(() => {
        cancel();
        resolve();
      });
    });
    const left = this.waiting;
    this.#outbox.close();
    await this.#means.client.close();
    return left;
  }

  /**
   * Puts a new configuration in the place of the one before. An event meets either the old one or the new
   * one; what was accepted finishes as it was accepted. Webhooks that were switched off are on again.
   *
   * @throws TypeError if it was read with another connector
   */
  reload(configuration: Configuration): void {
    if (configuration.connector !== this.#means.connector) {
      throw new TypeError("a configuration is replaced by one that was read with the same connector");
    }
    this.#room.divide(configuration.endpoints);
    this.#configuration = configuration;
  }

  #state(event: Event): Stated {
    const stated = stateEvent(event);
    this.#warnOfReplaced(stated.name, stated.id, stated.replaced);
    return stated;
  }

  async #before(stated: Stated): Promise<EventOutcome> {
    const occasion = eventOccasion(stated, undefined);
    const budget = this.#settings.beforeBudget;
    const deadline = performance.now() + budget;
    // The other half is for the answers: of those too who have no expressions.
    const addressed = await this.#concerned(occasion, budget / 2);
    const asking = new Asking(this.#sender, this.#breakers, deadline);
    const [outcome, publish] = await asking.ask(occasion.name, occasion.id, addressed);
    for (const answer of publish) void this.#publish(answer);
    return outcome;
  }

  async #after(stated: Stated, results: Results): Promise<EventOutcome> {
    const { json, replaced } = stateResults(results);
    this.#warnOfReplaced(stated.name, stated.id, replaced);
    return this.#accept(eventOccasion(stated, json));
  }

  /** The event has happened: its value must not be lost because nobody can be told. */
  async #afterAll(stated: Stated, results: Results): Promise<EventOutcome> {
    try {
      return await this.#after(stated, results);
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      const { name, id } = stated;
      const reason = error.message;
      this.#means.log.error("the webhooks after the event were not told", { event: name, error: reason });
      return { event: `after:${name}`, id, outcome: "rejected", reason, webhooks: [] };
    }
  }

  async #accept(occasion: Occasion): Promise<EventOutcome> {
    const freights = new Map<Parcel, Freight>();
    const addressed = await this.#concerned(occasion, undefined);
    const webhooks = addressed.map((one) => this.#acceptOne(occasion, one, freights));
    const taken = webhooks.some(({ outcome }) => outcome === "accepted");
    const accepted = taken || webhooks.every(({ outcome }) => outcome === "skipped");
    const outcome = accepted ? "accepted" : "rejected";
    return { event: occasion.name, id: occasion.id, outcome, reason: null, webhooks };
  }

  #acceptOne(occasion: Occasion, { webhook, rendered }: Addressed, freights: Map<Parcel, Freight>): WebhookOutcome {
    const outcome = webhookOutcome(webhook, "accepted");
    const { log, observer } = this.#means;
    if ("skipped" in rendered) return { ...outcome, outcome: "skipped", reason: rendered.skipped };
    const error = webhook.switchedOff;
    if (error !== undefined) {
      observer.delivery(unsent(occasion, webhook, error));
      return { ...outcome, outcome: "switched_off", error };
    }
    const fields = { webhook: webhook.label, event: occasion.name, id: occasion.id };
    if ("failed" in rendered) {
      log.warn("not delivered", { ...fields, error: rendered.failed });
      observer.delivery(unsent(occasion, webhook, rendered.failed));
      return outcome;
    }
    try {
      this.#outbox.push(this.#stow(occasion, webhook.origin ?? "", { webhook, rendered }, rendered.parcel, freights));
      return outcome;
    } catch (error) {
      if (!(error instanceof Full)) throw error;
      log.warn("rejected", { ...fields, error: error.message });
      return { ...outcome, outcome: "rejected", error: error.message };
    }
  }

  /** Takes the room for a delivery, and for its body unless another has it already; throws `Full`. */
  #stow(
    occasion: Occasion,
    endpoint: string,
    { webhook }: Addressed,
    parcel: Parcel,
    freights: Map<Parcel, Freight>,
  ): Delivery {
    const bytes = parcel.body.length;
    const place = this.#room.enter(endpoint, occasion.size, bytes);
    let freight = freights.get(parcel);
    if (!freight) {
      try {
        const release = this.#room.take(occasion.size, bytes);
        freight = { parcel, event: occasion.name, eventId: occasion.id, deliveries: 0, release };
      } catch (error) {
        place();
        throw error;
      }
      freights.set(parcel, freight);
    }
    return new Delivery(webhook, freight, place, this.#means);
  }

  /**
   * The webhooks that an occasion concerns, each with what its shape made of it: one rendering for each
   * shape. Expressions that have not come to an end within the limit, in milliseconds, have failed.
   */
  async #concerned(occasion: Occasion, limit: number | undefined): Promise<Addressed[]> {
    const configuration = this.#configuration;
    const { maxEvent } = this.#settings;
    if (occasion.size > maxEvent) {
      throw new EventError(`it has ${occasion.size} bytes, and ${maxEvent} are the most that are taken`);
    }
    const shapes = new Map<string, Promise<Rendered>>();
    try {
      const selected = await configuration.select(occasion.name);
      const { connector } = this.#means;
      const rendered = selected.map(({ shape }) => {
        const known = shapes.get(shape.token) ?? within(limit, render(connector, occasion, shape));
        shapes.set(shape.token, known);
        return known;
      });
      const all = await Promise.all(rendered);
      return selected.flatMap((webhook, nth) => (all[nth] ? [{ webhook, rendered: all[nth] }] : []));
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      const failed = error.message;
      return configuration.suspects(occasion.name).map((webhook) => ({ webhook, rendered: { failed } }));
    }
  }

  async #publish(answer: Publish): Promise<void> {
    const done = this.#room.publish();
    const publication = await answer().catch(() => undefined);
    if (publication) this.#tell("publication", publication);
    done();
  }

  #warnOfReplaced(event: string, id: string, replaced: string[]): void {
    for (const what of replaced) this.#means.log.warn(what, { event, id });
  }

  /** What a listener throws is its own fault, and must not hold up a delivery. */
  #tell<K extends keyof Emitted>(name: K, ...record: Emitted[K]): void {
    try {
      (this.emit as (name: K, ...record: Emitted[K]) => boolean).call(this, name, ...record);
    } catch (error) {
      this.#means.log.error(`a listener of "${name}" threw`, {
        error: error instanceof Error ? error.name : "no error",
      });
    }
  }
}

/** What was rendered, or that it came too late. */
function within(limit: number | undefined, rendering: Promise<Rendered>): Promise<Rendered> {
  if (limit === undefined) return rendering;
  const late: Rendered = { failed: "its expressions took more than half of the event's budget" };
  return new Promise((resolve, reject) => {
    const cancel = alarm(limit, () => resolve(late));
    rendering.then(resolve, reject).finally(cancel);
  });
}
