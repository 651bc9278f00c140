/**
 * Values of JavaScript as JSON. BigInts keep their digits. What JSON cannot hold never fails an event:
 * numbers that are none become null, exceptions become `{"error", "message"}`, each with a warning.
 */

import stringify from "safe-stable-stringify";
import { EventError } from "./error.js";

const write = stringify.configure({ deterministic: false, circularValue: null });

/** The JSON of a value, and what was put in place of something else. */
export interface Written {
  json: string;
  /** In words for people. */
  replaced: string[];
}

/** Writes a value; `undefined` is null. */
export function toJson(value: unknown): Written {
  const replaced = new Set<string>();
  const replace = (_: string, item: unknown): never => {
    if (typeof item === "number" && !Number.isFinite(item)) {
      replaced.add(`${item} is no JSON, null is sent`);
      return null as never;
    }
    if (item instanceof Error) {
      replaced.add(`an exception is sent as {"error", "message"}: ${item.name}`);
      return { error: item.name, message: item.message } as never;
    }
    return item as never;
  };
  const json = write(value ?? null, replace) ?? "null";
  return { json: json.toWellFormed(), replaced: [...replaced] };
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
      `${what} must be JSON${place === undefined ? ": it ends too early" : `: it is none at position ${place}`}`,
    );
  }
}
