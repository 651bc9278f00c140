/** The hooks of a servo against a real responder. */

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import {
  Configuration,
  type ConfigurationError,
  Connector,
  type DeliveryOutcome,
  EventError,
  type Options,
  type WebhookInput,
  Webhooks,
} from "../dist/index.js";
import { type Replies, Responder } from "./support/responder.js";

const CANCEL = { "Content-Type": "application/vnd.opsani.servo.errors.EventCancelledError+json" };

after(async () => (await Connector.builtIn()).close());

/** A responder, and webhooks whose URLs are paths of it. */
async function servo(replies: Replies, list: Partial<WebhookInput>[], options: Options = {}) {
  const responder = await Responder.start(replies);
  const at = (path: unknown) => (String(path).startsWith("/") ? responder.origin + path : String(path));
  const full = list.map((webhook) => ({ secret: "s3cr3t", ...webhook, url: at(webhook.url) }));
  const webhooks = new Webhooks(await Configuration.from(full), {
    allow: ["loopback"],
    environment: {},
    logger: null,
    ...options,
  });
  const deliveries: DeliveryOutcome[] = [];
  webhooks.on("delivery", (delivery) => deliveries.push(delivery));
  return {
    responder,
    webhooks,
    deliveries,
    async [Symbol.asyncDispose]() {
      await webhooks.drain(0);
      await responder[Symbol.asyncDispose]();
    },
  };
}

describe("before an event", () => {
  it("the first cancel decides, and the others are aborted", async () => {
    await using it = await servo(
      { "/cancels": [{ headers: CANCEL, body: '{"reason":"not now"}' }], "/hangs": [{ hang: true }] },
      [
        { name: "hangs", events: "before:adjust", url: "/hangs", timeout: "50s" },
        { name: "cancels", events: "before:adjust", url: "/cancels" },
      ],
    );
    const asked = it.webhooks.before({ name: "adjust" });
    const outcome = await asked;
    assert.deepEqual([outcome.outcome, outcome.reason], ["cancelled", "not now"]);
    assert.deepEqual(
      outcome.webhooks.map((webhook) => webhook.outcome),
      ["not_awaited", "cancelled"],
    );
    // The connection of the one that hangs is closed before its timeout.
    await it.responder.untilConnections(1);
  });

  it("one budget bounds all, retries included", async () => {
    await using it = await servo(
      { "/": [{ status: 503 }], "/hangs": [{ hang: true }] },
      [
        {
          name: "retries",
          events: "before:adjust",
          url: "/",
          backoff: { max_tries: 100, max_time: "1h" },
          on_error: "cancel",
        },
        { name: "hangs", events: "before:adjust", url: "/hangs", timeout: "1h" },
      ],
      { beforeBudget: 400 },
    );
    const began = performance.now();
    const { outcome, reason } = await it.webhooks.before({ name: "adjust" });
    assert.ok(performance.now() - began < 3000);
    assert.equal(outcome, "cancelled");
    // The last attempt may begin when hardly any time is left for its answer.
    assert.match(
      reason ?? "",
      /^retries gave no answer: (answered 503|no answer within \d+ ms); no time is left in the event's budget/,
    );
  });

  it("an answer that proceeds is published without holding up the event", async () => {
    await using it = await servo({ "/": [{ headers: { "Content-Type": "text/plain" }, body: "hello" }] }, [
      { name: "a", events: "before:adjust", url: "/", response_channel: "news" },
    ]);
    const published: unknown[] = [];
    it.webhooks.on("publication", ({ channel, content }) => published.push([channel, String(content)]));
    assert.equal((await it.webhooks.before({ name: "adjust" })).outcome, "proceed");
    await it.webhooks.settled();
    assert.deepEqual(published, [["news", "hello"]]);
  });
});

