/** One attempt: signed, sent, and judged by the connector. */

import { nanoseconds, unixNanoseconds } from "./alarm.js";
import type { BreakerLimits, Sign } from "./breaker.js";
import type { Connector } from "./connector/connector.js";
import type { wit } from "./connector/contract.js";
import { CallError } from "./connector/error.js";
import { Deadline } from "./deadline.js";
import { addSignatures, Headers } from "./headers.js";
import type { Logger } from "./log.js";
import type { Answer, Body } from "./outbound/answer.js";
import type { Client } from "./outbound/client.js";
import { Refused } from "./outbound/egress.js";
import { Lacking } from "./outbound/error.js";
import type { BreakerRecord, DeliveryOutcome, Publication } from "./outcome.js";
import { contentOf, type Parcel } from "./parcel.js";
import { foreign } from "./text.js";
import { LONGEST, milliseconds, type Webhook } from "./webhook.js";

/** Is told what becomes of deliveries. */
export interface Observer {
  delivery(outcome: DeliveryOutcome): void;
  publication(publication: Publication): void;
  breaker(record: BreakerRecord): void;
}

/** Which attempt of which delivery it is. */
export interface Stamp {
  /** The event's name. */
  event: string;
  /** The event's id. */
  id: string;
  /** The same on every attempt. */
  delivery: string;
  /** Counts from 1. */
  number: number;
  /** When the first attempt began, by `performance.now()`. */
  first: number;
  /** The event waits for the answer. */
  before: boolean;
  /** Milliseconds within which an answer counts. */
  limit: number;
}

/** What is to be done; a wait is in milliseconds, a text says why. */
export type Verdict =
  | { kind: "delivered" }
  | { kind: "cancel"; why: string }
  | { kind: "retry"; wait: number; why: string }
  | { kind: "failed"; why: string }
  | { kind: "gone"; why: string };

/** What came of an attempt. */
export interface Attempted {
  verdict: Verdict;
  /** This machine could not make it: it does not count. */
  lacking?: true;
  /** Of the answer, if one came. */
  status: number | null;
  /** What it says of the endpoint. */
  sign: Sign;
  /** Reads the body for the response channel, if it is wanted there. */
  publish?: () => Promise<Publication | undefined>;
}

/** What attempts are made with. */
export interface Means {
  connector: Connector;
  client: Client;
  answerHeaders: readonly string[];
  /** Bytes of an answer's body that are read at the most. */
  answerCap: number;
  breaker: BreakerLimits;
  log: Logger;
  observer: Observer;
}

/** Makes attempts. */
export class Sender {
  readonly means: Means;

  constructor(means: Means) {
    this.means = means;
  }

  /** Makes one attempt; it ends by its limit, or when the signal is aborted. */
  async attempt(webhook: Webhook, parcel: Parcel, stamp: Stamp, signal: AbortSignal): Promise<Attempted> {
    const deadline = new Deadline(stamp.limit, signal);
    let answer: Answer;
    try {
      const headers = await this.#headers(webhook, parcel, stamp, deadline);
      const { target, version } = webhook;
      if (!target) return failed("its url is a reference that could not be resolved");
      const { body } = parcel;
      const { before: question } = stamp;
      answer = await this.means.client.send({ target, version, headers, body, question, signal: deadline.signal });
    } catch (error) {
      deadline.end();
      const why = foreign((error as Error).message);
      if (error instanceof Lacking || (error instanceof CallError && error.lacking)) {
        return { ...failed(why), lacking: true };
      }
      if (error instanceof CallError || error instanceof Refused || error instanceof SigningError) return failed(why);
      return this.#withoutAnswer(webhook, stamp, why);
    }
    return this.#withAnswer(webhook, stamp, answer, deadline);
  }

