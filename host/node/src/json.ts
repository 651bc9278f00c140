/**
 * Values of JavaScript as JSON, as `JSON.stringify` writes them, but that BigInts keep their digits.
 *
 * Whatever a value is, it fails no event. What JSON cannot hold is replaced: a number by null, an exception by
 * `{"error", "message"}`, anything else by null, and each replacement is reported. The code of a value (getters, proxies,
 * `toJSON`) runs only where what it throws is caught.
 */

import { types } from "node:util";
import { EventError } from "./error.js";

/** Levels of nesting that are sent. */
const DEEPEST = 100;

/** Different replacements that are reported for one value. */
const REPORTED = 10;

/** Characters of an exception's message that are sent. */
const MESSAGE = 4096;

/** Characters of a class's name that are sent and logged. */
const NAME = 80;

/** The JSON of a value, and what was put in place of something else. */
export interface Written {
  json: string;
  /** In words for people. */
  replaced: string[];
}

/**
 * Writes the value that a function gives; `undefined` is null.
 *
 * @throws EventError if it has more than so many characters
 */
export function toJson(get: () => unknown, most: number = Number.MAX_SAFE_INTEGER): Written {
  const writer = new Writer(most);
  const json = writer.item("", get);
  return { json, replaced: [...writer.replaced] };
}

class Writer {
  readonly replaced = new Set<string>();
  readonly #around = new Set<object>();
  readonly #most: number;
  #left: number;

  constructor(most: number) {
    this.#most = most;
    // One less comma than values.
    this.#left = most + 1;
  }

  /** The JSON of what stands at a key; none if that is left out. */
  write(key: string, get: () => unknown): string | undefined {
    let value: unknown;
    try {
      value = get();
      if (typeof value === "object" && value !== null) value = simpler(value, key);
    } catch (error) {
      return this.#null(`a value whose code threw ${nameOf(error)}`);
    }
    return this.#plain(value);
  }

  /** The same where something must stand. */
  item(key: string, get: () => unknown): string {
    let value: unknown;
    const json = this.write(key, () => {
      value = get();
      return value;
    });
    return json ?? (isOmitted(value) ? this.#spend("null") : this.#null(`a ${typeof value}`));
  }

  #plain(value: unknown): string | undefined {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return Number.isFinite(value) ? this.#spend(JSON.stringify(value)) : this.#null(String(value));
      case "bigint":
        return this.#spend(value.toString());
      case "boolean":
        return this.#spend(String(value));
      case "object":
        return value === null ? this.#spend("null") : this.#object(value);
      default:
        return undefined;
    }
  }

  #text(text: string): string {
    if (!text.isWellFormed()) this.#report("half of a surrogate pair is sent as U+FFFD");
    // Before it is written: it may be far too long.
    this.#count(text.length + 2);
    return JSON.stringify(text.toWellFormed());
  }

  #object(value: object): string {
    if (value instanceof Odd) {
      if (value.error === undefined) return this.#null(value.what);
      this.#report(`${value.what} is sent as {"error", "message"}`);
      return `{"error":${this.#text(value.what)},"message":${this.#text(value.error)}}`;
    }
    if (this.#around.has(value)) return this.#null("a value that contains itself");
    if (this.#around.size >= DEEPEST) return this.#null(`what is nested more than ${DEEPEST} levels deep`);
    this.#around.add(value);
    try {
      return isList(value) ? this.#list(value) : this.#entries(value);
    } finally {
      this.#around.delete(value);
    }
  }

  #list(list: readonly unknown[]): string {
    this.#count(1);
    const items: string[] = [];
    const length = guarded(() => list.length, 0);
    for (let place = 0; place < length; place += 1) {
      items.push(this.item(String(place), () => list[place]));
    }
    return `[${items.join(",")}]`;
  }

  #entries(object: object): string {
    const keys = guarded(() => Object.keys(object), undefined);
    if (keys === undefined) return this.#null("an object whose keys cannot be read");
    const entries: string[] = [];
    for (const key of keys) {
      let item: unknown;
      const json = this.write(key, () => {
        item = Reflect.get(object, key);
        return item;
      });
      if (json !== undefined) entries.push(`${this.#text(key)}:${json}`);
      else if (!isOmitted(item)) this.#report(`a ${typeof item} is left out`);
    }
    return `{${entries.join(",")}}`;
  }

  #null(what: string): string {
    this.#report(`${what} is sent as null`);
    return this.#spend("null");
  }

  #report(what: string): void {
    if (this.replaced.size < REPORTED) this.replaced.add(what);
  }

  #spend(json: string): string {
    this.#count(json.length);
    return json;
  }

  /** Counts the least that something takes in JSON, with a comma. */
  #count(characters: number): void {
    this.#left -= characters + 1;
    if (this.#left < 0) throw new EventError(`it has more than ${this.#most} bytes, the limit for an event`);
  }
}

