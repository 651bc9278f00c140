/** Calls of the connector as JSON: what the conformance vectors state, in any language. */

import { LosslessNumber, parse, stringify } from "lossless-json";
import type { Connector } from "../../dist/index.js";

/** Reads JSON with every digit: numbers, BigInts, and texts of digits for the rest. */
export function read(text: string): Json {
  return parse(text, undefined, (digits) => {
    if (!/^-?\d+$/.test(digits)) return new LosslessNumber(digits);
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  }) as Json;
}

// biome-ignore lint/suspicious/noExplicitAny: what the vectors hold is data
export type Json = any;

/** One call by its name. Tokens are opaque: a call that needs one states the webhook that it comes from. */
export async function call(connector: Connector, name: string, input: Json): Promise<Json> {
  const source = input.source ?? "";
  const webhook = async () => {
    const { webhooks, problems } = await connector.parseConfig(stringify([input.webhook]) ?? "", [], source);
    if (!webhooks[0]) throw new Error(`no webhook: ${JSON.stringify(problems)}`);
    return webhooks[0];
  };
  const shape = async () => {
    const { shape, warm } = await webhook();
    return { token: shape, warm };
  };
  switch (name) {
    case "parse-config":
      return configuration(await connector.parseConfig(stringify(input.document) ?? "", input.events, source));
    case "select":
      return connector.select(input.listeners, input.event);
    case "render":
      return rendering(await connector.render(await shape(), notification(input.notification), 1 << 16));
    case "sign": {
      const context = { ...input.context, now: BigInt(input.context.now) };
      const { scheme } = await webhook();
      const signed = await connector.sign(scheme, input.secrets, context, { tag: "text", val: input.body });
      return "value" in signed ? { headers: pairs(signed.value) } : { error: signed.refusal };
    }
    case "judge":
      return ruling(await connector.judge((await webhook())[input.side as "before"].policy, attempt(input.attempt)));
    case "schema": {
      const described = await connector.schema(await shape(), eventType(input.event_type));
      if ("refusal" in described) return { error: described.refusal };
      return { content_type: described.value.contentType, schema: read(described.value.schema) };
    }
    case "sample": {
      const sampled = await connector.sample(eventType(input.event_type), input.id, input.created);
      return "value" in sampled ? sampled.value : { error: sampled.refusal };
    }
    default:
      throw new Error(`no function is called ${name}`);
  }
}

/** Durations as numbers where they are exact. */
function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function pairs(headers: { name: string; value: unknown }[]): Json {
  return headers.map(({ name, value }) => [name, value]);
}

function configuration(found: Json): Json {
  const value = ({ tag, val }: Json) => (tag === "text" ? val : { handle: val });
  const retries = ({ maxTries, maxTime, policy }: Json) => ({ max_tries: maxTries, max_time: exact(maxTime), policy });
  const webhooks = found.webhooks.map((webhook: Json) => ({
    ...webhook,
    response_channel: webhook.responseChannel,
    url: value(webhook.url),
    headers: webhook.headers.map((header: Json) => [header.name, value(header.value)]),
    secrets: [...webhook.secrets],
    timeout: exact(webhook.timeout),
    http_version: { auto: "auto", http1: "1.1", http2: "2" }[webhook.httpVersion as string],
    on_error: webhook.onError,
    before: retries(webhook.before),
    after: retries(webhook.after),
    settings: webhook.settings.length,
  }));
  const problems = found.problems.map(({ atKey, ...problem }: Json) => ({ ...problem, at_key: atKey }));
  return { webhooks, problems, answer_headers: found.answerHeaders };
}

function notification({ event, message }: Json): Json {
  if (event) return { tag: "event", val: { ...event, results: event.results ?? undefined } };
  const { content_type: contentType, content, ...rest } = message;
  return { tag: "message", val: { ...rest, contentType, content: { tag: "text", val: content } } };
}

function rendering(found: Json): Json {
  if ("refusal" in found) return { error: { [found.refusal.tag]: found.refusal.val } };
  const { tag, val } = found.value;
  if (tag === "skip") return { skip: val };
  const { contentType, schemaVersion, headers, body, warning } = val;
  return { send: { content_type: contentType, schema_version: schemaVersion, headers: pairs(headers), body, warning } };
}

function attempt({ number, elapsed, now, outcome }: Json): Json {
  const headers = outcome.answer?.headers.map(([name, value]: [string, string]) => ({ name, value }));
  const judged = outcome.answer
    ? { tag: "answer", val: { ...outcome.answer, headers } }
    : { tag: "no-answer", val: outcome.no_answer };
  return { number, elapsed: BigInt(elapsed), now: BigInt(now), outcome: judged };
}

function ruling({ verdict, readBody, publish, warning }: Json): Json {
  const wait = verdict.tag === "retry" ? [exact(verdict.val.atLeast), exact(verdict.val.atMost)] : undefined;
  const why = wait ? undefined : verdict.val;
  return { verdict: verdict.tag, why, wait, read_body: readBody, publish, warning };
}

function eventType({ name, parameters, value }: Json): Json {
  return { name, parameters: parameters ?? undefined, value: value ?? undefined };
}
