/** Sending again without counting: what a responder has not processed, and what a kept connection may have lost. */

import { pause } from "../timer.js";
import { Unprocessed } from "./error.js";

/** Refusals in a row that are followed by no pause; those behind it double, in milliseconds, up to the longest. */
const AT_ONCE = 3;
const FIRST = 10;
const LONGEST = 250;

/**
 * Sends until there is an answer or a failure that counts: as often as the responder provably did not process it, and
 * once more where a connection that had served before ended without a byte of an answer. `after` is when that was, by
 * `performance.now()`: older connections may have ended like it.
 */
export async function again<T>(signal: AbortSignal, send: (after: number | undefined) => Promise<T>): Promise<T> {
  let after: number | undefined;
  let refused = 0;
  for (;;) {
    try {
      return await send(after);
    } catch (error) {
      if (!(error instanceof Unprocessed) || signal.aborted) throw error;
      if (error.provably) {
        refused += 1;
        const wait = FIRST * 2 ** (refused - AT_ONCE - 1);
        if (refused > AT_ONCE) await pause(Math.min(wait, LONGEST), signal);
        if (signal.aborted) throw error;
      } else if (after === undefined) {
        after = performance.now();
      } else {
        throw error;
      }
    }
  }
}
