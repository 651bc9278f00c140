/** Why something is no event or message. */

/** What was given is no event or no message: nothing was sent. */
export class EventError extends Error {
  override readonly name = "EventError";
}
