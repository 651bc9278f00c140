/** The names of events that are known, so that a misspelt one is pointed out. */

import { nearest } from "./suggestion.js";

/** Those of every servo. */
const STANDARD = "attach detach startup shutdown promote metrics components check describe measure adjust".split(" ");

/** Known names of events. */
export class Catalogue {
  readonly #known: ReadonlySet<string>;

  /** Takes the host's own events, and what webhooks listen to, as `after:deploy`. */
  constructor(events: readonly string[], listeners: readonly string[]) {
    const named = listeners.map((event) => event.slice(event.indexOf(":") + 1)).filter((name) => !name.includes("*"));
    this.#known = new Set([...STANDARD, ...events, ...named]);
  }

  /** What is to be said of an event by its name, if nobody knows it. */
  warning(name: string): string | undefined {
    if (this.#known.has(name)) return undefined;
    const meant = nearest(name, this.#known);
    return `no known event has the name "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
  }
}
