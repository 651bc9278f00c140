/** Reads a list that is given as values of JavaScript as the same tree that a file gives. */

import type { Node } from "./node.js";

/** Values in one another, at most. */
const MAX_DEPTH = 100;

/** The tree of a value; throws a TypeError that names the place of what is no data. */
export function treeOf(value: unknown, path = "webhooks", depth = 0): Node {
  if (depth > MAX_DEPTH) throw new TypeError(`${path} is nested too deeply: more than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    const items = value.map((item, index) => treeOf(item, `${path}[${index}]`, depth + 1));
    return { kind: "sequence", flow: false, items };
  }
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new TypeError(`${path} is not valid text: it holds half of a surrogate pair`);
      return scalar(value, false);
    case "boolean":
    case "bigint":
      return scalar(String(value), true);
    case "number":
      return scalar(Number.isFinite(value) ? JSON.stringify(value) : ".nan", true);
    case "object":
      return value === null ? scalar("null", true) : mapping(value, path, depth);
    default:
      throw new TypeError(`${path} is a ${typeof value}, which a configuration cannot hold`);
  }
}

function mapping(value: object, path: string, depth: number): Node {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new TypeError(`${path} is not a plain object`);
  }
  const given = Object.entries(value).filter(([, item]) => item !== undefined);
  const entries = given.map(([key, item]): [Node, Node] => [
    scalar(key, false),
    treeOf(item, `${path}.${key}`, depth + 1),
  ]);
  return { kind: "mapping", flow: false, entries };
}

function scalar(text: string, plain: boolean): Node {
  return { kind: "scalar", text, plain, empty: false, absent: false };
}
