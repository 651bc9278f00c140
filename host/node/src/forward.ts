/**
 * Hands what has happened over to a `serve` beside the servo, which keeps it and delivers it.
 *
 * It is a webhook that the host makes for itself: so what is not taken is sent again, what waits is bounded, and what
 * is lost is logged and told. It goes to that one host alone, and through no proxy.
 */

import { randomBytes } from "node:crypto";
import { ConfigurationError, Problem } from "./config/problem.js";
import { type Environment, openTarget } from "./config/reference.js";
import type { Secret } from "./config/secret.js";
import type { wit } from "./connector/contract.js";
import { EventError } from "./error.js";
import { LARGEST } from "./event.js";
import { isValue } from "./headers.js";
import { contentOf, type Notification } from "./notification.js";
import type { Options, Settings } from "./options.js";
import { Target } from "./outbound/target.js";

/** Where events go that have happened. */
export interface Forward {
  /** The address of `serve`, without a path: `http://127.0.0.1:8081`. */
  url: string;
  /** The token that it requires, by reference. */
  token?: { env: string } | { file: string };
}

/** How it is called in outcomes and in the log. */
const NAME = "forward";

const PATH = "/events";

/** A `serve` that is away for longer is not waited for. */
const BACKOFF = { max_tries: 100, max_time: "1h" };

/** Bytes that are sent beside an event's own, at most. */
const ENVELOPE = 64 << 10;

/**
 * The webhook that hands over, and the variables that it refers to; throws a `ConfigurationError` if the URL or the
 * token cannot be used.
 */
export async function webhookOf(forward: Forward, folder: string, environment: Environment) {
  const target = targetOf(forward);
  const token = await tokenOf(forward, folder, environment);
  const webhook = {
    name: NAME,
    channels: [NAME],
    url: target.origin + PATH,
    secret: { env: "SECRET" },
    backoff: BACKOFF,
    headers: token === undefined ? {} : { Authorization: { env: "TOKEN" } },
  };
  const values = {
    SECRET: randomBytes(32).toString("hex"),
    ...(token === undefined ? {} : { TOKEN: `Bearer ${token.expose()}` }),
  };
  return { webhook, environment: values };
}

/** The options of the servo, for the one host of `target`. */
export function optionsOf(settings: Settings, target: Target | undefined): Options {
  const { caFile, lookup, maxEvent, ...rest } = settings;
  const { maxWaiting, maxWaitingBytes, connections, breakerAfter, breakerHold, logger } = rest;
  const { host } = target ?? { host: "" };
  return {
    allow: [/^[\d.]+$|:/.test(host) ? host : `${host}.`],
    environment: {},
    // An event that fits fits with what it is wrapped in too, twice as long at the most.
    maxEvent: Math.min(2 * maxEvent + ENVELOPE, LARGEST),
    ...{ maxWaiting, maxWaitingBytes, connections, breakerAfter, breakerHold, logger },
    ...(caFile === undefined ? {} : { caFile }),
    ...(lookup === undefined ? {} : { lookup }),
  };
}

/** An event or a message as `serve` takes it, under its own name and id; `most` is its limit in bytes. */
export function envelope({ name, id, size, wit }: Notification, most: number): Notification {
  if (size > most) throw new EventError(`it has ${size} bytes; the limit is ${most}`);
  const content = Buffer.from(wit.tag === "event" ? ofEvent(wit.val) : ofMessage(wit.val));
  const { created } = wit.val;
  const message = { channel: NAME, id, created, contentType: "application/json", content: contentOf(content) };
  return { name, id, size: content.length, wit: { tag: "message", val: message }, content };
}

/** Parameters and results are JSON already, and keep their digits. */
function ofEvent({ name, id, created, parameters, results }: wit.Event): string {
  const about = JSON.stringify({ event: name, id, created_at: created });
  return `${about.slice(0, -1)},"parameters":${parameters},"results":${results ?? "[]"}}`;
}

function ofMessage({ channel, id, created, contentType, content }: wit.Message): string {
  const told =
    content.tag === "text" ? { content: content.val } : { content_base64: Buffer.from(content.val).toString("base64") };
  return JSON.stringify({ channel, id, created_at: created, content_type: contentType, ...told });
}

function targetOf({ url }: Forward): Target {
  try {
    if (typeof url !== "string") throw new TypeError("must be a URL such as http://127.0.0.1:8081");
    const target = Target.parse(url);
    if (target.path === "/" || target.path === PATH) return target;
    throw new TypeError("must be the address of `serve` without a path, as in http://127.0.0.1:8081");
  } catch (error) {
    throw unusable("url", (error as Error).message);
  }
}

async function tokenOf(forward: Forward, folder: string, environment: Environment): Promise<Secret | undefined> {
  const { token } = forward;
  if (token === undefined) return undefined;
  let secret: Secret | undefined;
  try {
    secret = await opened(token, folder, environment);
  } catch (error) {
    throw unusable("token", (error as Error).message);
  }
  if (secret === undefined) throw unusable("token", "must be {env: NAME} or {file: PATH}");
  if (!isValue(secret.expose())) throw unusable("token", "has characters that no header may have");
  return secret;
}

async function opened(token: object, folder: string, environment: Environment): Promise<Secret | undefined> {
  const { env, file } = token as { env?: unknown; file?: unknown };
  if (typeof env === "string") return openTarget({ kind: "env", name: env }, folder, environment);
  if (typeof file === "string") return openTarget({ kind: "file", path: file }, folder, environment);
  return undefined;
}

function unusable(part: string, message: string): ConfigurationError {
  return new ConfigurationError([new Problem("error", "options", undefined, `forward.${part}`, message)]);
}