describe("an event as a whole", () => {
  it("is worked on between its webhooks, under one id", async () => {
    await using it = await servo({}, [{ events: ["before:adjust", "after:adjust"], url: "/" }]);
    const done = await it.webhooks.dispatch({ name: "adjust", parameters: { n: 2n ** 70n } }, async () => {
      assert.equal(it.responder.requests.length, 1);
      return { value: "adjusted", results: [{ connector: "k8s", json: "1.0" }] };
    });
    await it.webhooks.settled();
    assert.ok(!done.cancelled && done.value === "adjusted");
    const [before, afterwards] = it.responder.requests.map(({ body }) => String(body));
    assert.match(before ?? "", /"results":null.*"parameters":\{"n":1180591620717411303424\}/);
    assert.match(afterwards ?? "", /"results":\[\{"connector":"k8s","value":1\.0\}\]/);
    assert.ok(afterwards?.includes(`"id":"${done.before.id}"`));
  });

  it("is not begun when it is cancelled, and nobody is told after it", async () => {
    await using it = await servo({ "/": [{ headers: CANCEL }] }, [
      { events: ["before:adjust", "after:adjust"], url: "/" },
    ]);
    const done = await it.webhooks.dispatch({ name: "adjust" }, () => assert.fail("it was begun"));
    assert.ok(done.cancelled);
    await it.webhooks.settled();
    assert.equal(it.responder.requests.length, 1);
  });

  it("keeps its value if the webhooks after it cannot be told", async () => {
    await using it = await servo({}, [{ events: "after:adjust", url: "/" }], { maxEvent: 100 });
    const results = [{ connector: "p", value: "x".repeat(200) }];
    const done = await it.webhooks.dispatch({ name: "adjust" }, () => ({ value: 7, results }));
    assert.ok(!done.cancelled && done.value === 7 && done.after.outcome === "rejected");
    await assert.rejects(it.webhooks.after({ name: "adjust" }, results), EventError);
  });

  it("is told to the logger where a value was none", async () => {
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
    await using it = await servo({}, [{ events: "after:adjust", url: "/" }], { logger });
    await it.webhooks.after({ name: "adjust", parameters: { a: Number.NaN } }, [
      { connector: "p", value: new Error("no") },
    ]);
    await it.webhooks.settled();
    assert.match(String(it.responder.requests[0]?.body), /"value":\{"error":"Error","message":"no"\}.*"a":null/);
    assert.equal(warnings.length, 2);
  });
});

describe("deliveries", () => {
  it("that do not fit are rejected loudly, and an endpoint that hangs leaves the others their part", async () => {
    await using works = await Responder.start();
    await using it = await servo(
      { "/hangs": [{ hang: true }] },
      [
        { name: "hangs", events: "after:adjust", url: "/hangs", timeout: "50s" },
        { name: "works", events: "after:adjust", url: `${works.origin}/` },
      ],
      { maxWaiting: 4, connections: 1 },
    );
    const outcomes: string[][] = [];
    for (let nth = 0; nth < 4; nth += 1) {
      const { webhooks } = await it.webhooks.after({ name: "adjust" });
      outcomes.push(webhooks.map(({ outcome }) => outcome));
      await works.until(() => works.requests.length > nth);
      while (it.webhooks.waiting > 2) await new Promise((resolve) => setImmediate(resolve));
    }
    const [fits, full] = [
      ["accepted", "accepted"],
      ["rejected", "accepted"],
    ];
    assert.deepEqual(outcomes, [fits, fits, full, full]);
    assert.equal(await it.webhooks.drain(0), 2);
    const undelivered = it.deliveries.filter(({ outcome }) => outcome === "undelivered");
    assert.deepEqual(
      undelivered.map(({ webhook, attempts }) => [webhook, attempts]),
      [
        ["hangs", 1],
        ["hangs", 0],
      ],
    );
    assert.equal(it.webhooks.waiting, 0);
  });

  it("that come after the end are undelivered", async () => {
    await using it = await servo({}, [{ name: "a", events: ["before:a", "after:a"], url: "/", on_error: "cancel" }]);
    assert.equal(await it.webhooks.drain(), 0);
    await it.webhooks.after({ name: "a" });
    assert.deepEqual(
      it.deliveries.map(({ outcome }) => outcome),
      ["undelivered"],
    );
    assert.match((await it.webhooks.before({ name: "a" })).reason ?? "", /drained/);
  });

  it("are settled whatever a listener does", async () => {
    await using it = await servo({}, [{ events: "after:adjust", url: "/" }]);
    it.webhooks.prependListener("delivery", () => {
      throw new Error("a listener's own");
    });
    await it.webhooks.after({ name: "adjust" });
    await it.webhooks.settled();
    assert.equal(it.webhooks.waiting, 0);
  });

  it("share a bound on what is in flight at an endpoint", async () => {
    await using it = await servo({ "/": [{ delay_ms: 50 }] }, [{ events: "after:adjust", url: "/" }], {
      connections: 3,
    });
    for (let nth = 0; nth < 20; nth += 1) await it.webhooks.after({ name: "adjust" });
    await it.webhooks.drain();
    assert.equal(it.responder.requests.length, 20);
    assert.ok(it.responder.most <= 3, `${it.responder.most} connections`);
    assert.deepEqual(
      it.deliveries.map(({ outcome }) => outcome),
      Array(20).fill("delivered"),
    );
  });

  it("wait for as long as Retry-After says, never less", async () => {
    await using it = await servo({ "/": [{ status: 503, headers: { "Retry-After": "1" } }, {}] }, [
      { events: "after:adjust", url: "/", backoff: { max_tries: 2, max_time: "20s" } },
    ]);
    await it.webhooks.after({ name: "adjust" });
    await it.webhooks.settled();
    const [first, second] = it.responder.requests;
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1000);
  });

  it("to one that keeps failing are held by its breaker until a probe is answered", async () => {
    const down = Array(6).fill({ status: 500 });
    await using it = await servo(
      { "/": [...down, {}] },
      [{ name: "a", events: ["before:describe", "after:adjust"], url: "/", backoff: false }],
      { breakerAfter: 0, breakerHold: 300 },
    );
    const states: string[] = [];
    it.webhooks.on("breaker", ({ state }) => states.push(state));
    for (let nth = 0; nth < 5; nth += 1) {
      await it.webhooks.after({ name: "adjust" });
      await it.webhooks.settled();
    }
    assert.deepEqual(states, ["open"]);
    const { webhooks } = await it.webhooks.before({ name: "describe" });
    assert.equal(webhooks[0]?.outcome, "switched_off");
    assert.equal(it.responder.requests.length, 5);
    // A probe that fails, and one that is answered: each is the next event that comes.
    while (states.at(-1) !== "closed") {
      await it.webhooks.before({ name: "describe" });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.deepEqual(states, ["open", "half_open", "open", "half_open", "closed"]);
    assert.equal(it.responder.requests.length, 7);
  });
});

