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
  Webhooks,
} from "../../dist/index.js";
import { misfit, misfitInAnyOrder } from "./fits.js";
import { nobody, Responder } from "./responder.js";
import { milliseconds, parametersOf, type Scenario, type Step, wrongRequests } from "./story.js";

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
    await webhooks.idle();
  }
  await webhooks.shutdown();
  const { expect } = scenario;
  return (
    misfit(expect.outcomes, outcomes, "outcomes") ??
    misfitInAnyOrder(expect.deliveries ?? [], deliveries, "deliveries") ??
    misfitInAnyOrder(expect.publications ?? [], publications, "publications") ??
    wrongRequests(
      scenario,
      configuration.webhooks.map(({ timeout }) => timeout),
      responder,
    )
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
  const parameters = parametersOf(step);
  const event: Event = { ...given, name: name ?? "", ...(parameters === undefined ? {} : { parameters }) };
  if (side === "before") return webhooks.before(event);
  if (side === "after") return webhooks.after(event, step.results_json ?? step.results ?? []);
  // The side is a method here, so that there is no other.
  throw new EventError("no side");
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
