/** The lives of breakers, deliveries and questions, as every host lives them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Breaker, type Change, type Probe, type Waited } from "../dist/breaker.js";
import { type Case, HEALTH, live } from "./support/life.js";

const parsed = (path: string) => JSON.parse(readFileSync(new URL(`../../../tests/${path}`, import.meta.url), "utf8"));

/** What this host cannot do, with the reason. */
const { cannot } = parsed("hosts/node.json") as { cannot: Record<string, string> };

const read = (name: string) => {
  const { cases } = parsed(`vectors/${name}.json`);
  assert.ok(cases.length >= 60, `${cases.length} cases`);
  return cases;
};

describe("a life", () => {
  for (const told of read("lifecycle") as Case[]) {
    const skip = cannot[told.name] ?? cannot.lifecycle ?? false;
    it(told.name, { timeout: 20_000, skip }, async () => assert.deepEqual(await live(told), []));
  }
});

describe("a life that is expected otherwise", () => {
  for (const [name, key, wrong] of [
    ["a retry has what is left of the budget", "limit", 1],
    ["an attempt that is retried waits for as long as was drawn", "until", 1],
    ["five that are given up over ten seconds open it, and the sixth waits", "until", 15_001],
    ["what this machine lacked is no attempt, and not the webhook's fault", "by", "a"],
    ["a final answer after a retry fails it", "attempts", 1],
    ["a final answer after a retry fails it", "error", "time_over"],
    ["at the end, what is to be retried is undelivered with its status and error", "status", null],
  ] as const) {
    it(`is found out: ${key} of ${name}`, async () => {
      const told = (read("lifecycle") as Case[]).find((one) => one.name === name);
      const action = told?.steps.flatMap(({ expect }) => expect).findLast((one) => key in one);
      assert.ok(told && action);
      Object.assign(action, { [key]: wrong });
      assert.notDeepEqual(await live(told), []);
    });
  }
});

interface Step {
  at: number;
  happening: "ask" | "result" | "given_back";
  delivery: string;
  waited: "fresh" | "held" | "ending";
  health: string;
  last: boolean;
  probe: string | null;
  expect: { admission?: string; until?: number | null; change?: string | null; open: boolean };
}

const WAITED = { fresh: "not", held: "some", ending: "enough" } as const satisfies Record<string, Waited>;

/** A change as a case states it. */
function stated(change: Change | undefined): object {
  if (!change) return { change: null };
  const { state, ...rest } = change;
  return { change: state === "open" ? "opened" : state, ...rest };
}

describe("a breaker", () => {
  for (const { name, settings, steps } of read("breaker") as { name: string; settings: never; steps: Step[] }[]) {
    it(name, { skip: cannot[name] ?? cannot.breaker ?? false }, () => {
      const breaker = new Breaker();
      const probes = new Map<string | null, Probe>();
      for (const { at, happening, expect, delivery, waited, health, last, probe } of steps) {
        let found = {};
        if (happening === "ask") {
          const admission = breaker.admit(at, WAITED[waited]);
          if (admission.kind === "probe") probes.set(delivery, admission.probe);
          found =
            admission.kind === "held"
              ? { admission: "held", until: admission.until ?? null }
              : { admission: admission.probe?.extra ? "extra_probe" : admission.kind };
        } else if (happening === "given_back") {
          breaker.release(probes.get(probe));
        } else {
          found = stated(breaker.note(settings, at, HEALTH[health] ?? "none", probes.get(probe), last));
        }
        // What has not waited takes nothing from it.
        const open = breaker.admit(at, "not").kind === "held";
        assert.deepEqual({ ...found, open }, expect, `at ${at}`);
      }
    });
  }
});
