/** Keeps what repeats from filling the log. */

import type { Fields, Logger } from "./log.js";

/** Milliseconds between two lines of one cause. */
const PAUSE = 60_000;

/** Causes of one kind that are logged within the pause; of those beyond, the number is. */
const CAUSES = 32;

/** What is limited, each kind by itself. */
export type Kind = "answer" | "expression" | "listener" | "name" | "value";

interface Cause {
  logged: number;
  held: number;
}

interface Limit {
  causes: Map<string, Cause>;
  /** Lines of causes that there was no place for, and when their number was logged. */
  others: number;
  othersLogged: number;
}

/**
 * A logger that also logs a cause once, and then at most once a minute, with the number of lines that were held back.
 * A line that is the only record of a loss is never limited.
 */
export class LimitingLogger implements Logger {
  readonly debug: Logger["debug"];
  readonly info: Logger["info"];
  readonly warn: Logger["warn"];
  readonly error: Logger["error"];
  readonly #limits = new Map<Kind, Limit>();
  readonly #now: () => number;

  /** Logs what is not held back to another one. */
  constructor(log: Logger, now = () => performance.now()) {
    this.debug = (message, fields) => log.debug(message, fields);
    this.info = (message, fields) => log.info(message, fields);
    this.warn = (message, fields) => log.warn(message, fields);
    this.error = (message, fields) => log.error(message, fields);
    this.#now = now;
  }

  /** Logs a line unless one with its cause was logged within the last minute: with the same message and fields, but for ids. */
  limited(level: "warn" | "error", kind: Kind, message: string, fields: Fields): void {
    const { id, delivery, ...cause } = fields;
    const limit = this.#limits.get(kind) ?? { causes: new Map(), others: 0, othersLogged: -PAUSE };
    this.#limits.set(kind, limit);
    const now = this.#now();
    const repeated = admit(limit, JSON.stringify([message, cause]), now);
    if (repeated === undefined) return;
    if (limit.others > 0 && now - limit.othersLogged >= PAUSE) {
      const { others: lines } = limit;
      const why = `it had more than ${CAUSES} causes within a minute`;
      this.warn(`${lines} log lines of the kind ${kind} were held back: ${why}`, { lines });
      limit.others = 0;
      limit.othersLogged = now;
    }
    this[level](message, repeated > 0 ? { ...fields, repeated } : fields);
  }
}

/** How many lines were held back before this one; undefined if this one is. */
function admit(limit: Limit, cause: string, now: number): number | undefined {
  const known = limit.causes.get(cause);
  if (known !== undefined) {
    if (now - known.logged < PAUSE) {
      known.held += 1;
      return undefined;
    }
    const { held } = known;
    known.held = 0;
    known.logged = now;
    return held;
  }
  if (limit.causes.size >= CAUSES) {
    const old = [...limit.causes].find(([, { logged }]) => now - logged >= PAUSE);
    if (old === undefined) {
      limit.others += 1;
      return undefined;
    }
    limit.causes.delete(old[0]);
    limit.others += old[1].held;
  }
  limit.causes.set(cause, { logged: now, held: 0 });
  return 0;
}
