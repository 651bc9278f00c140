/** A webhook as the host uses it: checked, with its references resolved. */

import { inspect } from "node:util";
import { Breaker } from "./breaker.js";
import type { Secret } from "./config/secret.js";
import type { Shape } from "./connector/connector.js";
import type { wit } from "./connector/contract.js";
import { CallError } from "./connector/error.js";
import { Headers } from "./headers.js";
import type { Target } from "./outbound/target.js";

/** The longest attempt or wait, whatever a component says: a day, in milliseconds. */
export const LONGEST = 24 * 60 * 60 * 1000;

/** Why nothing is sent to a webhook whose endpoint is gone. */
export const SWITCHED_OFF = "switched off until a reload or restart: it answered 410 Gone";

/** How often one side of a webhook is tried. */
export interface Retries {
  /** Including the first attempt. */
  maxTries: number;
  /** From the start of the first attempt, in milliseconds. */
  maxTime: number;
  /** @internal For `judge`. */
  policy: string;
}

/** One webhook of a configuration. Printing it shows neither URL nor headers nor secrets. */
export class Webhook {
  /** Its place in the configuration, from 0. */
  readonly index: number;
  readonly name: string | null;
  readonly description: string | null;
  /** False: nothing is sent. */
  readonly enabled: boolean;
  /** As written: `before:adjust`. */
  readonly events: readonly string[];
  /** Names of pub/sub channels. */
  readonly channels: readonly string[];
  /** Where a successful answer is published. */
  readonly responseChannel: string | null;
  /** Limit of one attempt, in milliseconds. */
  readonly timeout: number;
  /** What happens to an event if there is no answer. */
  readonly onError: "proceed" | "cancel";
  /** Before an event. */
  readonly before: Retries;
  /** After an event, and for messages. */
  readonly after: Retries;
  /** @internal */
  readonly version: wit.HttpVersion;
  /** @internal */
  readonly shape: Shape;
  /** @internal */
  readonly scheme: string;
  /** @internal */
  readonly headers = new Headers();
  /** @internal */
  readonly secrets: Secret[] = [];
  /** @internal */
  readonly breaker = new Breaker();
  /** @internal */
  target: Target | undefined;
  /** @internal Why its endpoint is gone, until the host restarts or reloads. */
  gone = false;

  /** @internal Takes over what the connector read; URL, headers and secrets follow. */
  constructor(index: number, from: wit.Webhook) {
    this.index = index;
    this.name = from.name ?? null;
    this.description = from.description ?? null;
    this.enabled = from.enabled;
    this.events = from.events;
    this.channels = from.channels;
    this.responseChannel = from.responseChannel ?? null;
    this.timeout = milliseconds(from.timeout);
    this.onError = from.onError;
    this.before = retries(from.before);
    this.after = retries(from.after);
    this.version = from.httpVersion;
    this.shape = { token: from.shape, warm: from.warm };
    this.scheme = from.scheme;
    if (this.timeout <= 0 || this.timeout > LONGEST) {
      throw CallError.unusable("parseConfig", `a timeout of ${from.timeout} ns`);
    }
    if (this.before.maxTries === 0 || this.after.maxTries === 0) {
      throw CallError.unusable("parseConfig", "a webhook that is never tried");
    }
  }

  /** How people identify it: its name, else index and origin. */
  get label(): string {
    return this.name ?? (this.target ? `#${this.index} ${this.target.origin}` : `#${this.index}`);
  }

  /** Scheme, host and port of its URL, which are not secret. */
  get origin(): string | null {
    return this.target?.origin ?? null;
  }

  /** Why nothing is sent to it any more, if it is switched off. */
  get switchedOff(): string | undefined {
    return this.gone ? SWITCHED_OFF : undefined;
  }

  toJSON(): object {
    const { index, name, enabled, events, channels, origin } = this;
    return { index, name, enabled, events, channels, origin };
  }

  [inspect.custom](): string {
    return `Webhook ${inspect(this.toJSON())}`;
  }
}

function retries(from: wit.Retries): Retries {
  return { maxTries: from.maxTries, maxTime: milliseconds(from.maxTime), policy: from.policy };
}

/** Nanoseconds of the connector in milliseconds. */
export function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}
