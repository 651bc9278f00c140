/** The time limit of an attempt, from the moment it leaves the queue to the last byte that is wanted. */

import { alarm, inWords } from "./alarm.js";
import { NoAnswer } from "./outbound/error.js";

/** Aborts when its time is over, or when what it is part of is aborted. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #due: number;
  readonly #outer: AbortSignal | undefined;
  readonly #abort: () => void;
  readonly #cancel: () => void;

  constructor(milliseconds: number, outer: AbortSignal | undefined) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#due = performance.now() + milliseconds;
    this.#outer = outer;
    this.#abort = () => controller.abort(new NoAnswer("it was called off"));
    this.#cancel = alarm(milliseconds, () => {
      controller.abort(new NoAnswer(`no answer within ${inWords(milliseconds)}`));
    });
    if (outer?.aborted) this.#abort();
    else outer?.addEventListener("abort", this.#abort);
  }

  /** Milliseconds that are left. */
  get left(): number {
    return Math.max(0, this.#due - performance.now());
  }

  /** From here on only the time counts. */
  detach(): void {
    this.#outer?.removeEventListener("abort", this.#abort);
  }

  /** It is not needed any more. */
  end(): void {
    this.detach();
    this.#cancel();
  }
}
