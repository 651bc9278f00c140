/** The hooks of a servo: before an event, after it, or around it. */

import { EventEmitter } from "node:events";
import { Acceptance } from "./acceptance.js";
import { type AttemptContext, AttemptRunner } from "./attempt.js";
import { Limit } from "./awake-limit.js";
import { Asking, type Publish } from "./before.js";
import { Breakers } from "./breakers.js";
import { Capacity } from "./capacity.js";
import type { Configuration } from "./configuration.js";
import { DeliveryQueue } from "./delivery-queue.js";
import { EventError } from "./error.js";
import { type CheckedEvent, checkEvent, checkResults, type Event, type Results } from "./event.js";
import { type Recipient, recipientsOf } from "./fan-out.js";
import { envelope, optionsOf } from "./forward.js";
import { harmless } from "./log.js";
import { LimitingLogger } from "./log-limit.js";
import { checkMessage, type Message } from "./message.js";
import { eventNotification, messageNotification, type Notification } from "./notification.js";
import { type Options, type Settings, settingsOf } from "./options.js";
import { Client } from "./outbound/client.js";
import { forDeliveries } from "./outbound/descriptors.js";
import type { Dispatched, Emitted, EventOutcome, Worked } from "./outcome.js";
import { unknownVariables } from "./variables.js";

/** An answer's body, read up to this many bytes. */
const ANSWER_CAP = 64 << 10;

/**
 * The running webhooks of a servo. Waiting deliveries keep the process alive; `shutdown` ends them.
 */
