/** What a host decides besides the configuration: where requests may go, and limits. */

import type { Environment } from "./config/reference.js";
import { CONSOLE, guarded, type Logger, SILENT } from "./log.js";
import { Allow } from "./outbound/egress.js";
import type { Lookup } from "./outbound/resolve.js";
import { sanitize } from "./text.js";
import { LONGEST } from "./webhook.js";

/** Options of `Webhooks`. */
export interface Options {
  /**
   * Where requests may go beside public addresses: CIDRs, addresses, host names, `private`, `loopback`; left out:
   * what SERVO_WEBHOOKS_ALLOW names, separated by commas.
   */
  allow?: Iterable<string>;
  /** More CA certificates to trust: a PEM file. */
  caFile?: string;
  /** Variables that name proxies, and SERVO_WEBHOOKS_ALLOW; left out: `process.env`. */
  environment?: Environment;
  /** Milliseconds for all before webhooks of one event together, at most a day; left out: 30 s. */
  beforeBudget?: number;
  /** Deliveries that may wait; left out: 10,000. */
  maxWaiting?: number;
  /** Bytes of their bodies; left out: 64 MiB. */
  maxWaitingBytes?: number;
  /** Bytes of an event's parameters and results, or of a message's content; left out: 1 MiB, at most 16. */
  maxEvent?: number;
  /** Concurrent attempts per endpoint, for after events and messages; left out: 16. */
  connections?: number;
  /**
   * A breaker opens after a webhook has failed for so many milliseconds (at least five events in a row); left out: 10
   * s.
   */
  breakerAfter?: number;
  /** Milliseconds for which an open breaker holds deliveries at first; 0 disables it; left out: 5 s. */
  breakerHold?: number;
  /** Receives log lines; null: none are logged; left out: warnings and errors go to the console. */
  logger?: Logger | null;
  /** Returns the addresses of a name; left out: the system's. */
  lookup?: Lookup;
}

const ALLOW = "SERVO_WEBHOOKS_ALLOW";

const KNOWN = new Set<string>([
  ..."allow caFile environment beforeBudget maxWaiting maxWaitingBytes maxEvent connections".split(" "),
  ..."breakerAfter breakerHold logger lookup".split(" "),
]);

/** Options with every default applied. */
export interface Settings {
  allow: Allow;
  caFile: string | undefined;
  environment: Environment;
  beforeBudget: number;
  maxWaiting: number;
  maxWaitingBytes: number;
  maxEvent: number;
  connections: number;
  breakerAfter: number;
  breakerHold: number;
  logger: Logger;
  lookup: Lookup | undefined;
}

/** What the option allows, or else the environment. */
function allowed(option: Iterable<string> | undefined, environment: Environment): Allow {
  const [where, items] = option ? ["the option allow", option] : [ALLOW, (environment[ALLOW] ?? "").split(",")];
  try {
    return new Allow(items, where);
  } catch (error) {
    throw error instanceof TypeError ? new TypeError(`${where}: ${error.message}`) : error;
  }
}

/** Applies the defaults; throws a `TypeError` that names an invalid option. */
export function settingsOf(options: Options): Settings {
  const unknown = Object.keys(options).find((name) => !KNOWN.has(name));
  if (unknown !== undefined) throw new TypeError(`there is no option ${sanitize(unknown)}`);
  const number = (name: keyof Options, standard: number, least: number, most: number): number => {
    const value = options[name] ?? standard;
    if (typeof value === "number" && value >= least && value <= most) return value;
    throw new TypeError(`the option ${name} must be a number from ${least} to ${most}`);
  };
  const count = (name: keyof Options, standard: number, most: number): number => {
    const value = number(name, standard, 1, most);
    if (Number.isInteger(value)) return value;
    throw new TypeError(`the option ${name} must be a whole number`);
  };
  const environment = options.environment ?? process.env;
  return {
    allow: allowed(options.allow, environment),
    caFile: options.caFile,
    environment,
    beforeBudget: number("beforeBudget", 30_000, 1, LONGEST),
    maxWaiting: count("maxWaiting", 10_000, Number.MAX_SAFE_INTEGER),
    maxWaitingBytes: count("maxWaitingBytes", 64 << 20, Number.MAX_SAFE_INTEGER),
    maxEvent: count("maxEvent", 1 << 20, 16 << 20),
    connections: count("connections", 16, 65_535),
    breakerAfter: number("breakerAfter", 10_000, 0, LONGEST),
    breakerHold: number("breakerHold", 5_000, 0, LONGEST),
    logger: guarded(options.logger === null ? SILENT : (options.logger ?? CONSOLE)),
    lookup: options.lookup,
  };
}
