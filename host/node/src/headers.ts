/**
 * Which headers may come from where. The connector returns content type and signatures as named values;
 * the host sets the rest and takes nothing else from it, whichever component it is.
 */

import { CallError } from "./connector/error.js";

/** Names that a configuration may not set: they belong to the transport, to the format or to the signature. */
const PROTECTED =
  /^(?:accept-encoding|connection|cookie|date|expect|forwarded|host|http2-settings|keep-alive|te|trailer|transfer-encoding|upgrade|via|(?:ce|content|proxy|webhook|x-forwarded|x-servo)-.*)$/;

/** A name (RFC 9110, section 5.1). */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** More headers than this from one call are a fault of the connector. */
const MOST = 64;

/** Headers of a request, each name once. */
export class Headers {
  readonly #values: Map<string, [name: string, value: string]>;

  constructor(from?: Headers) {
    this.#values = new Map(from ? from.#values : []);
  }

  /** Sets a header, or replaces it. */
  set(name: string, value: string): this {
    this.#values.set(name.toLowerCase(), [name, value]);
    return this;
  }

  /** Adds all of another. */
  addAll(other: Headers): this {
    for (const [name, value] of other.#values.values()) this.set(name, value);
    return this;
  }

  /** As Node.js takes them: names and values in turn, UTF-8 as bytes. */
  flat(): string[] {
    return [...this.#values.values()].flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]);
  }
}

/** Checks a header that a webhook sets for itself; throws an error that says what is wrong, without its value. */
export function checkCustom(name: string, value: string): void {
  if (!NAME.test(name)) throw new TypeError("not a valid header name (RFC 9110, section 5.1)");
  if (PROTECTED.test(name.toLowerCase())) throw new TypeError(`${name} is reserved; remove it`);
  if (!isValue(value)) {
    throw new TypeError("the value has characters that are not allowed in headers (RFC 9110, section 5.5)");
  }
}

/** Whether a text can be a header's value: without control characters. */
export function isValue(value: string): boolean {
  return value.isWellFormed() && !/\p{Cc}/u.test(value);
}

interface Named {
  name: string;
  value: string;
}

/** Adds what `render` returned: names that begin with `ce-`, and no others. */
export function addRendered(headers: Headers, from: Named[]): void {
  add("render", headers, from, /^ce-/);
}

/** Adds what `sign` returned: `X-Servo-Signature` and names that begin with `webhook-`, and no others. */
export function addSignatures(headers: Headers, from: Named[]): void {
  add("sign", headers, from, /^(?:x-servo-signature$|webhook-)/);
}

function add(name: string, headers: Headers, from: Named[], allowed: RegExp): void {
  if (from.length > MOST) throw CallError.unusable(name, `${from.length} headers`);
  for (const header of from) {
    if (!NAME.test(header.name) || !allowed.test(header.name.toLowerCase())) {
      throw CallError.unusable(name, "a header that it has no right to");
    }
    if (!isValue(header.value)) throw CallError.unusable(name, `a value that ${header.name} cannot have`);
    headers.set(header.name, header.value);
  }
}
