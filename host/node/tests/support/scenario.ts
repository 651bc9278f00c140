/** Plays a scenario; see `tests/scenarios/README.md` of the repository. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Configuration,
  ConfigurationError,
  type DeliveryOutcome,
  type Event,
  EventError,
  type EventOutcome,
  type Publication,
  type Results,
  Webhooks,
} from "../../dist/index.js";
import { misfit, misfitInAnyOrder } from "./fits.js";
import { nobody, type Replies, Responder } from "./responder.js";
import { isSignedByStandard, isSignedWith } from "./signatures.js";

interface Step {
  event?: string;
  channel?: string;
  id?: string;
  created_at?: string;
  parameters?: object;
  parameters_json?: string;
  results?: Results;
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

/** Plays it; what came otherwise than it is told, if anything. */
export async function play(scenario: Scenario): Promise<string | undefined> {
  await using responder = await Responder.start(scenario.answers);
  const empty = await nobody();
  const fill = (text: string) => text.replaceAll("{responder}", responder.origin).replaceAll("{nobody}", empty);
  const folder = await mkdtemp(join(tmpdir(), "scenario-"));
  try {
    for (const [name, text] of Object.entries(scenario.files ?? {})) await writeFile(join(folder, name), fill(text));
    const file = join(folder, "servo.yaml");
    await writeFile(file, fill(JSON.stringify({ webhooks: scenario.webhooks })));
    const environment = JSON.parse(fill(JSON.stringify(scenario.environment ?? {})));
    let configuration: Configuration;
    try {
      const events = Object.keys(scenario.catalogue?.events ?? {});
      configuration = await Configuration.load(file, { source: scenario.source ?? "", events, environment });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const wrong = error.problems.filter(({ severity }) => severity === "error");
      const expected = scenario.expect.refused?.map(({ path, contains }) => ({ path, message: `~${contains}` }));
      return expected ? misfitInAnyOrder(expected, wrong, "refused") : error.message;
    }
    if (scenario.expect.refused) return "the configuration was not refused";
    return await run(scenario, configuration, responder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function run(
  scenario: Scenario,
  configuration: Configuration,
  responder: Responder,
): Promise<string | undefined> {
  const webhooks = new Webhooks(configuration, {
    allow: scenario.allow ?? ["loopback"],
    environment: {},
    logger: null,
    ...(scenario.before_budget ? { beforeBudget: milliseconds(scenario.before_budget) } : {}),
  });
  const deliveries: unknown[] = [];
  const publications: unknown[] = [];
  webhooks.on("delivery", (delivery: DeliveryOutcome) => deliveries.push(delivery));
  webhooks.on("publication", (publication: Publication) => publications.push(line(publication)));
  const outcomes: (EventOutcome | null)[] = [];
  for (const step of scenario.steps) {
    outcomes.push(
      await take(webhooks, step).catch((error) => {
        if (error instanceof EventError) return null;
        throw error;
      }),
    );
    await webhooks.settled();
  }
  await webhooks.drain();
  const { expect } = scenario;
  return (
    misfit(expect.outcomes, outcomes, "outcomes") ??
    misfitInAnyOrder(expect.deliveries ?? [], deliveries, "deliveries") ??
    misfitInAnyOrder(expect.publications ?? [], publications, "publications") ??
    wrongRequests(scenario, configuration, responder)
  );
}

async function take(webhooks: Webhooks, step: Step): Promise<EventOutcome> {
  const given = {
    ...(step.id === undefined ? {} : { id: step.id }),
    ...(step.created_at === undefined ? {} : { createdAt: step.created_at }),
  };
  if (step.channel !== undefined) {
    const content = step.content ?? Buffer.from(step.content_base64 ?? "", "base64");
    return webhooks.message({ ...given, channel: step.channel, contentType: step.content_type ?? "", content });
  }
  const [side, name] = step.event?.split(/:(.*)/s) ?? [];
  const parameters = step.parameters_json ?? step.parameters;
  const event: Event = { ...given, name: name ?? "", ...(parameters === undefined ? {} : { parameters }) };
  if (side === "before") return webhooks.before(event);
  if (side === "after") return webhooks.after(event, step.results_json ?? step.results ?? []);
  // The side is a method here, so that there is no other.
  throw new EventError("no side");
}

function wrongRequests(scenario: Scenario, configuration: Configuration, responder: Responder): string | undefined {
  const expected = scenario.expect.requests ?? {};
  const stray = responder.requests.find(({ path }) => !(path in expected));
  if (stray) return `nobody expects a request to ${stray.path}`;
  const timeouts = configuration.webhooks.map(({ timeout }) => timeout);
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

function line({ contentType, content, ...rest }: Publication): object {
  const text = content.toString();
  const isText = Buffer.from(text).equals(content);
  return {
    ...rest,
    content_type: contentType,
    ...(isText ? { content: text } : { content_base64: content.toString("base64") }),
  };
}

function milliseconds(duration: string): number {
  const [, number, unit] = /^(\d+)(ms|s)$/.exec(duration) ?? [];
  if (number === undefined) throw new Error(`no duration: ${duration}`);
  return Number(number) * (unit === "s" ? 1000 : 1);
}
