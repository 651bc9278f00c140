/** The names of events that are known, so that a misspelt one is pointed out. */

import { nearest } from "./suggestion.js";

/** Those of every servo. */
const STANDARD = "attach detach startup shutdown promote metrics components check describe measure adjust".split(" ");

/** Unknown names that are remembered; with more they are reported again. */
const REMEMBERED = 1024;

/** Known names of events. */
export class Catalogue {
  readonly #known: ReadonlySet<string>;
  readonly #unknown = new Map<string, string>();

  /** Takes the host's own events, and what webhooks listen to, as `after:deploy`. */
  constructor(events: readonly string[], listeners: readonly string[]) {
    const named = listeners.map((event) => event.slice(event.indexOf(":") + 1)).filter((name) => !name.includes("*"));
    this.#known = new Set([...STANDARD, ...events, ...named]);
  }

  /** The warning about an unknown name, and whether it is the first one. */
  warning(name: string): { text: string; isFirst: boolean } | undefined {
    if (this.#known.has(name)) return undefined;
    const known = this.#unknown.get(name);
    if (known !== undefined) return { text: known, isFirst: false };
    const meant = nearest(name, this.#known);
    const text = `no known event has the name "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
    if (this.#unknown.size >= REMEMBERED) this.#unknown.clear();
    this.#unknown.set(name, text);
    return { text, isFirst: true };
  }
}
