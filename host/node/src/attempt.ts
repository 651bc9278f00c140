/** One attempt: signed, sent, and judged by the connector. */

import type { BreakerLimits, Health } from "./breaker.js";
import type { Connector } from "./connector/connector.js";
import type { wit } from "./connector/contract.js";
import { CallError } from "./connector/error.js";
import { Deadline } from "./deadline.js";
import { addSignatures, Headers } from "./headers.js";
import type { LimitingLogger } from "./log-limit.js";
import { contentOf, type RenderedRequest } from "./notification.js";
import type { Answer, Body } from "./outbound/answer.js";
import type { Client } from "./outbound/client.js";
import { Refused } from "./outbound/egress.js";
import { Lacking } from "./outbound/error.js";
import type { BreakerRecord, DeliveryOutcome, Publication } from "./outcome.js";
import { sanitize } from "./text.js";
import { nanoseconds, unixNanoseconds } from "./timer.js";
import { LONGEST, milliseconds, type Webhook } from "./webhook.js";

/** Is told what becomes of deliveries. */
export interface Observer {
  delivery(outcome: DeliveryOutcome): void;
  publication(publication: Publication): void;
  breaker(record: BreakerRecord): void;
}

/** Which attempt of which delivery it is. */
export interface AttemptInfo {
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
export interface AttemptResult {
  verdict: Verdict;
  /** This machine could not make it: it does not count. */
  lacking?: true;
  /** Of the answer, if one came. */
  status: number | null;
  /** What it says of the endpoint. */
  health: Health;
  /** Reads the body for the response channel, if it is wanted there. */
  publish?: () => Promise<Publication | undefined>;
}

/** What attempts are made with. */
export interface AttemptContext {
  connector: Connector;
  client: Client;
  answerHeaders: readonly string[];
  /** Bytes of an answer's body that are read at the most. */
  answerCap: number;
  breaker: BreakerLimits;
  log: LimitingLogger;
  observer: Observer;
}

/** Makes attempts. */
export class AttemptRunner {
  readonly context: AttemptContext;

  constructor(context: AttemptContext) {
    this.context = context;
  }

  /** Makes one attempt; it ends by its limit, or when the signal is aborted. */
  async attempt(
    webhook: Webhook,
    request: RenderedRequest,
    info: AttemptInfo,
    signal: AbortSignal,
  ): Promise<AttemptResult> {
    const deadline = new Deadline(info.limit, signal);
    let answer: Answer;
    try {
      const headers = await this.#headers(webhook, request, info, deadline);
      const { target, version } = webhook;
      if (!target) return failed("its url is a reference that could not be resolved");
      const { body } = request;
      const { before: question } = info;
      answer = await this.context.client.send({ target, version, headers, body, question, signal: deadline.signal });
    } catch (error) {
      deadline.end();
      const why = sanitize((error as Error).message);
      if (error instanceof Lacking || (error instanceof CallError && error.lacking)) {
        return { ...failed(why), lacking: true };
      }
      if (error instanceof CallError || error instanceof Refused || error instanceof SigningError) return failed(why);
      return this.#withoutAnswer(webhook, info, why);
    }
    return this.#withAnswer(webhook, info, answer, deadline);
  }

  /** Every header of the request but those of the transport. */
  async #headers(webhook: Webhook, request: RenderedRequest, info: AttemptInfo, deadline: Deadline): Promise<Headers> {
    const secrets = webhook.secrets.map((secret) => secret.expose());
    const { delivery, number: attempt } = info;
    const signed = await this.context.connector.sign(
      webhook.scheme,
      secrets,
      { delivery, attempt, now: unixNanoseconds() },
      contentOf(request.body),
    );
    if ("refusal" in signed)
      throw new SigningError(sanitize(`secret ${signed.refusal.secret}: ${signed.refusal.message}`));
    const headers = new Headers(webhook.headers).addAll(request.headers);
    addSignatures(headers, signed.value);
    headers.set("X-Servo-Delivery", delivery).set("X-Servo-Attempt", String(attempt));
    if (info.before) headers.set("X-Servo-Timeout", String(Math.max(1, Math.floor(deadline.left))));
    return headers;
  }

  async #withoutAnswer(webhook: Webhook, info: AttemptInfo, why: string): Promise<AttemptResult> {
    let verdict: Verdict;
    try {
      verdict = verdictOf(await this.#judge(webhook, info, { tag: "no-answer", val: why }), why);
    } catch (error) {
      verdict = { kind: "failed", why: `${why}; ${(error as Error).message}` };
    }
    return { verdict, status: null, health: "down" };
  }

