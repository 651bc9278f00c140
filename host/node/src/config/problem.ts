/** What is wrong in a configuration, and where. A problem holds no confidential text. */

import { sanitize } from "../text.js";
import type { Position } from "./node.js";

/** Problems kept, at most: a hostile file has millions. */
export const MAX_PROBLEMS = 1000;

/** A warning lets the configuration load, an error does not. */
export type Severity = "warning" | "error";

/** Something wrong in a configuration. */
export class Problem {
  readonly severity: Severity;
  /** The file, as it was named. */
  readonly file: string;
  /** Counts from 1; none for a list that was given as values. */
  readonly line: number | undefined;
  /** In characters, counts from 1; none for a list that was given as values. */
  readonly column: number | undefined;
  /** For people: `webhooks[2].backoff.max_time`. Empty: the file as a whole. */
  readonly path: string;
  /** What is wrong and what to do. */
  readonly message: string;

  /** @internal */
  constructor(severity: Severity, file: string, position: Position | undefined, path: string, message: string) {
    this.severity = severity;
    this.file = file;
    this.line = position?.line;
    this.column = position?.column;
    this.path = sanitize(path);
    this.message = sanitize(message);
  }

  /** `servo.yaml:12:9: error: webhooks[2].backoff.max_time: message`. */
  toString(): string {
    const file = sanitize(this.file);
    const place = this.line === undefined ? file : `${file}:${this.line}:${this.column}`;
    return `${place}: ${this.severity}: ${this.path === "" ? "" : `${this.path}: `}${this.message}`;
  }
}

/** Why a configuration cannot be used: all its problems at once, warnings too. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly Problem[];

  /** @internal */
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map(String).join("\n"), options);
    this.problems = problems;
  }
}

/** In document order, at most 1,000; warnings do not crowd out the errors. */
export function inOrder(problems: Problem[]): Problem[] {
  const errors = problems.filter((problem) => problem.severity === "error");
  const warnings = problems.filter((problem) => problem.severity === "warning");
  const kept = [...errors, ...warnings].slice(0, MAX_PROBLEMS);
  const place = (problem: Problem) => [problem.line ?? 0, problem.column ?? 0] as const;
  return kept.sort((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1]);
}
