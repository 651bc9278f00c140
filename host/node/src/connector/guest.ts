/** Calls of the guest in this thread, in an instance that is kept until it fails or was called often. */

import type { Caller, FunctionName, Interface, Reply } from "./contract.js";

/** Makes an instance. */
export type Instantiate = () => Interface;

/** An instance, replaced when it has trapped, or after so many calls. */
export class Guest implements Caller {
  readonly #instantiate: Instantiate;
  readonly #most: number;
  #instance: Interface | undefined;
  #calls = 0;

  constructor(instantiate: Instantiate, most: number) {
    this.#instantiate = instantiate;
    this.#most = most;
  }

  /** Calls a function at once. Nothing in this thread can stop one that does not return. */
  run(name: FunctionName, args: unknown[]): Reply<unknown> {
    try {
      this.#instance ??= this.#instantiate();
    } catch (error) {
      return isScarcity(error) ? { scarcity: "memory" } : { fault: inWords(error) };
    }
    try {
      const call = this.#instance[name] as (...args: unknown[]) => unknown;
      return { value: call(...args) };
    } catch (error) {
      if (error instanceof Error && "payload" in error) return { refusal: error.payload };
      // Whatever state it is in, nobody meets it again.
      this.#calls = this.#most;
      return { fault: inWords(error) };
    } finally {
      this.#calls += 1;
      if (this.#calls >= this.#most) {
        this.#instance = undefined;
        this.#calls = 0;
      }
    }
  }

  async call<F extends FunctionName>(name: F, args: Parameters<Interface[F]>) {
    return this.run(name, args) as Reply<ReturnType<Interface[F]>>;
  }

  async close(): Promise<void> {
    this.#instance = undefined;
  }
}

const DEEP = "recursed deeper than its stack";

/** V8 could not have the memory that an instance begins with. */
function isScarcity(error: unknown): boolean {
  return error instanceof RangeError && /could not allocate|out of memory/i.test(error.message);
}

/** Only V8's own words are passed on: a guest that saw a key could say it in others. */
function inWords(error: unknown): string {
  if (error instanceof RangeError) return /call stack/.test(error.message) ? DEEP : "trapped: it used up the memory";
  if (error instanceof WebAssembly.RuntimeError) {
    const trap = error.message.replace(/^wasm trap: /, "");
    // Its own stack lies below its other memory: what grows beyond it is out of bounds.
    return /out of bounds memory|memory access out/.test(trap) ? `${DEEP}, or trapped: ${trap}` : `trapped: ${trap}`;
  }
  return `gave something unusable: ${error instanceof Error ? error.name : "no error"}`;
}