describe("a configuration", () => {
  it("is replaced as a whole: what was accepted finishes as it was accepted", async () => {
    await using it = await servo({ "/old": [{ status: 410 }] }, [{ name: "a", events: "after:adjust", url: "/old" }]);
    await it.webhooks.after({ name: "adjust" });
    await it.webhooks.settled();
    assert.equal((await it.webhooks.after({ name: "adjust" })).webhooks[0]?.outcome, "switched_off");
    const url = `${it.responder.origin}/new`;
    it.webhooks.reload(await Configuration.from([{ name: "b", events: "after:adjust", url, secret: "new" }]));
    assert.equal((await it.webhooks.after({ name: "adjust" })).webhooks[0]?.name, "b");
    await it.webhooks.settled();
    assert.deepEqual(
      it.responder.requests.map(({ path }) => path),
      ["/old", "/new"],
    );
  });

  it("with an unusable secret is refused before an event finds it", async () => {
    const list = [{ events: "after:adjust", url: "https://example.com/", secret: "plain", signatures: "standard" }];
    await assert.rejects(Configuration.from(list), (error: ConfigurationError) => {
      assert.ok(error.problems.some(({ path }) => path.startsWith("webhooks[0].secret")));
      return !error.message.includes("plain");
    });
  });
});

describe("options", () => {
  it("are refused by name where they cannot be", async () => {
    const configuration = await Configuration.from([]);
    for (const options of [
      { beforeBudget: -1 },
      { maxWaiting: 0 },
      { maxEvent: 17 << 20 },
      { connections: Number.NaN },
    ]) {
      assert.throws(() => new Webhooks(configuration, options), new RegExp(Object.keys(options)[0] ?? ""));
    }
    assert.throws(() => new Webhooks(configuration, { allow: ["a b"] }), TypeError);
    assert.throws(() => new Webhooks(configuration, { caFile: "/nonexistent.pem" }), /CA file/);
    const environment = { SERVO_WEBHOOKS_ALLOW: "*" };
    assert.throws(() => new Webhooks(configuration, { environment }), TypeError);
  });
});
