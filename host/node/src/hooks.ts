/** The hooks of a servo: before an event, after it, or around it. */

import { EventEmitter } from "node:events";
import { type Addressed, concerned } from "./addressing.js";
import { type Means, Sender } from "./attempt.js";
import { Limit } from "./awake.js";
import { Asking, type Publish } from "./before.js";
import { Breakers } from "./breakers.js";
import type { Configuration } from "./configuration.js";
import { EventError } from "./error.js";
import { type Event, type Results, type Stated, stateEvent, stateResults } from "./event.js";
import { harmless } from "./log.js";
import { type Message, stateMessage } from "./message.js";
import { type Options, type Settings, settingsOf } from "./options.js";
import { Client } from "./outbound/client.js";
import { forDeliveries } from "./outbound/descriptors.js";
import { Outbox } from "./outbox.js";
import type { BreakerRecord, DeliveryOutcome, EventOutcome, Publication } from "./outcome.js";
import { eventOccasion, messageOccasion, type Occasion } from "./parcel.js";
import { Reception } from "./reception.js";
import { Room } from "./room.js";
import { unknownVariables } from "./variables.js";

/** An answer's body, read up to this many bytes. */
const ANSWER_CAP = 64 << 10;

/** The result of `dispatch`: the event happened, or a webhook cancelled it and the work did not start. */
export type Dispatched<T> =
  | { cancelled: false; value: T; before: EventOutcome; after: EventOutcome }
  | { cancelled: true; before: EventOutcome };

/** The result of the work: its own value, and the results of the servo's connectors. */
export interface Worked<T> {
  value: T;
  results?: Results;
}

/** What `Webhooks` emits. */
export interface Emitted {
  /** A delivery is settled. Each accepted one is reported exactly once. */
  delivery: [DeliveryOutcome];
  /** An answer to publish on a channel of the servo. */
  publication: [Publication];
  /** A breaker opened, sent a probe, or closed. */
  breaker: [BreakerRecord];
}

/**
 * The running webhooks of a servo. Waiting deliveries keep the process alive; `drain` ends them.
 */
export class Webhooks extends EventEmitter<Emitted> {
  readonly #settings: Settings;
  readonly #means: Means;
  readonly #sender: Sender;
  readonly #breakers: Breakers;
  readonly #room: Room;
  readonly #outbox: Outbox;
  readonly #reception: Reception;
  #configuration: Configuration;
  #closed = false;

  /**
   * Starts the webhooks of a configuration.
   *
   * @throws TypeError for an invalid option, or a configuration that is already in use
   * @throws ClientError if a CA file or a proxy of the environment cannot be used
   */
  constructor(configuration: Configuration, options: Options = {}) {
    super();
    const settings = settingsOf(options);
    configuration.use();
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
    const bounds = { each: settings.connections, all: forDeliveries() };
    this.#outbox = new Outbox(this.#sender, this.#breakers, bounds);
    this.#reception = new Reception(this.#means, this.#room, this.#outbox);
    const { allow, environment, logger } = settings;
    const unknown = unknownVariables(environment, configuration.variables);
    for (const warning of [...allow.warnings, ...unknown]) logger.warn(warning, {});
  }

  /** The current configuration. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** The number of deliveries that are not settled. */
  get waiting(): number {
    return this.#room.waiting;
  }

  /**
   * Asks the webhooks before an event, within the budget of the options.
   *
   * @throws EventError if it is not a valid event
   */
  async before(event: Event): Promise<EventOutcome> {
    return this.#before(this.#state(event));
  }

  /**
   * Accepts deliveries after an event. Waits for expressions only, never for a delivery: `delivery` is emitted for
   * each.
   *
   * @throws EventError if it is not a valid event
   */
  async after(event: Event, results: Results = []): Promise<EventOutcome> {
    return this.#after(this.#state(event), results);
  }

  /**
   * Passes a message on to the webhooks of its channel, as `after` does.
   *
   * @throws EventError if it is not a valid message
   */
  async message(message: Message): Promise<EventOutcome> {
    return this.#accept(messageOccasion(stateMessage(message)));
  }

