/**
 * Places within an expression, as places in the file.
 *
 * The connector sees the text that a scalar means and counts lines and columns in it; the file has quotes, escapes,
 * folded lines and indentation as well. What is not white space comes in the same order in both, so it is walked
 * through in step.
 */

import { meant, type Node, type Position } from "./node.js";

/** A line and a column in the text of an expression, from 1, and what is said about it. */
export interface Remark {
  line: number;
  column: number;
  message: string;
}

/** Whether a field of a webhook holds an expression. */
export function isExpression(key: unknown): boolean {
  return key === "when" || key === "payload";
}

/** The place that a message of the connector begins with: `line 2, column 7: ..` or `column 7: ..`. */
export function split(message: string): Remark | undefined {
  const found = /^(?:line (\d{1,9}), )?column (\d{1,9}): (.*)$/s.exec(message);
  if (!found) return undefined;
  const [, line = "1", column, rest = ""] = found;
  return { line: Number(line), column: Number(column), message: rest };
}

/** Where a line and a column of what a scalar means stand in the file; none for what was not read from one. */
export function placeWithin(node: Node, line: number, column: number): Position | undefined {
  const scalar = meant(node);
  // A component from elsewhere may count from 0.
  if (scalar.kind !== "scalar" || !scalar.writing || line < 1 || column < 1) return undefined;
  const { text, writing } = scalar;
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const target = before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  const found = align(writing.raw, writing.style, text, target);
  return found === undefined ? undefined : writing.at(found);
}

/** How a scalar is written. */
export type Style = "plain" | "single" | "double" | "block";

/** Where the raw text means what comes at a place of the text, or just behind the last of it. */
function align(raw: string, style: Style, text: string, target: number): number | undefined {
  let at = style === "single" || style === "double" ? 1 : 0;
  let place = 0;
  for (const char of text) {
    const here = place;
    place += char.length;
    if (isBlank(char)) continue;
    let next = read(raw, at, style);
    for (; next && next.meant === ""; next = read(raw, at, style)) at += next.length;
    if (next?.meant !== char) return undefined;
    if (here >= target) return at;
    at += next.length;
  }
  return at;
}

/** What comes next means, nothing for white space, and how long it is. */
function read(raw: string, at: number, style: Style): { meant: string; length: number } | undefined {
  const code = raw.codePointAt(at);
  if (code === undefined) return undefined;
  const char = String.fromCodePoint(code);
  if (isBlank(char)) return { meant: "", length: char.length };
  if (style === "single" && char === "'") {
    return raw.startsWith("''", at) ? { meant: "'", length: 2 } : undefined;
  }
  if (style === "double" && char === '"') return undefined;
  if (style === "double" && char === "\\") return escaped(raw, at);
  return { meant: char, length: char.length };
}

/** An escape in double quotes (YAML 1.2.2, section 5.7). */
function escaped(raw: string, at: number): { meant: string; length: number } | undefined {
  const [, x, u, U] = /^\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(raw.slice(at, at + 10)) ?? [];
  const hex = x ?? u ?? U;
  if (hex !== undefined) {
    const code = Number.parseInt(hex, 16);
    if (code > 0x10ffff) return undefined;
    const char = String.fromCodePoint(code);
    return { meant: isBlank(char) ? "" : char, length: 2 + hex.length };
  }
  const kind = String.fromCodePoint(raw.codePointAt(at + 1) ?? 0);
  // The others are tabs, line ends and other white space.
  const known: Record<string, string> = { '"': '"', "\\": "\\", "/": "/", 0: "\0", a: "\x07", b: "\b", e: "\x1b" };
  return { meant: known[kind] ?? "", length: 1 + kind.length };
}

function isBlank(char: string): boolean {
  return char <= " " ? /\s/.test(char) : char > "~" && /^[\s\x85]$/u.test(char) && char !== "\ufeff";
}
