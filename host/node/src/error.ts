/** Why something is no event or message. */

import { sanitize } from "./text.js";

/** What was given is no event or no message: nothing was sent. */
export class EventError extends Error {
  override readonly name = "EventError";

  /** @internal */
  constructor(message: string) {
    super(sanitize(message));
  }
}
