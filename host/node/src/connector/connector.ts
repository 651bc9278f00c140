/** The connector: every decision about webhooks, taken by a component that imports nothing. */

import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { instantiate } from "../../generated/connector.js";
import { Limit } from "../awake-limit.js";
import { pause } from "../timer.js";
import { loadComponent } from "./component.js";
import type { Caller, FunctionName, Interface, Reply, wit } from "./contract.js";
import { CallError } from "./error.js";
import { Guest } from "./guest.js";
import { CALLS, MEMORY, rendered, time } from "./limits.js";
import { boundMemory } from "./memory.js";
import { Workers } from "./workers.js";

/** What is rendered by one token; `warm` shapes have expressions. */
export interface Shape {
  token: string;
  warm: boolean;
}

/** A value, or the connector's refusal. */
export type Answered<T, E> = { value: T } | { refusal: E };

/** @internal Who calls what. */
export interface Callers {
  /** Signs, and does nothing else: keys never meet expressions. */
  signer: Caller;
  expressions: Caller;
  rest: Caller;
}

let builtIn: Promise<Connector> | undefined;

/** A connector. Share one among all configurations. */
export class Connector {
  /** Whether it is the component that this package ships. */
  readonly isBuiltIn: boolean;
  readonly #callers: Callers;

  /** @internal */
  constructor(callers: Callers, isBuiltIn: boolean) {
    this.#callers = callers;
    this.isBuiltIn = isBuiltIn;
  }

  /**
   * The component that this package ships: the same one every time. It runs in this thread; expressions
   * run in worker threads, where they can be stopped.
   */
  static builtIn(): Promise<Connector> {
    builtIn ??= Connector.#builtIn();
    return builtIn;
  }

  static async #builtIn(): Promise<Connector> {
    const file = new URL("../../generated/connector.core.wasm", import.meta.url);
    const name = "connector.core.wasm";
    const [bound = { bytes: new Uint8Array(), most: 0 }] = boundMemory([await readFile(file)], MEMORY);
    const module = await WebAssembly.compile(new Uint8Array(bound.bytes));
    const create = (): Interface => instantiate(() => module, {})["servo:webhooks/connector@0.1.0"];
    const load = { source: undefined, modules: new Map([[name, { module, most: bound.most }]]), calls: CALLS };
    const expressions = new Workers(load, availableParallelism());
    return new Connector({ signer: new Guest(create, CALLS), rest: new Guest(create, CALLS), expressions }, true);
  }

  /**
   * A component from elsewhere, which needs the package `@bytecodealliance/jco-transpile`. All of it runs
   * in worker threads, each call in a fresh instance.
   *
   * @param file the component
   * @param options `digest` pins it to its SHA-256, in hexadecimal
   * @throws ComponentError if it is no connector
   */
  static async load(file: string, options: { digest?: string } = {}): Promise<Connector> {
    const transpiled = await loadComponent(file, options.digest);
    const workers = () => new Workers({ ...transpiled, calls: 1 }, availableParallelism());
    const rest = workers();
    return new Connector({ signer: workers(), rest, expressions: rest }, false);
  }

  /** See `parse-config` in the WIT; throws a `CallError`, as all of these. */
  async parseConfig(document: string, events: string[], source: string): Promise<wit.Configuration> {
    return this.#value(
      this.#callers.rest,
      "parseConfig",
      [document, events, source],
      time.configuration(document.length),
    );
  }

  /** See `select` in the WIT. */
  async select(listeners: string[][], event: string): Promise<number[]> {
    const size = listeners.reduce((sum, names) => sum + 16 + names.length * 32, 0);
    return [...(await this.#value(this.#callers.rest, "select", [listeners, event], time.event(size)))];
  }

  /** See `render` in the WIT; `size` is about that of the notification, in bytes. */
  async render(
    shape: Shape,
    notification: wit.Notification,
    size: number,
  ): Promise<Answered<wit.Rendering, wit.RenderError>> {
    const { expressions, rest } = this.#callers;
    const reply = shape.warm
      ? await this.#call(expressions, "render", [shape.token, notification], time.expressions(size))
      : await this.#call(rest, "render", [shape.token, notification], time.event(size));
    if ("value" in reply && reply.value.tag === "send") {
      const length = reply.value.val.body?.length ?? 0;
      if (length > rendered(size)) throw CallError.unusable("render", `a body of ${length} characters`);
    }
    return reply as Answered<wit.Rendering, wit.RenderError>;
  }

  /** See `sign` in the WIT. */
  async sign(
    scheme: string,
    secrets: string[],
    context: wit.SigningContext,
    body: wit.Content,
  ): Promise<Answered<wit.Header[], wit.SecretError>> {
    const size = body.val.length;
    const reply = await this.#call(this.#callers.signer, "sign", [scheme, secrets, context, body], time.event(size));
    if ("value" in reply) return reply;
    const refusal = reply.refusal as wit.SecretError;
    // Whoever sees keys could say them: only our own is known not to.
    return { refusal: this.isBuiltIn ? refusal : { ...refusal, message: "this connector cannot sign with it" } };
  }

  /** See `judge` in the WIT. */
  async judge(policy: string, attempt: wit.Attempt): Promise<wit.Ruling> {
    return this.#value(this.#callers.rest, "judge", [policy, attempt], time.event(0));
  }

  /** See `schema` in the WIT. */
  async schema(shape: Shape, eventType: wit.EventType): Promise<Answered<wit.Description, string>> {
    const reply = await this.#call(this.#callers.rest, "schema", [shape.token, eventType], time.people);
    return reply as Answered<wit.Description, string>;
  }

  /** See `sample` in the WIT. */
  async sample(eventType: wit.EventType, id: string, created: string): Promise<Answered<wit.Event, string>> {
    const reply = await this.#call(this.#callers.rest, "sample", [eventType, id, created], time.people);
    return reply as Answered<wit.Event, string>;
  }

  /** Ends its worker threads. Calls fail from then on where they need one. */
  async close(): Promise<void> {
    const { signer, expressions, rest } = this.#callers;
    await Promise.all([signer.close(), expressions.close(), rest.close()]);
    if (this.isBuiltIn) builtIn = undefined;
  }

  async #value<F extends FunctionName>(
    caller: Caller,
    name: F,
    args: Parameters<Interface[F]>,
    limit: number,
  ): Promise<ReturnType<Interface[F]>> {
    const reply = await this.#call(caller, name, args, limit);
    if ("value" in reply) return reply.value;
    throw CallError.unusable(name, "a refusal");
  }

  async #call<F extends FunctionName>(
    caller: Caller,
    name: F,
    args: Parameters<Interface[F]>,
    limit: number,
  ): Promise<Exclude<Reply<ReturnType<Interface[F]>>, { fault: string } | { scarcity: string }>> {
    const left = new Limit(limit);
    try {
      for (let wait = 5; ; wait = Math.min(wait * 2, 100)) {
        const reply = await caller.call(name, args, limit);
        if ("fault" in reply) throw new CallError(name, reply.fault);
        if (!("scarcity" in reply)) return reply;
        if (left.left < wait) throw new CallError(name, `was not made: this machine lacks ${reply.scarcity}`, true);
        await pause(wait);
      }
    } finally {
      left.end();
    }
  }
}
