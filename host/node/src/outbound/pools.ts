/** All connections of a client. */

import type { Connection } from "./connection.js";
import { type Open, Pool } from "./pool.js";
import { Scarcity, type Wish } from "./scarcity.js";

/** Pools by name. */
export class Pools {
  readonly #pools = new Map<string, Pool>();
  readonly #scarcity = new Scarcity();

  /** A reserved connection, as `Pool.take` gives it. Waits for what this machine lacks; throws `Lacking`. */
  take(name: string, open: Open, shares: boolean, wish: Wish, after: number | undefined): Promise<Connection> {
    return this.patiently(
      wish,
      () => {
        // In each round: it may be another one after a reload.
        const pool = this.#pools.get(name) ?? new Pool(open, shares);
        this.#pools.set(name, pool);
        return pool.take(wish.signal, after);
      },
      name,
    );
  }

  /** Takes a step that may lack something; connections that rest, but for those of a name, are closed for it. */
  patiently<T>(wish: Wish, step: () => Promise<T>, name?: string): Promise<T> {
    return this.#scarcity.wait(wish, step, () => {
      for (const [other, pool] of this.#pools) if (other !== name) pool.closeIdle();
    });
  }

  /** From here on new connections are opened. */
  renew(): void {
    for (const pool of this.#pools.values()) pool.retire();
    this.#pools.clear();
  }

  /** Ends all. */
  destroy(): void {
    for (const pool of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }
}