  async #withAnswer(webhook: Webhook, info: AttemptInfo, answer: Answer, deadline: Deadline): Promise<AttemptResult> {
    const { status } = answer;
    const health: Health = status >= 500 ? "down" : "up";
    // The decision stands from here on, whatever comes of the body.
    deadline.detach();
    let ruling: wit.Ruling;
    try {
      ruling = await this.#judgeAnswer(webhook, info, answer);
    } catch (error) {
      void answer.finish().finally(() => deadline.end());
      return { verdict: { kind: "failed", why: `answered ${status}; ${(error as Error).message}` }, status, health };
    }
    if (ruling.warning !== undefined) {
      const { event, id, delivery } = info;
      const fields = { webhook: webhook.label, event, id, delivery };
      this.context.log.limited("warn", "answer", sanitize(ruling.warning), fields);
    }
    const verdict = verdictOf(ruling, `answered ${status}`);
    if (ruling.readBody && verdict.kind === "cancel") {
      const body = await answer.read(this.context.answerCap);
      deadline.end();
      verdict.why = await this.#reason(webhook, info, answer, body, verdict.why);
    } else if (ruling.readBody && verdict.kind === "delivered") {
      const publish = () => this.#publication(webhook, info, answer).finally(() => deadline.end());
      return { verdict, status, health, publish };
    } else {
      const finished = answer.finish().finally(() => deadline.end());
      // The event does not wait for a courtesy; the next delivery may have the connection.
      if (!info.before) await finished;
    }
    return { verdict, status, health };
  }

  /** The reason of a cancel, with its body read. The cancel stands whatever comes of it. */
  async #reason(webhook: Webhook, info: AttemptInfo, answer: Answer, body: Body, without: string): Promise<string> {
    try {
      const { verdict } = await this.#judgeAnswer(webhook, info, answer, body);
      return verdict.tag === "cancel" ? sanitize(verdict.val) : without;
    } catch (error) {
      this.#warn(webhook, info, "cancelled, but the reason could not be read", error);
      return without;
    }
  }

  async #publication(webhook: Webhook, info: AttemptInfo, answer: Answer): Promise<Publication | undefined> {
    const channel = webhook.responseChannel;
    const [contentType] = answer.values("content-type");
    const body = await answer.read(this.context.answerCap);
    if (channel === null || contentType === undefined) return undefined;
    try {
      const ruling = await this.#judgeAnswer(webhook, info, answer, body);
      this.#warn(webhook, info, ruling.warning);
      if (!ruling.publish || body.ending !== "whole") return undefined;
    } catch (error) {
      this.#warn(webhook, info, "answer not published", error);
      return undefined;
    }
    return { channel, contentType, content: body.bytes, webhook: webhook.name, delivery: info.delivery };
  }

  async #judgeAnswer(webhook: Webhook, info: AttemptInfo, answer: Answer, body?: Body): Promise<wit.Ruling> {
    const headers = this.context.answerHeaders.flatMap((name) => answer.values(name).map((value) => ({ name, value })));
    const read = body && { body: { text: body.bytes.toString(), ending: body.ending } };
    const ruling = await this.#judge(webhook, info, {
      tag: "answer",
      val: { status: answer.status, headers, ...read },
    });
    if (ruling.verdict.tag === "cancel" && !info.before) throw CallError.unusable("judge", "a cancel after the event");
    return ruling;
  }

  /** What an outcome means; whatever the connector says of it is checked. */
  async #judge(webhook: Webhook, info: AttemptInfo, outcome: wit.Outcome): Promise<wit.Ruling> {
    const { policy } = info.before ? webhook.before : webhook.after;
    const elapsed = nanoseconds(performance.now() - info.first);
    const attempt = { number: info.number, elapsed, now: unixNanoseconds(), outcome };
    const ruling = await this.context.connector.judge(policy, attempt);
    if (ruling.verdict.tag === "retry") {
      const { atLeast, atMost } = ruling.verdict.val;
      if (atLeast > atMost || milliseconds(atMost) > LONGEST) {
        throw CallError.unusable("judge", `a wait of ${atLeast} to ${atMost} ns`);
      }
    }
    return ruling;
  }

  #warn(webhook: Webhook, { event, id, delivery }: AttemptInfo, warning: string | undefined, error?: unknown): void {
    if (warning === undefined) return;
    const why = error === undefined ? {} : { error: (error as Error).message };
    this.context.log.warn(sanitize(warning), { webhook: webhook.label, event, id, delivery, ...why });
  }
}

/** A secret cannot be used. */
class SigningError extends Error {}

function failed(why: string): AttemptResult {
  return { verdict: { kind: "failed", why }, status: null, health: "none" };
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
      return { kind: verdict.tag, why: sanitize(verdict.val) };
  }
}
