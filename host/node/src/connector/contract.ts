/** The component's functions and records, as its WIT states them. */

import type * as Guest from "../../generated/interfaces/servo-webhooks-connector.js";

export type * as wit from "../../generated/interfaces/servo-webhooks-connector.js";

/** The functions of `servo:webhooks/connector`. */
export type Interface = typeof Guest;

/** The name of one of them. */
export type FunctionName = keyof Interface;

/**
 * What came of a call: a value, the guest's own refusal (`result` in the WIT), a fault, or that it was not made since
 * this machine lacks something.
 */
export type Reply<T> = { value: T } | { refusal: unknown } | { fault: string } | { scarcity: string };

/** Something that calls the guest's functions, in this thread or in another. */
export interface Caller {
  /** Calls one; `limit` is in milliseconds, where anything can be stopped. */
  call<F extends FunctionName>(
    name: F,
    args: Parameters<Interface[F]>,
    limit: number,
  ): Promise<Reply<ReturnType<Interface[F]>>>;
  /** Ends what it has started. */
  close(): Promise<void>;
}

/** How the name begins under which a component exports the functions: any 0.1 will do. */
export const INTERFACE = "servo:webhooks/connector@0.1.";
