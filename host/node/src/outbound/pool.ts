/** The connections of one way of speaking to one origin. All were vetted when they were opened. */

import { Limit } from "../awake-limit.js";
import type { Connection, Keeper } from "./connection.js";
import { NoAnswer } from "./error.js";

/** Milliseconds until a connection must stand, TLS included. The limit of an attempt is usually shorter. */
const PATIENCE = 30_000;

/** Connections that rest, at most. */
const RESTING = 64;

/** Makes a connection, until the signal is aborted. */
export type Open = (keeper: Keeper, signal: AbortSignal) => Promise<Connection>;

/** One that is being opened for whoever waits for it. */
interface Opening {
  connection: Promise<Connection>;
  waiting: number;
  controller: AbortController;
}

/** Keeps connections. */
export class Pool implements Keeper {
  readonly #open: Open;
  readonly #connections = new Set<Connection>();
  /** Whether connections may be shared, so that one is opened for all. */
  #shares: boolean;
  #opening: Opening | undefined;
  #retired = false;

  constructor(open: Open, shares: boolean) {
    this.#open = open;
    this.#shares = shares;
  }

  /**
   * A reserved connection: one that is there, or a new one; with `after`, a time of `performance.now()`, none that
   * is older.
   */
  async take(signal: AbortSignal, after: number | undefined): Promise<Connection> {
    for (;;) {
      const known = this.#known(after);
      if (known) {
        known.reserve();
        return known;
      }
      if (!this.#shares) break;
      const opened = await this.#join(signal);
      this.#shares = opened.shared;
    }
    const connection = await this.#start(signal);
    connection.reserve();
    return connection;
  }

  rests(connection: Connection): boolean {
    const resting = [...this.#connections].filter(({ idle }) => idle).length;
    return !this.#retired && this.#connections.has(connection) && resting <= RESTING;
  }

  gone(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** Closes what rests. */
  closeIdle(): void {
    const idle = [...this.#connections].filter((connection) => connection.idle);
    for (const connection of idle) {
      this.#connections.delete(connection);
      connection.close();
    }
  }

  /** Nothing is kept any more: what is on its way ends by itself. */
  retire(): void {
    this.#retired = true;
    this.closeIdle();
  }

  /** Ends everything. */
  destroy(): void {
    this.#retired = true;
    this.#opening?.controller.abort(new NoAnswer("the webhooks have been shut down"));
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  /** The one that was used last: those before it may end. */
  #known(after: number | undefined): Connection | undefined {
    return [...this.#connections].findLast(
      (one) => one.free && (after === undefined || (one.born > after && (one.shared || !one.served))),
    );
  }

  /** Waits for the connection that is being opened for all. */
  async #join(signal: AbortSignal): Promise<Connection> {
    const opening = this.#opening ?? this.#begin();
    opening.waiting += 1;
    const left = new Promise<never>((_, reject) => {
      if (signal.aborted) reject(signal.reason);
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    try {
      return await Promise.race([opening.connection, left]);
    } finally {
      opening.waiting -= 1;
      // The next one shall not wait for what nobody could wait for.
      if (opening.waiting === 0 && this.#opening === opening) {
        this.#opening = undefined;
        opening.controller.abort(new NoAnswer("nobody waits for it any more"));
      }
    }
  }

  #begin(): Opening {
    const controller = new AbortController();
    const opening: Opening = { connection: this.#start(controller.signal), waiting: 0, controller };
    this.#opening = opening;
    const done = () => {
      if (this.#opening === opening) this.#opening = undefined;
    };
    opening.connection.then(done, done);
    return opening;
  }

  async #start(signal: AbortSignal): Promise<Connection> {
    const controller = new AbortController();
    const limit = new Limit(PATIENCE, () => controller.abort(new NoAnswer("no connection in time")));
    const aborted = () => controller.abort(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    try {
      const connection = await this.#open(this, controller.signal);
      if (this.#retired) connection.close();
      else this.#connections.add(connection);
      return connection;
    } finally {
      limit.end();
      signal.removeEventListener("abort", aborted);
    }
  }
}
