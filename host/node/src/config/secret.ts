/** Values that must not be seen: secrets, and whatever a reference led to. */

import { inspect } from "node:util";

/** A confidential text. Only `expose` gives it: printing, inspecting and serialising do not. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for signing and sending, never for people. */
  expose(): string {
    return this.#text;
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}
