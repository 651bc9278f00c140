/** What both versions of HTTP have in common: connections that requests are posted on. */

import type { Answer } from "./answer.js";

/** The most bytes that an answer's headers may hold. */
export const HEADER_BYTES = 16 << 10;

/** One request, on its way over a connection. */
export interface Posting {
  /** `http` or `https`. */
  scheme: string;
  /** Host and port, as the target is named. */
  authority: string;
  /** Path and query, or a whole URL for a proxy. */
  path: string;
  /** Names and values in turn, without those of the transport. */
  headers: string[];
  body: Buffer;
  /** Ends it; its reason is told. */
  signal: AbortSignal;
}

/** One connection. Whoever reserves it posts at once. */
export interface Connection {
  /** Several requests at a time. */
  readonly shared: boolean;
  /** When it was made, by `performance.now()`. */
  readonly born: number;
  /** It has answered before. */
  readonly served: boolean;
  /** It takes another request. */
  readonly free: boolean;
  /** Nothing is on its way over it. */
  readonly idle: boolean;
  reserve(): void;
  /** Throws `Unprocessed` for what may be sent again, else what went wrong. */
  post(posting: Posting): Promise<Answer>;
  close(): void;
}

/** What a connection tells whoever keeps it. */
export interface Keeper {
  /** Nothing is on its way over it any more; false: it is not kept. */
  rests(connection: Connection): boolean;
  /** It has ended. */
  gone(connection: Connection): void;
}
