/**
 * The breaker of a webhook: after it has failed for a while deliveries are held, until one probe at a time
 * finds it back. Questions before events are never held; what they are answered is a sign like another.
 *
 * Closed, open and half-open, as in Nygard's "Release It!". What counts as a failure is an event that was
 * given up without an answer or with a 5xx, its retries used up. Any other answer is a sign of life and
 * closes it. Times are in milliseconds of `performance.now()`.
 */

/** Failures in a row that open a breaker, at least. */
const FEWEST = 5;

/** No hold is longer. */
const LONGEST = 60_000;

/** Milliseconds between two extra probes: those of deliveries that cannot wait for the end of a hold. */
export const EXTRA = 1000;

/** When it opens, and for how long. */
export interface BreakerLimits {
  /** How long failures must last, in milliseconds. */
  after: number;
  /** The first hold; each probe that fails doubles it, up to a minute. Zero: never. */
  hold: number;
}

/** What an attempt says about its endpoint; `none` if it was not made. */
export type Health = "up" | "down" | "none";

/** A change of a breaker's state. */
export type Change =
  | { state: "open"; failures: number; lasting: number; hold: number }
  | { state: "reopened"; hold: number }
  | { state: "probing" }
  | { state: "closed" };

/** How long a delivery has waited for its breaker: not since its last attempt, some time, or until its own is about to end. */
export type Waited = "not" | "some" | "enough";

/** The right to send while everything else is held. Whoever has it gives it back with `note` or `release`. */
export interface Probe {
  /** It goes out within the hold, and changes nothing if it fails. */
  readonly extra: boolean;
}

/** Whether a delivery may be sent: freely, as the probe, or not before a time; none while a probe is out. */
export type Admission =
  | { kind: "free"; probe?: undefined }
  | { kind: "probe"; probe: Probe }
  | { kind: "held"; until: number | undefined };

/** One for each webhook. */
export class Breaker {
  #failures = 0;
  #since: number | undefined;
  #open: { until: number; hold: number; probe: Probe | undefined } | undefined;
  /** When the last extra probe began. */
  #extra = Number.NEGATIVE_INFINITY;

  /** Asks to send; whoever gets a probe sends at once. What has not waited lets those go first that have. */
  admit(now: number, waited: Waited): Admission {
    const open = this.#open;
    if (!open) return { kind: "free" };
    if (open.probe) return { kind: "held", until: undefined };
    const extra = now < open.until;
    if (extra) {
      if (waited !== "enough" || now - this.#extra < EXTRA) return { kind: "held", until: open.until };
      this.#extra = now;
    } else if (waited === "not") {
      return { kind: "held", until: now };
    }
    const probe = { extra };
    open.probe = probe;
    return { kind: "probe", probe };
  }

  /** Gives a probe back, if it is the one that is out; returns whether it is. */
  release(probe: Probe | undefined): boolean {
    if (!probe || this.#open?.probe !== probe) return false;
    this.#open.probe = undefined;
    return true;
  }

  /** Records an attempt; `last` if no retry follows. */
  note(
    limits: BreakerLimits,
    now: number,
    health: Health,
    probe: Probe | undefined,
    last: boolean,
  ): Change | undefined {
    const decides = this.release(probe) && !probe?.extra;
    if (health === "none") return undefined;
    const open = this.#open;
    if (health === "up") {
      this.#failures = 0;
      this.#since = undefined;
      this.#open = undefined;
      return open && { state: "closed" };
    }
    if (open) {
      // Any other attempt began before it opened, is a question's, or went out within the hold.
      if (!decides) return undefined;
      const hold = Math.min(open.hold * 2, Math.max(LONGEST, limits.hold));
      this.#open = { until: now + hold, hold, probe: undefined };
      return { state: "reopened", hold };
    }
    if (!last || limits.hold === 0) return undefined;
    this.#failures += 1;
    this.#since ??= now;
    const lasting = now - this.#since;
    if (this.#failures < FEWEST || lasting < limits.after) return undefined;
    const { hold } = limits;
    const failures = this.#failures;
    this.#open = { until: now + hold, hold, probe: undefined };
    this.#failures = 0;
    this.#since = undefined;
    return { state: "open", failures, lasting, hold };
  }
}
