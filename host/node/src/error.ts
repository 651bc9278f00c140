/** Why something is no event or message. */

import { foreign } from "./text.js";

/** What was given is no event or no message: nothing was sent. */
export class EventError extends Error {
  override readonly name = "EventError";

  /** @internal */
  constructor(message: string) {
    super(foreign(message));
  }
}
