/** Names: looked up once for a connection, and refused if any of their addresses is. */

import { lookup as systemLookup } from "node:dns/promises";
import { closeSync, openSync } from "node:fs";
import { isIP } from "node:net";
import { devNull } from "node:os";
import { sanitize } from "../text.js";
import type { Allow } from "./egress.js";
import { Lacking, lacked, NoAnswer } from "./error.js";
import type { Wish } from "./scarcity.js";

/** Gives all addresses of a name. */
export type Lookup = (name: string) => Promise<string[]>;

/** Asks the operating system. */
export const system: Lookup = async (name) => {
  const found = await systemLookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/**
 * Lookups that deliveries may have under way together. Node.js has four threads for them: where a server of names does not
 * answer, one is left to questions.
 */
const DELIVERIES = 3;

/** Looks names up, for questions before all. */
export class Resolver {
  readonly #lookup: Lookup;
  readonly #queue: (() => void)[] = [];
  #running = 0;

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /**
   * All addresses of a host, at least one. An address needs no lookup. Throws `Unresolved` or `Lacking`, or the reason
   * of the signal.
   */
  async addresses(host: string, { question, signal }: Wish): Promise<string[]> {
    if (isIP(host) !== 0) return [host];
    let found: string[];
    try {
      found = await within(signal, question ? this.#find(host) : this.#inTurn(host, signal));
    } catch (error) {
      if (signal.aborted) throw error;
      // The system's resolver opens files and sockets, and does not tell that it could not.
      const scarcity = lacked(error) ?? exhausted();
      if (scarcity !== undefined) throw new Lacking(scarcity);
      throw new Unresolved(host, String((error as NodeJS.ErrnoException | undefined)?.code ?? "unknown error"));
    }
    if (!Array.isArray(found) || found.length === 0) throw new Unresolved(host, "it has no address");
    if (found.some((address) => isIP(address) === 0)) throw new Unresolved(host, "what was found is no address");
    return found;
  }

  /**
   * The addresses of a host. One that is forbidden refuses them all: which of them is taken must not be
   * left to chance, or to whoever answers for the name.
   */
  async vetted(host: string, allow: Allow, wish: Wish): Promise<string[]> {
    const addresses = await this.addresses(host, wish);
    for (const address of addresses) allow.check(host, address);
    return addresses;
  }

  async #find(host: string): Promise<string[]> {
    return this.#lookup(host);
  }

  async #inTurn(host: string, signal: AbortSignal): Promise<string[]> {
    while (this.#running >= DELIVERIES) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#running += 1;
    try {
      // Nobody waits for it any more.
      if (signal.aborted) throw signal.reason;
      return await this.#find(host);
    } finally {
      this.#running -= 1;
      this.#queue.shift()?.();
    }
  }
}

/** A name could not be looked up. */
export class Unresolved extends NoAnswer {
  /** Of the system: `ENOTFOUND` where there is no such name. */
  readonly code: string;

  constructor(host: string, code: string) {
    super(`name lookup failed for "${host}": ${sanitize(code)}`);
    this.code = code;
  }
}

/** What a promise gives, unless the signal is aborted before. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
  });
}

/** The code of what this process lacks for opening a file, if anything. */
function exhausted(): string | undefined {
  try {
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    return lacked(error);
  }
}
