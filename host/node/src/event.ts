/** An event as a host states it. */

import { v7 as uuid } from "uuid";
import { parse } from "./created.js";
import { EventError } from "./error.js";
import { checked, toJson, type Written } from "./json.js";

/** Characters of an id, at most. */
const ID_LIMIT = 256;

/** Bytes of an event, at most. */
export const LARGEST = 16 << 20;

/** Characters of an event's name, at most. */
const NAME_LIMIT = 128;

/** An event of the servo. Give it an id to have the same one before and after. */
export interface Event {
  /** Without a side: `adjust`. */
  name: string;
  /** 1 to 256 characters; left out: a new UUIDv7. */
  id?: string;
  /** RFC 3339, UTC without an offset; left out: when each side is dispatched. */
  createdAt?: string | Date;
  /**
   * An object, or its JSON text, which reaches the responder digit for digit. Values that JSON cannot hold
   * become null, exceptions `{"error", "message"}`.
   */
  parameters?: object | string;
}

/** The result of one connector of the servo: a value, or its JSON text. */
export type Result = { connector: string; value: unknown } | { connector: string; json: string };

/** The results of the connectors, in order: a list, or its JSON text. */
export type Results = readonly Result[] | string;

/** An event that was checked. */
export interface CheckedEvent {
  name: string;
  id: string;
  created: string | undefined;
  /** JSON. */
  parameters: string;
  /** What was put in place of what JSON cannot hold. */
  replaced: string[];
  /** Other warnings about it. */
  warnings: string[];
}

/** Checks an event; throws an `EventError`. `most` is the limit in bytes. */
export function checkEvent(event: Event, most = LARGEST): CheckedEvent {
  refuseUnknown(event, ["name", "id", "createdAt", "parameters"], "an event");
  if (
    typeof event.name !== "string" ||
    !/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(event.name) ||
    event.name.length > NAME_LIMIT
  ) {
    throw new EventError(
      `an event name starts with a letter or _, continues with letters, digits, _ . or -, and has at most ${NAME_LIMIT} characters`,
    );
  }
  const { json, replaced } = parametersOf(() => event.parameters, most);
  return {
    name: event.name,
    id: checkId(event.id),
    created: event.createdAt === undefined ? undefined : parse(event.createdAt),
    parameters: json,
    replaced,
    warnings: [],
  };
}

/** The id, or a new one if it is left out. */
export function checkId(id: string | undefined): string {
  if (id === undefined) return uuid();
  const length = typeof id === "string" && id.isWellFormed() ? [...id.slice(0, 2 * ID_LIMIT + 1)].length : 0;
  if (length < 1 || length > ID_LIMIT) throw new EventError(`id must have 1 to ${ID_LIMIT} characters`);
  return id;
}

/** Refuses unknown keys, which may be misspelt. */
export function refuseUnknown(given: object, known: string[], what: string): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new EventError(`${what} has no ${unknown}; it has ${known.join(", ")}`);
}

function parametersOf(get: () => unknown, most: number): Written {
  let text: string | undefined;
  const { json, replaced } = toJson(() => {
    const parameters = get() ?? {};
    if (typeof parameters !== "string") return parameters;
    text = parameters;
    return {};
  }, most);
  if (text !== undefined) {
    checked("parameters", text);
    if (!text.trimStart().startsWith("{")) throw noParameters();
    return { json: text, replaced: [] };
  }
  if (json.startsWith("{")) return { json, replaced: named("parameters", replaced) };
  // What its code throws must not keep a question from being asked.
  if (json !== "null" || replaced.length === 0) throw noParameters();
  return { json: "{}", replaced: named("parameters", replaced).map((what) => what.replace(/null$/, "{}")) };
}

/** The JSON of results, and what was replaced in it. `most` is the limit in bytes. */
export function checkResults(results: Results, most = LARGEST): Written {
  if (typeof results === "string") {
    const list = checked("results", results);
    if (!Array.isArray(list) || !list.every(isResult)) throw noResults();
    return { json: results, replaced: [] };
  }
  const replaced: string[] = [];
  const items = listOf(results).map((result) => {
    const { connector, json, value } = partsOf(result);
    const what = `the result of ${connector}`;
    if (json !== undefined) checked(what, json);
    const written = json === undefined ? toJson(value, most) : { json, replaced: [] };
    replaced.push(...named(what, written.replaced));
    return `{"connector":${toJson(() => connector).json},"value":${written.json}}`;
  });
  return { json: `[${items.join(",")}]`, replaced };
}

function listOf(results: unknown): Result[] {
  try {
    if (Array.isArray(results)) return [...results];
  } catch {
    // A proxy of a list, whose code throws.
  }
  throw noResults();
}

/** The parts of a result, whose own code may throw. */
function partsOf(result: Result): { connector: string; json: string | undefined; value: () => unknown } {
  try {
    const { connector } = result;
    const json = "json" in result ? result.json : undefined;
    const isWhole = json === undefined ? "value" in result : typeof json === "string";
    if (typeof connector === "string" && isWhole) {
      return { connector, json, value: () => (result as { value: unknown }).value };
    }
  } catch {
    // It is no result that anybody could read.
  }
  throw noResults();
}

function named(where: string, replaced: string[]): string[] {
  return replaced.map((what) => `${where}: ${what}`);
}

function isResult(item: unknown): boolean {
  if (typeof item !== "object" || item === null) return false;
  const keys = Object.keys(item);
  return keys.length === 2 && "value" in item && "connector" in item && typeof item.connector === "string";
}

function noParameters(): EventError {
  return new EventError("parameters must be a JSON object");
}

function noResults(): EventError {
  return new EventError('results must be a list of {"connector", "value"}');
}
