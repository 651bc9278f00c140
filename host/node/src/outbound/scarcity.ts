/** What this machine lacks is waited for, within the time of an attempt; questions before events go first. */

import { pause } from "../timer.js";
import { Lacking, TooLate } from "./error.js";

/** Milliseconds until it is tried again what was lacking, at first and at the longest. */
const FIRST = 5;
const LONGEST = 100;

/** Who wants something. */
export interface Wish {
  /** An event waits for the answer: it goes before those that have happened. */
  question: boolean;
  signal: AbortSignal;
}

/** Waits for descriptors, ports and memory. */
export class Scarcity {
  /** Questions that lack something: deliveries leave it to them. */
  readonly #questions = new Set<Wish>();

  /**
   * Takes a step until it lacks nothing; before each further try `spare` gives back what can be spared. Throws `Lacking`
   * if the time is over before.
   */
  async wait<T>(wish: Wish, step: () => Promise<T>, spare: () => void): Promise<T> {
    const { signal, question } = wish;
    let scarcity: Lacking | undefined;
    try {
      for (let wait = FIRST; ; wait = Math.min(wait * 2, LONGEST)) {
        try {
          if (scarcity && !question && this.#questions.size > 0) throw scarcity;
          return await step();
        } catch (error) {
          if (signal.aborted) throw scarcity && signal.reason instanceof TooLate ? scarcity : error;
          if (!(error instanceof Lacking)) throw error;
          scarcity = error;
        }
        if (question) this.#questions.add(wish);
        spare();
        await pause(wait, signal);
        if (signal.aborted) throw signal.reason instanceof TooLate ? scarcity : signal.reason;
      }
    } finally {
      this.#questions.delete(wish);
    }
  }
}
