/** The scenarios that every host tells in the same way, told by the service in an engine of WASI. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { play } from "../support/service-scenario.js";
import type { Scenario } from "../support/story.js";

const folder = new URL("../../../../tests/scenarios/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

assert.ok(files.length > 0, "there are no scenarios");

/** What the service cannot do, with the reason. */
const { cannot } = JSON.parse(readFileSync(new URL("../hosts/service.json", folder), "utf8")) as {
  cannot: Record<string, string>;
};

/** Why a scenario is left out, if it is. */
function unable(file: string, { name, needs = [] }: Scenario): string | false {
  const reasons = [file.replace(/\.json$/, ""), name, ...needs].map((key) => cannot[key]);
  return reasons.find((reason) => reason !== undefined) ?? false;
}

for (const file of files) {
  const { scenarios } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { scenarios: Scenario[] };
  // Each has an engine of its own, which takes a processor to start and then waits for the most part.
  describe(`scenarios of ${file}`, { concurrency: 3 * availableParallelism() }, () => {
    for (const scenario of scenarios) {
      it(scenario.name, { timeout: 120_000, skip: unable(file, scenario) }, async () => {
        assert.equal(await play(scenario), undefined, scenario.why);
      });
    }
  });
}
