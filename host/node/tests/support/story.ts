/** What a scenario tells, and whether the requests that came are those of which it tells. */

import { misfit } from "./fits.js";
import type { Replies, Responder } from "./responder.js";
import { isSignedByStandard, isSignedWith } from "./signatures.js";

/** What happens. */
export interface Step {
  event?: string;
  channel?: string;
  id?: string;
  created_at?: string;
  parameters?: object;
  parameters_json?: string;
  padding?: number;
  results?: { connector: string; value: unknown }[];
  results_json?: string;
  content_type?: string;
  content?: string;
  content_base64?: string;
}

interface ExpectedRequest {
  headers?: Record<string, unknown>;
  absent?: string[];
  body?: string;
  body_base64?: string;
  version?: string;
  signed_with?: string;
  standard?: string[];
}

export interface Scenario {
  name: string;
  why: string;
  needs?: string[];
  source?: string;
  catalogue?: { events: Record<string, unknown> };
  before_budget?: string;
  environment?: Record<string, string>;
  files?: Record<string, string>;
  webhooks: unknown[];
  allow?: string[];
  steps: Step[];
  answers?: Replies;
  expect: {
    refused?: { path: string; contains: string }[];
    requests?: Record<string, ExpectedRequest[]>;
    outcomes?: unknown[];
    deliveries?: unknown[];
    publications?: unknown[];
  };
}

/** What is wrong with the requests that came, if anything; `timeouts` are those of the webhooks, in milliseconds. */
export function wrongRequests(scenario: Scenario, timeouts: number[], responder: Responder): string | undefined {
  const expected = scenario.expect.requests ?? {};
  const stray = responder.requests.find(({ path }) => !(path in expected));
  if (stray) return `nobody expects a request to ${stray.path}`;
  const longest = Math.max(...timeouts);
  for (const [path, list] of Object.entries(expected)) {
    const received = responder.to(path);
    if (received.length !== list.length) return `${path}: ${received.length} requests, ${list.length} were expected`;
    for (const [nth, request] of list.entries()) {
      const found = received[nth];
      if (!found) return `${path}: no request ${nth}`;
      const at = `${path}[${nth}]`;
      const before = String(found.headers["x-servo-event"]).startsWith("before:");
      const timeout = Number(found.headers["x-servo-timeout"] ?? Number.NaN);
      if (before ? !(timeout >= 1 && timeout <= longest) : !Number.isNaN(timeout))
        return `${at}: X-Servo-Timeout ${timeout}`;
      if (request.absent?.some((name) => name.toLowerCase() in found.headers))
        return `${at}: ${request.absent} is there`;
      if (request.signed_with !== undefined && !isSignedWith(request.signed_with, found))
        return `${at}: wrong signature`;
      if (request.standard && !isSignedByStandard(request.standard, found)) return `${at}: wrong standard signature`;
      const body = request.body_base64 ? Buffer.from(request.body_base64, "base64") : request.body;
      if (body !== undefined && !found.body.equals(Buffer.from(body as string))) return `${at}: body ${found.body}`;
      const lower = Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
      const wrong =
        misfit(Object.fromEntries(lower), found.headers, `${at}.headers`) ??
        (request.version === undefined ? undefined : misfit(request.version, found.version, `${at}.version`));
      if (wrong) return wrong;
    }
  }
  return wrongIds(responder);
}

/** All attempts of a delivery carry the same id, different deliveries different ones. */
function wrongIds({ requests }: Responder): string | undefined {
  const attempts = new Set<string>();
  for (const { path, headers } of requests) {
    const attempt = `${headers["x-servo-delivery"]} ${headers["x-servo-attempt"]}`;
    if (attempts.has(attempt)) return `${path}: the attempt ${attempt} came twice`;
    attempts.add(attempt);
    const before = `${headers["x-servo-delivery"]} ${Number(headers["x-servo-attempt"]) - 1}`;
    if (headers["x-servo-attempt"] !== "1" && !attempts.has(before))
      return `${path}: ${attempt} without the one before`;
  }
  return undefined;
}

/** The parameters of a step, as it states them. */
export function parametersOf({ parameters, parameters_json: text, padding }: Step): object | string | undefined {
  return padding === undefined ? (text ?? parameters) : { padding: "x".repeat(padding) };
}

/** `500ms` or `2s`. */
export function milliseconds(duration: string): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(duration) ?? [];
  if (number === undefined) throw new Error(`no duration: ${duration}`);
  return Number(number) * (unit === "s" ? 1000 : 1);
}
