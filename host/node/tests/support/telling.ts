/** The scenarios that every host tells in the same way, for whoever plays them. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Scenario } from "./story.js";

const folder = new URL("../../../../tests/scenarios/", import.meta.url);

/** How a host tells them. */
export interface Teller {
  /** The name of its file in `tests/hosts`, which says what it cannot do, and why. */
  host: string;
  /** What was told otherwise; undefined if nothing was. */
  play: (scenario: Scenario) => Promise<string | undefined>;
  /** How many at a time. */
  concurrency: number;
  /** Milliseconds of one. */
  timeout: number;
}

/** Makes a test of each scenario. */
export function tellAll({ host, play, concurrency, timeout }: Teller): void {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  assert.ok(files.length > 0, "there are no scenarios");
  const { cannot } = JSON.parse(readFileSync(new URL(`../hosts/${host}.json`, folder), "utf8")) as {
    cannot: Record<string, string>;
  };
  const unable = (file: string, { name, needs = [] }: Scenario): string | false => {
    const reasons = [file.replace(/\.json$/, ""), name, ...needs].map((key) => cannot[key]);
    return reasons.find((reason) => reason !== undefined) ?? false;
  };
  for (const file of files) {
    const { scenarios } = JSON.parse(readFileSync(new URL(file, folder), "utf8")) as { scenarios: Scenario[] };
    describe(`scenarios of ${file}`, { concurrency }, () => {
      for (const scenario of scenarios) {
        it(scenario.name, { timeout, skip: unable(file, scenario) }, async () => {
          assert.equal(await play(scenario), undefined, scenario.why);
        });
      }
    });
  }
}
