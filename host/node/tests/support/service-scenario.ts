/** Plays a scenario on the service; see `tests/scenarios/README.md` of the repository. */

import { misfit, misfitInAnyOrder } from "./fits.js";
import { nobody, Responder } from "./responder.js";
import { Service } from "./service.js";
import { milliseconds, parametersOf, type Scenario, type Step, wrongRequests } from "./story.js";

interface Outcome {
  event: string;
  webhooks: { outcome: string }[];
}

/** Plays it; what came otherwise than it is told, if anything. */
export async function play(scenario: Scenario): Promise<string | undefined> {
  await using responder = await Responder.start(scenario.answers);
  const empty = await nobody();
  const fill = (text: string) => text.replaceAll("{responder}", responder.origin).replaceAll("{nobody}", empty);
  const { source, catalogue, before_budget: budget } = scenario;
  const variables = JSON.parse(fill(JSON.stringify(scenario.environment ?? {})));
  await using service = await Service.start({
    ...variables,
    SERVO_WEBHOOKS_CONFIG: fill(JSON.stringify(scenario.webhooks)),
    SERVO_WEBHOOKS_BOUND: "loopback",
    ...(source === undefined ? {} : { SERVO_WEBHOOKS_SOURCE: source }),
    ...(catalogue === undefined ? {} : { SERVO_WEBHOOKS_CATALOGUE: JSON.stringify(catalogue) }),
    ...(budget === undefined ? {} : { SERVO_WEBHOOKS_BEFORE_BUDGET: budget }),
  });
  const { status } = await fetch(`${service.origin}/health`);
  const { refused } = scenario.expect;
  if (status === 503) {
    await service.end();
    const problems = service.errors().flatMap(problem);
    const expected = refused?.map(({ path, contains }) => ({ path, message: `~${contains}` }));
    return expected ? misfitInAnyOrder(expected, problems, "refused") : JSON.stringify(problems);
  }
  if (refused) return "the configuration was not refused";
  const outcomes: (Outcome | null)[] = [];
  let deliveries = 0;
  for (const step of scenario.steps) {
    const response = await service.post(line(step));
    const answered = (await response.json()) as Outcome;
    const taken = response.ok || response.status === 503;
    outcomes.push(taken ? answered : null);
    if (!taken || answered.event.startsWith("before:")) continue;
    deliveries += answered.webhooks.filter(({ outcome }) => outcome !== "skipped").length;
    await service.untilLines("delivery", deliveries);
  }
  await service.end();
  const { expect } = scenario;
  return (
    misfit(expect.outcomes, outcomes, "outcomes") ??
    misfit(outcomes.filter(Boolean), service.lines("event"), "lines") ??
    misfitInAnyOrder(expect.deliveries ?? [], service.lines("delivery"), "deliveries") ??
    misfitInAnyOrder(expect.publications ?? [], service.lines("publish"), "publications") ??
    wrongRequests(scenario, scenario.webhooks.map(timeout), responder)
  );
}

/** The event as JSON; what a scenario states as text is passed on as it is. */
function line({ parameters_json, results_json, padding, ...told }: Step): string {
  const parameters = parametersOf({ ...(padding === undefined ? {} : { padding }) });
  const step = parameters === undefined ? told : { ...told, parameters };
  const raw = { parameters: parameters_json, results: results_json };
  const members = Object.entries(raw).flatMap(([key, text]) =>
    text === undefined ? [] : [`${JSON.stringify(key)}:${text}`],
  );
  return JSON.stringify(step).replace(/}$/, `${members.map((member) => `,${member}`).join("")}}`);
}

/** A problem of the configuration, as it stands on standard error. */
function problem(text: string): { path: string; message: string }[] {
  const [, path, message] = /^error: SERVO_WEBHOOKS_CONFIG: (webhooks\S*?): (.*)$/.exec(text) ?? [];
  return path === undefined || message === undefined ? [] : [{ path, message }];
}

function timeout(webhook: unknown): number {
  const { timeout = "5s" } = webhook as { timeout?: string | number };
  // Other spellings stand only where no before event waits.
  return /^\d+m?s$/.test(String(timeout)) ? milliseconds(String(timeout)) : Number.POSITIVE_INFINITY;
}
