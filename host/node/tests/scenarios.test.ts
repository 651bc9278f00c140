/** The scenarios that every host tells in the same way. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { play } from "./support/scenario.js";
import type { Scenario } from "./support/story.js";
import { tellAll } from "./support/telling.js";

tellAll({ host: "node", play, concurrency: 16, timeout: 60_000 });

describe("a scenario that tells something else", () => {
  const url = "{responder}/store";
  const told: Scenario = {
    name: "told",
    why: "",
    webhooks: [{ name: "store", events: "after:measure", url, secret: "s", response_channel: "news" }],
    steps: [{ event: "after:measure", id: "1" }],
    answers: { "/store": [{ headers: { "Content-Type": "text/plain" }, body: "hello" }] },
    expect: {
      requests: { "/store": [{ signed_with: "s", version: "1.1", absent: ["X-Servo-Trigger"] }] },
      outcomes: [{ outcome: "accepted" }],
      deliveries: [{ outcome: "delivered" }],
      publications: [{ channel: "news", content: "hello" }],
    },
  };

  it("is told rightly at first", async () => assert.equal(await play(told), undefined));

  for (const [what, expect] of Object.entries({
    "another signature": { requests: { "/store": [{ signed_with: "t" }] } },
    "another body": { requests: { "/store": [{ body: "{}" }] } },
    "another header": { requests: { "/store": [{ headers: { "X-Servo-Event": "before:measure" } }] } },
    "a header that is there": { requests: { "/store": [{ absent: ["X-Servo-Event"] }] } },
    "another version": { requests: { "/store": [{ version: "2" }] } },
    "a further request": { requests: { "/store": [{}, {}] } },
    "no request": { requests: {} },
    "another outcome": { outcomes: [{ outcome: "rejected" }] },
    "no delivery": { deliveries: [] },
    "another publication": { publications: [{ channel: "news", content: "bye" }] },
    "a refusal": { refused: [{ path: "webhooks", contains: "" }] },
  })) {
    it(`is found out: ${what}`, async () => {
      assert.notEqual(await play({ ...told, expect: { ...told.expect, ...expect } }), undefined);
    });
  }
});
