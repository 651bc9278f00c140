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
import { dripping, type Replies, Responder } from "./support/responder.js";

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
      await webhooks.shutdown(0);
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
      /^retries gave no answer: (answered 503|no answer within \d+ ms); no time left in the event's budget/,
    );
  });

  it("an answer that proceeds is published without holding up the event", async () => {
    await using it = await servo({ "/": [{ headers: { "Content-Type": "text/plain" }, body: "hello" }] }, [
      { name: "a", events: "before:adjust", url: "/", response_channel: "news" },
    ]);
    const published: unknown[] = [];
    it.webhooks.on("publication", ({ channel, content }) => published.push([channel, String(content)]));
    assert.equal((await it.webhooks.before({ name: "adjust" })).outcome, "proceed");
    await it.webhooks.idle();
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
    await it.webhooks.idle();
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
    await it.webhooks.idle();
    assert.equal(it.responder.requests.length, 1);
  });

  it("keeps its value if the webhooks after it cannot be told", async () => {
    await using it = await servo({}, [{ events: "after:adjust", url: "/" }], { maxEvent: 100 });
    const results = [{ connector: "p", value: "x".repeat(200) }];
    const done = await it.webhooks.dispatch({ name: "adjust" }, () => ({ value: 7, results }));
    assert.ok(!done.cancelled && done.value === 7 && done.after.outcome === "rejected");
    await assert.rejects(it.webhooks.after({ name: "adjust" }, results), EventError);
  });

  it("is asked and told about whatever its values are", async () => {
    await using it = await servo({ "/": [{}, {}, { headers: CANCEL }] }, [
      { events: ["before:adjust", "after:adjust"], url: "/" },
    ]);
    const throwing = { toJSON: () => JSON.parse("no JSON") };
    const event = { name: "adjust", parameters: { a: throwing } };
    const done = await it.webhooks.dispatch(event, () => ({
      value: 7,
      results: [{ connector: "p", value: throwing }],
    }));
    assert.ok(!done.cancelled && done.value === 7 && done.after.outcome === "accepted");
    await it.webhooks.idle();
    const vetoed = await it.webhooks.before({ name: "adjust", parameters: throwing });
    assert.equal(vetoed.outcome, "cancelled");
    const [asked, told, again] = it.responder.requests.map(({ body }) => JSON.parse(String(body)));
    assert.deepEqual([asked.parameters, told.parameters, again.parameters], [{ a: null }, { a: null }, {}]);
    assert.deepEqual(told.results, [{ connector: "p", value: null }]);
  });

  it("is told to the logger where a value was none", async () => {
    const warnings: string[] = [];
    const logger = { debug() {}, info() {}, warn: (message: string) => warnings.push(message), error() {} };
    await using it = await servo({}, [{ events: "after:adjust", url: "/" }], { logger });
    await it.webhooks.after({ name: "adjust", parameters: { a: Number.NaN } }, [
      { connector: "p", value: new Error("no") },
    ]);
    await it.webhooks.idle();
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
    assert.equal(await it.webhooks.shutdown(0), 2);
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

  it("that come after the end are rejected, and questions settled by rule, both as closed", async () => {
    await using it = await servo({}, [{ name: "a", events: ["before:a", "after:a"], url: "/", on_error: "cancel" }]);
    assert.equal(await it.webhooks.shutdown(), 0);
    const { outcome, webhooks } = await it.webhooks.after({ name: "a" });
    assert.equal(outcome, "rejected");
    assert.deepEqual([webhooks[0]?.outcome, webhooks[0]?.error?.slice(0, 7)], ["rejected", "closed:"]);
    const before = await it.webhooks.before({ name: "a" });
    assert.equal(before.webhooks[0]?.outcome, "no_answer");
    assert.match(before.reason ?? "", /closed: /);
    assert.deepEqual([it.deliveries.length, it.responder.requests.length], [0, 0]);
    await assert.rejects(it.webhooks.shutdown(Number.NaN), TypeError);
  });

  it("that are accepted while it ends are reported, each once, and as many as are told", async () => {
    await using it = await servo({ "/": [{ delay_ms: 20 }] }, [{ name: "a", events: "after:a", url: "/" }], {
      connections: 2,
    });
    const accepted: string[] = [];
    const told = async () => {
      const { id, outcome } = await it.webhooks.after({ name: "a" });
      if (outcome === "accepted") accepted.push(id);
    };
    const before = Array.from({ length: 200 }, told);
    await it.webhooks.after({ name: "a" });
    const drained = it.webhooks.shutdown(100);
    const meanwhile = Array.from({ length: 200 }, told);
    const left = await drained;
    await Promise.all([...before, ...meanwhile]);
    const reported = it.deliveries.map(({ id }) => id);
    assert.equal(new Set(reported).size, reported.length);
    assert.ok(accepted.every((id) => reported.includes(id)));
    assert.equal(it.deliveries.filter(({ outcome }) => outcome === "undelivered").length, left);
  });

  it("that got through are delivered, though the end comes while their answer is read", async () => {
    const raw = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n";
    await using slow = await dripping(raw);
    await using it = await servo({}, [
      { name: "a", events: "after:a", url: `${slow.origin}/`, response_channel: "news", timeout: "50s" },
    ]);
    await it.webhooks.after({ name: "a" });
    await slow.answered;
    assert.equal(await it.webhooks.shutdown(200), 0);
    assert.deepEqual(
      it.deliveries.map(({ outcome }) => outcome),
      ["delivered"],
    );
  });

  it("wait for a question that is being asked, when it ends", async () => {
    await using it = await servo({ "/": [{ headers: CANCEL, delay_ms: 300 }] }, [{ events: "before:a", url: "/" }]);
    const asked = it.webhooks.before({ name: "a" });
    await it.responder.until(() => it.responder.requests.length === 1);
    await it.webhooks.shutdown();
    assert.equal((await asked).outcome, "cancelled");
  });

  it("are settled whatever a listener, or the logger, does", async () => {
    const throws = () => {
      throw new Error("its own");
    };
    const logger = { debug: throws, info: throws, warn: throws, error: async () => throws() };
    await using it = await servo(
      {},
      [
        { events: "after:adjust", url: "/" },
        { events: "after:adjust", url: "/none" },
      ],
      {
        logger,
      },
    );
    it.webhooks.prependListener("delivery", throws);
    it.webhooks.prependListener("delivery", async () => throws());
    const once: string[] = [];
    it.webhooks.once("delivery", ({ outcome }) => once.push(outcome));
    await it.webhooks.after({ name: "adjust" });
    await it.webhooks.idle();
    assert.equal(it.webhooks.waiting, 0);
    assert.equal(it.deliveries.length, 2, "those behind one that throws are told");
    assert.equal(once.length, 1);
  });

  it("share a bound on what is in flight at an endpoint", async () => {
    await using it = await servo({ "/": [{ delay_ms: 50 }] }, [{ events: "after:adjust", url: "/" }], {
      connections: 3,
    });
    for (let nth = 0; nth < 20; nth += 1) await it.webhooks.after({ name: "adjust" });
    await it.webhooks.shutdown();
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
    await it.webhooks.idle();
    const [first, second] = it.responder.requests;
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1000);
  });

  it("to one that keeps failing wait for its breaker, and questions do not", async () => {
    const down = Array(6).fill({ status: 500 });
    await using it = await servo(
      { "/": [...down, { headers: CANCEL }, {}] },
      [{ name: "a", events: ["before:describe", "after:adjust"], url: "/", backoff: false }],
      { breakerAfter: 0, breakerHold: 60_000 },
    );
    const states: string[] = [];
    it.webhooks.on("breaker", ({ state }) => states.push(state));
    for (let nth = 0; nth < 5; nth += 1) {
      await it.webhooks.after({ name: "adjust" });
      await it.webhooks.idle();
    }
    assert.deepEqual(states, ["open"]);
    const { outcome, webhooks } = await it.webhooks.after({ name: "adjust" });
    assert.deepEqual([outcome, webhooks[0]?.outcome], ["accepted", "accepted"]);
    // Asked, and unanswered: that changes nothing.
    assert.equal((await it.webhooks.before({ name: "describe" })).webhooks[0]?.outcome, "no_answer");
    assert.deepEqual([states, it.responder.requests.length, it.webhooks.waiting], [["open"], 6, 1]);
    // Asked, and answered: it is back.
    assert.equal((await it.webhooks.before({ name: "describe" })).outcome, "cancelled");
    await it.webhooks.idle();
    assert.deepEqual([states, it.responder.requests.length], [["open", "closed"], 8]);
    assert.equal(it.deliveries.at(-1)?.outcome, "delivered");
  });

  it("that a breaker holds go out before their time ends", async () => {
    const replies: Replies = { "/": [{ status: 500 }] };
    await using it = await servo(
      replies,
      [{ name: "a", events: "after:adjust", url: "/", backoff: { max_tries: 2, max_time: "600ms" } }],
      { breakerAfter: 0, breakerHold: 60_000, connections: 1 },
    );
    const states: string[] = [];
    it.webhooks.on("breaker", ({ state }) => states.push(state));
    while (!states.includes("open")) {
      await it.webhooks.after({ name: "adjust" });
      await it.webhooks.idle();
    }
    replies["/"] = [{}];
    const failed = it.deliveries.length;
    for (let nth = 0; nth < 5; nth += 1) await it.webhooks.after({ name: "adjust" });
    await it.webhooks.idle();
    assert.deepEqual(
      it.deliveries.slice(failed).map(({ outcome }) => outcome),
      Array(5).fill("delivered"),
    );
    // The probe of a delivery whose time ends is told to nobody.
    assert.deepEqual(states, ["open", "closed"]);
  });
});

