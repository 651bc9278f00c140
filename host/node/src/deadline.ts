/** The time limit of an attempt, from the moment it leaves the queue to the last byte that is wanted. */

import { Limit } from "./awake-limit.js";
import { NoAnswer, TooLate } from "./outbound/error.js";
import { inWords } from "./timer.js";

/** Aborts when its awake time is over, or when what it is part of is aborted. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #limit: Limit;
  readonly #outer: AbortSignal | undefined;
  readonly #abort: () => void;

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#outer = outer;
    this.#abort = () => controller.abort(new NoAnswer("it was called off"));
    this.#limit = new Limit(milliseconds, () => {
      controller.abort(new TooLate(`no answer within ${inWords(milliseconds)}`));
    });
    if (outer?.aborted) this.#abort();
    else outer?.addEventListener("abort", this.#abort);
  }

  /** Milliseconds that are left. */
  get left(): number {
    return Math.max(0, this.#limit.left);
  }

  /** From here on only the time counts. */
  detach(): void {
    this.#outer?.removeEventListener("abort", this.#abort);
  }

  /** It is not needed any more. */
  end(): void {
    this.detach();
    this.#limit.end();
  }
}
