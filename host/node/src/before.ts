/**
 * Before an event: all its webhooks are asked at once, whatever their breakers say, and the first cancel decides. One
 * budget bounds them together, retries included; when it ends, each webhook without an answer is settled by its
 * `on_error`.
 */

import { setMaxListeners } from "node:events";
import { v7 as uuid } from "uuid";
import { CLOSED } from "./acceptance.js";
import type { AttemptResult, AttemptRunner } from "./attempt.js";
import type { Limit } from "./awake-limit.js";
import type { Breakers } from "./breakers.js";
import type { Recipient } from "./fan-out.js";
import type { Notification } from "./notification.js";
import { type EventOutcome, type Publication, type WebhookOutcome, webhookOutcome } from "./outcome.js";
import { pause } from "./timer.js";
import type { Webhook } from "./webhook.js";

/** Reads an answer that is to be published. */
export type Publish = () => Promise<Publication | undefined>;

interface Answered {
  outcome: WebhookOutcome;
  /** The event does not happen, for this reason. */
  cancel?: string;
  publish?: Publish;
}

/** Asks webhooks before one event. */
export class Asking {
  readonly #event: string;
  readonly #id: string;
  readonly #runner: AttemptRunner;
  readonly #breakers: Breakers;
  readonly #budget: Limit;
  readonly #settled = new AbortController();

  /** `budget` is the time for all webhooks together. */
  constructor({ name, id }: Notification, runner: AttemptRunner, breakers: Breakers, budget: Limit) {
    this.#event = name;
    this.#id = id;
    this.#runner = runner;
    this.#breakers = breakers;
    this.#budget = budget;
    // One for each webhook that is asked.
    setMaxListeners(0, this.#settled.signal);
  }

  /** Asks all of them; when the first cancels, the others are aborted. If `closed`, none is asked. */
  async ask(asked: Recipient[], closed: boolean): Promise<[EventOutcome, Publish[]]> {
    const webhooks = asked.map(({ webhook }) => webhookOutcome(webhook, "not_awaited"));
    const publish: Publish[] = [];
    const reason = await new Promise<string | null>((resolve) => {
      const answers = asked.map(async (recipient, place) => {
        const answered = await this.#askOne(recipient, closed).catch((error: unknown) => {
          const why = `asking failed: ${error instanceof Error ? error.name : "unknown error"}`;
          return this.#unanswered(recipient.webhook, webhookOutcome(recipient.webhook, "no_answer"), why);
        });
        if (this.#settled.signal.aborted) return;
        webhooks[place] = answered.outcome;
        if (answered.publish) publish.push(answered.publish);
        if (answered.cancel === undefined) return;
        this.#settled.abort();
        resolve(answered.cancel);
      });
      void Promise.all(answers).then(() => resolve(null));
    });
    const outcome = reason === null ? "proceed" : "cancelled";
    return [{ event: this.#event, id: this.#id, outcome, reason, webhooks: [...webhooks] }, publish];
  }

  async #askOne({ webhook, rendered }: Recipient, closed: boolean): Promise<Answered> {
    const outcome = webhookOutcome(webhook, "no_answer");
    if ("skipped" in rendered) return { outcome: { ...outcome, outcome: "skipped", reason: rendered.skipped } };
    if (closed) return this.#unanswered(webhook, outcome, CLOSED);
    const off = webhook.switchedOff;
    if (off !== undefined) return this.#unanswered(webhook, { ...outcome, outcome: "switched_off" }, off);
    if ("failed" in rendered) return this.#unanswered(webhook, outcome, rendered.failed);
    const delivery = uuid();
    const first = performance.now();
    for (;;) {
      outcome.attempts += 1;
      const limit = Math.max(0, Math.min(this.#budget.left, webhook.timeout));
      const info = {
        event: this.#event,
        id: this.#id,
        delivery,
        number: outcome.attempts,
        first,
        before: true,
        limit,
      };
      const result = await this.#runner.attempt(webhook, rendered.request, info, this.#settled.signal);
      // It was called off, which says nothing of its endpoint.
      if (this.#settled.signal.aborted && result.status === null) return { outcome };
      outcome.status = result.status;
      const { verdict } = result;
      const last = verdict.kind !== "retry" || verdict.wait >= this.#budget.left;
      this.#breakers.note(webhook, result, undefined, last);
      // What this machine could not make is no attempt.
      if (result.lacking) outcome.attempts -= 1;
      if (last) return this.#settle(webhook, outcome, result);
      await pause(verdict.wait, this.#settled.signal);
      if (this.#settled.signal.aborted) return { outcome };
    }
  }

  #settle(webhook: Webhook, outcome: WebhookOutcome, { verdict, publish }: AttemptResult): Answered {
    switch (verdict.kind) {
      case "delivered":
        return { outcome: { ...outcome, outcome: "proceeded" }, ...(publish ? { publish } : {}) };
      case "cancel":
        return { outcome: { ...outcome, outcome: "cancelled" }, cancel: verdict.why };
      case "retry":
        return this.#unanswered(webhook, outcome, `${verdict.why}; no time left in the event's budget to retry`);
      case "gone":
        switchOff(webhook, this.#runner, verdict.why);
        return this.#unanswered(webhook, outcome, verdict.why);
      case "failed":
        return this.#unanswered(webhook, outcome, verdict.why);
    }
  }

  /** Applies the `on_error` of a webhook that gave no answer. */
  #unanswered(webhook: Webhook, outcome: WebhookOutcome, error: string): Answered {
    const { label, onError } = webhook;
    const fields = { webhook: label, event: this.#event, id: this.#id, error, onError };
    this.#runner.context.log.warn("no answer before the event", fields);
    const cancel = onError === "cancel" ? { cancel: `${label} gave no answer: ${error}` } : {};
    return { outcome: { ...outcome, error }, ...cancel };
  }
}

/** Switches off a webhook whose endpoint is gone, and logs it the first time. */
export function switchOff(webhook: Webhook, runner: AttemptRunner, why: string): void {
  if (webhook.gone) return;
  webhook.gone = true;
  runner.context.log.error("switched off until a reload or restart", { webhook: webhook.label, error: why });
}