describe("a configuration", () => {
  it("is replaced as a whole: what was accepted finishes as it was accepted", async () => {
    await using it = await servo({ "/old": [{ status: 410 }] }, [{ name: "a", events: "after:adjust", url: "/old" }]);
    await it.webhooks.after({ name: "adjust" });
    await it.webhooks.idle();
    assert.equal((await it.webhooks.after({ name: "adjust" })).webhooks[0]?.outcome, "switched_off");
    const url = `${it.responder.origin}/new`;
    it.webhooks.reload(await Configuration.from([{ name: "b", events: "after:adjust", url, secret: "new" }]));
    assert.equal((await it.webhooks.after({ name: "adjust" })).webhooks[0]?.name, "b");
    await it.webhooks.idle();
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
      { connections: 0 },
      { connections: 1.5 },
      { beforeBudget: Number.POSITIVE_INFINITY },
      { beforeBudget: 0 },
      { maxWaitingBytes: Number.POSITIVE_INFINITY },
      { breakerHold: Number.POSITIVE_INFINITY },
      { beforeBudgets: 1 } as Options,
    ]) {
      assert.throws(() => new Webhooks(configuration, options), new RegExp(Object.keys(options)[0] ?? ""));
    }
    assert.throws(() => new Webhooks(configuration, { allow: ["a b"] }), TypeError);
    assert.throws(() => new Webhooks(configuration, { caFile: "/nonexistent.pem" }), /CA file/);
    const environment = { SERVO_WEBHOOKS_ALLOW: "*" };
    assert.throws(() => new Webhooks(configuration, { environment }), TypeError);
  });
});