  /** Every header of the request but those of the transport. */
  async #headers(webhook: Webhook, parcel: Parcel, stamp: Stamp, deadline: Deadline): Promise<Headers> {
    const secrets = webhook.secrets.map((secret) => secret.expose());
    const { delivery, number: attempt } = stamp;
    const signed = await this.means.connector.sign(
      webhook.scheme,
      secrets,
      { delivery, attempt, now: unixNanoseconds() },
      contentOf(parcel.body),
    );
    if ("refusal" in signed)
      throw new SigningError(foreign(`secret ${signed.refusal.secret}: ${signed.refusal.message}`));
    const headers = new Headers(webhook.headers).addAll(parcel.headers);
    addSignatures(headers, signed.value);
    headers.set("X-Servo-Delivery", delivery).set("X-Servo-Attempt", String(attempt));
    if (stamp.before) headers.set("X-Servo-Timeout", String(Math.max(1, Math.floor(deadline.left))));
    return headers;
  }

  async #withoutAnswer(webhook: Webhook, stamp: Stamp, why: string): Promise<Attempted> {
    let verdict: Verdict;
    try {
      verdict = verdictOf(await this.#judge(webhook, stamp, { tag: "no-answer", val: why }), why);
    } catch (error) {
      verdict = { kind: "failed", why: `${why}; ${(error as Error).message}` };
    }
    return { verdict, status: null, sign: "failure" };
  }

  async #withAnswer(webhook: Webhook, stamp: Stamp, answer: Answer, deadline: Deadline): Promise<Attempted> {
    const { status } = answer;
    const sign: Sign = status >= 500 ? "failure" : "life";
    // The decision stands from here on, whatever comes of the body.
    deadline.detach();
    let ruling: wit.Ruling;
    try {
      ruling = await this.#judgeAnswer(webhook, stamp, answer);
    } catch (error) {
      void answer.finish().finally(() => deadline.end());
      return { verdict: { kind: "failed", why: `answered ${status}; ${(error as Error).message}` }, status, sign };
    }
    this.#warn(webhook, stamp, ruling.warning);
    const verdict = verdictOf(ruling, `answered ${status}`);
    if (ruling.readBody && verdict.kind === "cancel") {
      const body = await answer.read(this.means.answerCap);
      deadline.end();
      verdict.why = await this.#reason(webhook, stamp, answer, body, verdict.why);
    } else if (ruling.readBody && verdict.kind === "delivered") {
      const publish = () => this.#publication(webhook, stamp, answer).finally(() => deadline.end());
      return { verdict, status, sign, publish };
    } else {
      const finished = answer.finish().finally(() => deadline.end());
      // The event does not wait for a courtesy; the next delivery may have the connection.
      if (!stamp.before) await finished;
    }
    return { verdict, status, sign };
  }

  /** The reason of a cancel, with its body read. The cancel stands whatever comes of it. */
  async #reason(webhook: Webhook, stamp: Stamp, answer: Answer, body: Body, without: string): Promise<string> {
    try {
      const { verdict } = await this.#judgeAnswer(webhook, stamp, answer, body);
      return verdict.tag === "cancel" ? foreign(verdict.val) : without;
    } catch (error) {
      this.#warn(webhook, stamp, "cancelled, but the reason could not be read", error);
      return without;
    }
  }

  async #publication(webhook: Webhook, stamp: Stamp, answer: Answer): Promise<Publication | undefined> {
    const channel = webhook.responseChannel;
    const [contentType] = answer.values("content-type");
    const body = await answer.read(this.means.answerCap);
    if (channel === null || contentType === undefined) return undefined;
    try {
      const ruling = await this.#judgeAnswer(webhook, stamp, answer, body);
      this.#warn(webhook, stamp, ruling.warning);
      if (!ruling.publish || body.ending !== "whole") return undefined;
    } catch (error) {
      this.#warn(webhook, stamp, "answer not published", error);
      return undefined;
    }
    return { channel, contentType, content: body.bytes, webhook: webhook.name, delivery: stamp.delivery };
  }

  async #judgeAnswer(webhook: Webhook, stamp: Stamp, answer: Answer, body?: Body): Promise<wit.Ruling> {
    const headers = this.means.answerHeaders.flatMap((name) => answer.values(name).map((value) => ({ name, value })));
    const read = body && { body: { text: body.bytes.toString(), ending: body.ending } };
    const ruling = await this.#judge(webhook, stamp, {
      tag: "answer",
      val: { status: answer.status, headers, ...read },
    });
    if (ruling.verdict.tag === "cancel" && !stamp.before) throw CallError.unusable("judge", "a cancel after the event");
    return ruling;
  }

  /** What an outcome means; whatever the connector says of it is checked. */
  async #judge(webhook: Webhook, stamp: Stamp, outcome: wit.Outcome): Promise<wit.Ruling> {
    const { policy } = stamp.before ? webhook.before : webhook.after;
    const elapsed = nanoseconds(performance.now() - stamp.first);
    const attempt = { number: stamp.number, elapsed, now: unixNanoseconds(), outcome };
    const ruling = await this.means.connector.judge(policy, attempt);
    if (ruling.verdict.tag === "retry") {
      const { atLeast, atMost } = ruling.verdict.val;
      if (atLeast > atMost || milliseconds(atMost) > LONGEST) {
        throw CallError.unusable("judge", `a wait of ${atLeast} to ${atMost} ns`);
      }
    }
    return ruling;
  }

  #warn(webhook: Webhook, { event, id, delivery }: Stamp, warning: string | undefined, error?: unknown): void {
    if (warning === undefined) return;
    const why = error === undefined ? {} : { error: (error as Error).message };
    this.means.log.warn(foreign(warning), { webhook: webhook.label, event, id, delivery, ...why });
  }
}

/** A secret cannot be used. */
class SigningError extends Error {}

function failed(why: string): Attempted {
  return { verdict: { kind: "failed", why }, status: null, sign: "none" };
}

function verdictOf({ verdict }: wit.Ruling, why: string): Verdict {
  switch (verdict.tag) {
    case "delivered":
      return { kind: "delivered" };
    case "retry": {
      const least = milliseconds(verdict.val.atLeast);
      return { kind: "retry", wait: least + Math.random() * (milliseconds(verdict.val.atMost) - least), why };
    }
    default:
      return { kind: verdict.tag, why: foreign(verdict.val) };
  }
}