export class Webhooks extends EventEmitter<Emitted> {
  readonly #settings: Settings;
  readonly #context: AttemptContext;
  readonly #runner: AttemptRunner;
  readonly #breakers: Breakers;
  readonly #capacity: Capacity;
  readonly #queue: DeliveryQueue;
  readonly #acceptance: Acceptance;
  /** Hands over what has happened, if others deliver it. */
  readonly #forward: Webhooks | undefined;
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
    this.#context = {
      connector: configuration.connector,
      client: new Client(settings),
      answerHeaders: configuration.answerHeaders,
      answerCap: ANSWER_CAP,
      breaker: { after: settings.breakerAfter, hold: settings.breakerHold },
      log: new LimitingLogger(settings.logger),
      observer: {
        delivery: (outcome) => this.#tell("delivery", outcome),
        publication: (publication) => this.#tell("publication", publication),
        breaker: (record) => this.#tell("breaker", record),
      },
    };
    this.#runner = new AttemptRunner(this.#context);
    this.#breakers = new Breakers(this.#context);
    this.#capacity = new Capacity(settings.maxWaiting, settings.maxWaitingBytes, configuration.endpoints);
    const bounds = { each: settings.connections, all: forDeliveries() };
    this.#queue = new DeliveryQueue(this.#runner, this.#breakers, bounds);
    this.#acceptance = new Acceptance(this.#context, this.#capacity, this.#queue);
    const { forward } = configuration;
    if (forward) {
      this.#forward = new Webhooks(forward, optionsOf(settings, configuration.forwardsTo));
      this.#forward.on("delivery", (outcome) => this.#tell("delivery", outcome));
      this.#forward.on("breaker", (record) => this.#tell("breaker", record));
    }
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
    return this.#capacity.waiting + (this.#forward?.waiting ?? 0);
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
    return this.#accept(messageNotification(checkMessage(message)));
  }

  /**
   * Runs an event: before, the work, after. If a webhook cancels, the work does not start and after webhooks are not
   * called. What the work throws is thrown, without calling after webhooks.
   *
   * @throws EventError if it is not a valid event; the work does not start then
   */
  async dispatch<T>(event: Event, work: () => Worked<T> | Promise<Worked<T>>): Promise<Dispatched<T>> {
    const checked = this.#state(event);
    const before = await this.#before(checked);
    if (before.outcome === "cancelled") return { cancelled: true, before };
    const { value, results = [] } = await work();
    return { cancelled: false, value, before, after: await this.#afterAll(checked, results) };
  }

  /** Waits until every delivery is settled and every question answered. */
  async idle(): Promise<void> {
    await Promise.all([this.#capacity.untilEmpty(), this.#forward?.idle()]);
  }

  /**
   * Accepts and asks nothing any more: after events are rejected, and `onError` decides before events, both with an
   * error that begins with `closed:`. Waits until every delivery is settled and every question answered, up to a limit
   * in milliseconds; then ends the others, and returns how many deliveries were reported as undelivered.
   *
   * @throws TypeError for an invalid limit
   */
  async shutdown(limit = 10_000): Promise<number> {
    if (!(limit >= 0)) throw new TypeError("the limit of shutdown must be a number of milliseconds from 0");
    this.#closed = true;
    this.#acceptance.close();
    const forwarded = this.#forward?.shutdown(limit);
    await new Promise<void>((resolve) => {
      const watch = new Limit(limit, resolve);
      void this.idle().then(() => {
        watch.end();
        resolve();
      });
    });
    const left = this.#queue.close();
    this.#context.client.close();
    return left + ((await forwarded) ?? 0);
  }

  /**
   * Replaces the configuration. Each event uses either the old or the new one; accepted deliveries finish with the old
   * one. Webhooks that were switched off are on again. The CA file is read again.
   *
   * @throws TypeError if it was read with another connector, is already in use, or forwards to another place
   * @throws ClientError if the CA file cannot be used; nothing changes then
   */
  reload(configuration: Configuration): void {
    if (configuration.connector !== this.#context.connector) {
      throw new TypeError("the new configuration must have been read with the same connector");
    }
    configuration.checkUnused();
    const { forward } = configuration;
    if (configuration.forwardsTo?.origin !== this.#configuration.forwardsTo?.origin) {
      throw new TypeError("a reload cannot change where events are forwarded");
    }
    this.#context.client.renew();
    configuration.use();
    if (forward) this.#forward?.reload(forward);
    this.#capacity.divide(configuration.endpoints);
    this.#configuration = configuration;
  }

  #state(event: Event): CheckedEvent {
    const checked = checkEvent(event, this.#settings.maxEvent);
    this.#warnOfReplaced(checked.name, checked.id, checked.replaced);
    const unknown = this.#configuration.catalogue.warning(checked.name);
    if (unknown === undefined) return checked;
    const fields = { event: checked.name, id: checked.id };
    if (unknown.isFirst) this.#context.log.limited("warn", "name", unknown.text, fields);
    return { ...checked, warnings: [unknown.text] };
  }

  async #before(checked: CheckedEvent): Promise<EventOutcome> {
    const notification = eventNotification(checked, undefined);
    const { beforeBudget } = this.#settings;
    const done = this.#capacity.note();
    const budget = new Limit(beforeBudget);
    try {
      // The other half is for the answers: of those too who have no expressions.
      const recipients = await this.#recipients(notification, beforeBudget / 2);
      const asking = new Asking(notification, this.#runner, this.#breakers, budget);
      const [outcome, publish] = await asking.ask(recipients, this.#closed);
      for (const answer of publish) void this.#publish(answer);
      return warned(outcome, checked);
    } finally {
      budget.end();
      done();
    }
  }

  async #after(checked: CheckedEvent, results: Results): Promise<EventOutcome> {
    const { json, replaced } = checkResults(results, this.#settings.maxEvent);
    this.#warnOfReplaced(checked.name, checked.id, replaced);
    return warned(await this.#accept(eventNotification(checked, json)), checked);
  }

  /** The event has happened: its value must not be lost because after webhooks cannot be called. */
  async #afterAll(checked: CheckedEvent, results: Results): Promise<EventOutcome> {
    try {
      return await this.#after(checked, results);
    } catch (error) {
      if (!(error instanceof EventError)) throw error;
      const { name, id } = checked;
      const reason = error.message;
      this.#context.log.error("the event happened, but its after webhooks could not be told", {
        event: name,
        id,
        error: reason,
      });
      return { event: `after:${name}`, id, outcome: "rejected", reason, webhooks: [] };
    }
  }

  async #accept(notification: Notification): Promise<EventOutcome> {
    if (this.#forward) return this.#forward.#accept(envelope(notification, this.#settings.maxEvent));
    const webhooks = this.#acceptance.accept(notification, await this.#recipients(notification, undefined));
    const taken = webhooks.some(({ outcome }) => outcome === "accepted");
    const accepted = taken || webhooks.every(({ outcome }) => outcome === "skipped");
    const outcome = accepted ? "accepted" : "rejected";
    return { event: notification.name, id: notification.id, outcome, reason: null, webhooks };
  }

  /** The webhooks that a notification goes to; `limit` is the time for expressions, in milliseconds. */
  async #recipients(notification: Notification, limit: number | undefined): Promise<Recipient[]> {
    const { maxEvent } = this.#settings;
    if (notification.size > maxEvent) {
      throw new EventError(`it has ${notification.size} bytes; the limit is ${maxEvent}`);
    }
    const recipients = await recipientsOf(this.#configuration, notification, limit);
    for (const { webhook, rendered } of recipients) {
      if (!("request" in rendered) || rendered.request.warning === undefined) continue;
      const fields = { webhook: webhook.label, event: notification.name, id: notification.id };
      this.#context.log.limited("warn", "expression", rendered.request.warning, fields);
    }
    return recipients;
  }

  async #publish(answer: Publish): Promise<void> {
    const done = this.#capacity.note();
    const publication = await answer().catch(() => undefined);
    if (publication) this.#tell("publication", publication);
    done();
  }

  #warnOfReplaced(event: string, id: string, replaced: string[]): void {
    for (const what of replaced) this.#context.log.limited("warn", "value", what, { event, id });
  }

  /** What a listener throws or rejects with is logged; no delivery and no other listener is affected. */
  #tell<K extends keyof Emitted>(name: K, record: Emitted[K][0]): void {
    for (const listener of this.rawListeners(name)) {
      harmless(
        () => Reflect.apply(listener, this, [record]),
        (error) => {
          const what = error instanceof Error ? error.name : "no error";
          this.#context.log.limited("error", "listener", `a listener of "${name}" threw`, { error: what });
        },
      );
    }
  }
}

/** Adds the warnings about the event. */
function warned(outcome: EventOutcome, { warnings }: CheckedEvent): EventOutcome {
  return warnings.length === 0 ? outcome : { ...outcome, warnings };
}
