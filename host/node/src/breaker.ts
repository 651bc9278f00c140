/**
 * The breaker of a webhook: after it has failed for a while deliveries are held, until one probe at a time
 * finds it back. Questions before events are never held; what they are answered is a sign like another.
 *
 * Closed, open and half-open, as in Nygard's "Release It!". What counts as a failure is an event that was
 * given up without an answer or with a 5xx, its retries used up. Any other answer is a sign of life and
 * closes it. Times are in milliseconds of `performance.now()`.
 */

import { inWords } from "./alarm.js";

/** Failures in a row that open a breaker, at least. */
const FEWEST = 5;

/** No hold is longer. */
const LONGEST = 60_000;

/** Milliseconds between two probes that are sent because their time is about to end. */
const URGENT = 1000;

/** When it opens, and for how long. */
export interface BreakerLimits {
  /** How long failures must last, in milliseconds. */
  after: number;
  /** The first hold; each probe that fails doubles it, up to a minute. Zero: never. */
  hold: number;
}

/** What an attempt says about its endpoint; `none` if it was not made. */
export type Sign = "life" | "failure" | "none";

/** A change of a breaker's state. */
export type Change =
  | { state: "open"; failures: number; lasting: number; hold: number }
  | { state: "reopened"; hold: number }
  | { state: "probing" }
  | { state: "closed" };

/** Whether a delivery may be sent: freely, as the probe, or not before a time. */
export type Admission = { kind: "free" } | { kind: "probe" } | { kind: "held"; until: number | undefined };

/** Why something is held, for people. */
export function explain(until: number | undefined): string {
  const left = until === undefined ? 0 : Math.max(until - performance.now(), 0);
  const time = until === undefined ? "until a probe is answered" : `for ${inWords(left)} more`;
  return `held ${time}: the breaker is open after repeated failures`;
}

/** One for each webhook. */
export class Breaker {
  #failures = 0;
  #since: number | undefined;
  #open: { until: number; hold: number; probing: boolean } | undefined;
  /** When a probe last went out before its time. */
  #urgent = Number.NEGATIVE_INFINITY;

  /**
   * Asks to send; whoever gets the probe sends at once, and notes or releases it. What is `urgent`, since its own time
   * is about to end, need not wait for that of the breaker.
   */
  admit(now: number, urgent = false): Admission {
    const open = this.#open;
    if (!open) return { kind: "free" };
    if (open.probing) return { kind: "held", until: undefined };
    if (now < open.until) {
      if (!urgent) return { kind: "held", until: open.until };
      if (now < this.#urgent + URGENT) return { kind: "held", until: this.#urgent + URGENT };
      this.#urgent = now;
    }
    open.probing = true;
    return { kind: "probe" };
  }

  /** Gives back a probe that was not sent. */
  release(): void {
    if (this.#open) this.#open.probing = false;
  }

  /** Records an attempt; `last` if no retry follows. */
  note(limits: BreakerLimits, now: number, sign: Sign, probe: boolean, last: boolean): Change | undefined {
    if (probe) this.release();
    if (sign === "none") return undefined;
    const open = this.#open;
    if (sign === "life") {
      this.#failures = 0;
      this.#since = undefined;
      this.#open = undefined;
      return open && { state: "closed" };
    }
    if (open) {
      // An attempt that is no probe began before it opened, or is a question.
      if (!probe) return undefined;
      const hold = Math.min(open.hold * 2, Math.max(LONGEST, limits.hold));
      this.#open = { until: now + hold, hold, probing: false };
      return { state: "reopened", hold };
    }
    if (!last || limits.hold === 0) return undefined;
    this.#failures += 1;
    this.#since ??= now;
    const lasting = now - this.#since;
    if (this.#failures < FEWEST || lasting < limits.after) return undefined;
    const { hold } = limits;
    const failures = this.#failures;
    this.#open = { until: now + hold, hold, probing: false };
    this.#failures = 0;
    this.#since = undefined;
    return { state: "open", failures, lasting, hold };
  }
}
