/** The scenarios that every host tells in the same way. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { play, type Scenario } from "./support/scenario.js";

const folder = new URL("../../../tests/scenarios/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

assert.ok(files.length > 0, "there are no scenarios");

for (const file of files) {
  const { scenarios } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { scenarios: Scenario[] };
  describe(`scenarios of ${file}`, { concurrency: 16 }, () => {
    for (const scenario of scenarios) {
      it(scenario.name, { timeout: 60_000 }, async () => {
        assert.equal(await play(scenario), undefined, scenario.why);
      });
    }
  });
}