/** As everybody expects: what is undefined, or is so by its `toJSON`. */
function isOmitted(value: unknown): boolean {
  return value === undefined || typeof value === "object";
}

/** What JSON has no form for: an exception with its message, or else what it is. */
class Odd {
  readonly what: string;
  readonly error: string | undefined;

  constructor(what: string, error?: string) {
    this.what = what;
    this.error = error;
  }
}

/** An object one step closer to JSON. Runs its code. */
function simpler(value: object, key: string): unknown {
  // Before `toJSON`, which may tell more of a request than anybody should see.
  if (types.isNativeError(value) || value instanceof Error) {
    return new Odd(nameOf(value), guarded(() => String(value.message), "").slice(0, MESSAGE));
  }
  if (types.isDate(value) && Number.isNaN(Date.prototype.getTime.call(value))) return new Odd("an invalid Date");
  const { toJSON } = value as { toJSON?: unknown };
  const found: unknown = typeof toJSON === "function" ? Reflect.apply(toJSON, value, [key]) : value;
  if (typeof found !== "object" || found === null) return found;
  if (types.isNumberObject(found)) return Number.prototype.valueOf.call(found);
  if (types.isStringObject(found)) return String.prototype.valueOf.call(found);
  if (types.isBooleanObject(found)) return Boolean.prototype.valueOf.call(found);
  if (types.isBigIntObject(found)) return BigInt.prototype.valueOf.call(found);
  if (types.isSet(found)) return [...Set.prototype.values.call(found)];
  if (types.isMap(found)) return ofMap(found);
  if (types.isTypedArray(found)) return Array.from<unknown>(found);
  if (types.isPromise(found)) return new Odd("a Promise");
  return found;
}

/** An object, if every key is as good as text. */
function ofMap(map: Map<unknown, unknown>): unknown {
  const entries = [...(Map.prototype.entries.call(map) as Iterable<[unknown, unknown]>)];
  const isText = ([key]: [unknown, unknown]) =>
    typeof key !== "object" && typeof key !== "function" && typeof key !== "symbol";
  if (!entries.every(isText)) return new Odd("a Map with keys that are not text");
  return Object.assign(Object.create(null), Object.fromEntries(entries.map(([key, item]) => [String(key), item])));
}

function isList(value: object): value is readonly unknown[] {
  return guarded(() => Array.isArray(value), false);
}

/** The name of what was thrown, whatever that is. */
function nameOf(error: unknown): string {
  const name = guarded(() => (error instanceof Error ? error.name : typeof error), "something");
  return typeof name === "string" ? name.slice(0, NAME) : "something";
}

/** The result of code that is not ours; what is given, if it throws. */
function guarded<T>(call: () => T, otherwise: T): T {
  try {
    return call();
  } catch {
    return otherwise;
  }
}

/** A JSON text that was given as such, checked and passed on digit for digit. */
export function checked(what: string, text: string): unknown {
  if (!text.isWellFormed()) throw new EventError(`${what} must be JSON: it holds half of a surrogate pair`);
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text in its messages.
    const place = /at position (\d+)/.exec((error as Error).message)?.[1];
    throw new EventError(
      `${what} must be JSON${place === undefined ? ": it ends too early" : `: it is invalid at position ${place}`}`,
    );
  }
}