  /**
   * Runs an event: before, the work, after. If a webhook cancels, the work does not start and after webhooks are not
   * called. What the work throws is thrown, without calling after webhooks.
   *
   * @throws EventError if it is not a valid event; the work does not start then
   */
  async dispatch<T>(event: Event, work: () => Worked<T> | Promise<Worked<T>>): Promise<Dispatched<T>> {
    const stated = this.#state(event);
    const before = await this.#before(stated);
    if (before.outcome === "cancelled") return { cancelled: true, before };
    const { value, results = [] } = await work();
    return { cancelled: false, value, before, after: await this.#afterAll(stated, results) };
  }

  /** Waits until every delivery is settled and every question answered. */
  async settled(): Promise<void> {
    await this.#room.untilEmpty();
  }

  /**
   * Accepts and asks nothing any more: after events are rejected, and `onError` decides before events, both with an
   * error that begins with `closed:`. Waits until every delivery is settled and every question answered, up to a limit
   * in milliseconds; then ends the others, and returns how many deliveries were reported as undelivered.
   *
   * @throws TypeError for an invalid limit
   */
  async drain(limit = 10_000): Promise<number> {
    if (!(limit >= 0)) throw new TypeError("the limit of drain must be a number of milliseconds from 0");
    this.#closed = true;
    this.#reception.close();
    await new Promise<void>((resolve) => {
      const watch = new Limit(limit, resolve);
      void this.settled().then(() => {
        watch.end();
        resolve();
      });
    });
    const left = this.#outbox.close();
    this.#means.client.close();
    return left;
  }

  /**
   * Replaces the configuration. Each event uses either the old or the new one; accepted deliveries finish with the old
   * one. Webhooks that were switched off are on again. The CA file is read again.
   *
   * @throws TypeError if it was read with another connector, or is already in use
   * @throws ClientError if the CA file cannot be used; nothing changes then
   */
  reload(configuration: Configuration): void {
    if (configuration.connector !== this.#means.connector) {
      throw new TypeError("the new configuration must have been read with the same connector");
    }
    configuration.checkUnused();
    this.#means.client.renew();
    configuration.use();
    this.#room.divide(configuration.endpoints);
    this.#configuration = configuration;
  }

  #state(event: Event): Stated {
    const stated = stateEvent(event, this.#settings.maxEvent);
    this.#warnOfReplaced(stated.name, stated.id, stated.replaced);
    const unknown = this.#configuration.catalogue.warning(stated.name);
    if (unknown === undefined) return stated;
    if (unknown.isFirst) this.#means.log.warn(unknown.text, { event: stated.name, id: stated.id });
    return { ...stated, warnings: [unknown.text] };
  }

  async #before(stated: Stated): Promise<EventOutcome> {
    const occasion = eventOccasion(stated, undefined);
    const { beforeBudget } = this.#settings;
    const done = this.#room.note();
    const budget = new Limit(beforeBudget);
    try {
      // The other half is for the answers: of those too who have no expressions.
      const addressed = await this.#concerned(occasion, beforeBudget / 2);
      const asking = new Asking(occasion, this.#sender, this.#breakers, budget);
      const [outcome, publish] = await asking.ask(addressed, this.#closed);
      for (const answer of publish) void this.#publish(answer);
      return warned(outcome, stated);
    } finally {
      budget.end();
      done();
    }
  }

  async #after(stated: Stated, results: Results): Promise<EventOutcome> {
    const { json, replaced } = stateResults(results, this.#settings.maxEvent);
    this.#warnOfReplaced(stated.name, stated.id, replaced);
    return warned(await this.#accept(eventOccasion(stated, json)), stated);
  }

  /** The event has happened: its value must not be lost because after webhooks cannot be called. */
  async #afterAll(stated: Stated, results: Results): Promise<EventOutcome> {
    try {
      return await this.#after(stated, results);
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      const { name, id } = stated;
      const reason = error.message;
      this.#means.log.error("the event happened, but its after webhooks could not be told", {
        event: name,
        id,
        error: reason,
      });
      return { event: `after:${name}`, id, outcome: "rejected", reason, webhooks: [] };
    }
  }

  async #accept(occasion: Occasion): Promise<EventOutcome> {
    const webhooks = this.#reception.accept(occasion, await this.#concerned(occasion, undefined));
    const taken = webhooks.some(({ outcome }) => outcome === "accepted");
    const accepted = taken || webhooks.every(({ outcome }) => outcome === "skipped");
    const outcome = accepted ? "accepted" : "rejected";
    return { event: occasion.name, id: occasion.id, outcome, reason: null, webhooks };
  }

  /** The webhooks that an occasion goes to; `limit` is the time for expressions, in milliseconds. */
  async #concerned(occasion: Occasion, limit: number | undefined): Promise<Addressed[]> {
    const { maxEvent } = this.#settings;
    if (occasion.size > maxEvent) {
      throw new EventError(`it has ${occasion.size} bytes; the limit is ${maxEvent}`);
    }
    const addressed = await concerned(this.#configuration, occasion, limit);
    for (const { webhook, rendered } of addressed) {
      if (!("parcel" in rendered) || rendered.parcel.warning === undefined) continue;
      this.#means.log.warn(rendered.parcel.warning, { webhook: webhook.label, event: occasion.name, id: occasion.id });
    }
    return addressed;
  }

  async #publish(answer: Publish): Promise<void> {
    const done = this.#room.note();
    const publication = await answer().catch(() => undefined);
    if (publication) this.#tell("publication", publication);
    done();
  }

  #warnOfReplaced(event: string, id: string, replaced: string[]): void {
    for (const what of replaced) this.#means.log.warn(what, { event, id });
  }

  /** What a listener throws or rejects with is logged; no delivery and no other listener is affected. */
  #tell<K extends keyof Emitted>(name: K, record: Emitted[K][0]): void {
    for (const listener of this.rawListeners(name)) {
      harmless(
        () => Reflect.apply(listener, this, [record]),
        (error) => {
          const what = error instanceof Error ? error.name : "no error";
          this.#means.log.error(`a listener of "${name}" threw`, { error: what });
        },
      );
    }
  }
}

/** Adds the warnings about the event. */
function warned(outcome: EventOutcome, { warnings }: Stated): EventOutcome {
  return warnings.length === 0 ? outcome : { ...outcome, warnings };
}
