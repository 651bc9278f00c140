/** Asks and informs the breakers of webhooks, and reports their changes. */

import type { AttemptContext, AttemptResult } from "./attempt.js";
import type { Admission, Change, Probe, Waited } from "./breaker.js";
import { breakerRecord } from "./outcome.js";
import { inWords } from "./timer.js";
import type { Webhook } from "./webhook.js";

/** All breakers of a servo's webhooks. */
export class Breakers {
  /** Called when one has closed. */
  closed: (webhook: Webhook) => void = () => {};
  readonly #context: AttemptContext;

  constructor(context: AttemptContext) {
    this.#context = context;
  }

  /** Asks the breaker of a webhook whether a delivery may be sent. */
  admit(webhook: Webhook, now: number, waited: Waited): Admission {
    const admission = webhook.breaker.admit(now, waited);
    if (admission.kind === "probe" && !admission.probe.extra) this.#changed(webhook, { state: "probing" }, undefined);
    return admission;
  }

  /** Tells the breaker of a webhook the result of an attempt; `last` if there is no retry. */
  note(webhook: Webhook, { verdict, health }: AttemptResult, probe: Probe | undefined, last: boolean): void {
    const change = webhook.breaker.note(this.#context.breaker, performance.now(), health, probe, last);
    if (change) this.#changed(webhook, change, verdict.kind === "delivered" ? undefined : verdict.why);
  }

  #changed(webhook: Webhook, change: Change, error: string | undefined): void {
    const { log, observer } = this.#context;
    const fields = { webhook: webhook.label, ...(error === undefined ? {} : { error }) };
    if (change.state === "open") {
      const { failures, lasting, hold } = change;
      const row = `${failures} events in a row failed within ${inWords(lasting)}`;
      log.error(`breaker opened: ${row}; holding deliveries for ${inWords(hold)}`, fields);
    } else if (change.state === "reopened") {
      log.warn(`breaker stays open: the probe failed; holding deliveries for ${inWords(change.hold)}`, fields);
    } else if (change.state === "probing") {
      log.info("breaker half-open: sending a probe", fields);
    } else {
      log.warn("breaker closed: sending resumed", fields);
      this.closed(webhook);
    }
    observer.breaker(breakerRecord(webhook, change, error));
  }
}
