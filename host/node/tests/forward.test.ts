/** What has happened is handed over to the real program with a store, which delivers it. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  Configuration,
  ConfigurationError,
  Connector,
  type DeliveryOutcome,
  EventError,
  type Forward,
  type Options,
  Webhooks,
} from "../dist/index.js";
import { Responder } from "./support/responder.js";
import { missing, Served, TOKEN } from "./support/served.js";

const CANCEL = { "Content-Type": "application/vnd.opsani.servo.errors.EventCancelledError+json" };

/** The webhooks of a servo that must not deliver by themselves: neither loopback nor a proxy helps them. */
const OWN = [{ name: "own", events: "*:*", channels: "the_news", url: "http://127.0.0.1:9/", secret: "s" }];

after(async () => (await Connector.builtIn()).close());

async function forwarding(forward: Forward, list: object[] = OWN, options: Options = {}) {
  const configuration = await Configuration.from(list as never, { forward, environment: { TOKEN, WRONG: "other" } });
  const environment = { HTTP_PROXY: "http://127.0.0.1:9" };
  const webhooks = new Webhooks(configuration, { environment, logger: null, ...options });
  const deliveries: DeliveryOutcome[] = [];
  webhooks.on("delivery", (delivery) => deliveries.push(delivery));
  return { webhooks, deliveries };
}

const token = { env: "TOKEN" };
const event = { name: "measure", id: "m-1", parameters: '{"rate": 1.50}' };
const results = '[{"connector": "c", "value": 1e2}]';

describe("what has happened is forwarded", { skip: missing }, () => {
  it("is delivered by serve, while the servo asks by itself", async () => {
    await using responder = await Responder.start({ "/veto": [{ headers: CANCEL, body: '{"reason":"not now"}' }] });
    const at = (path: string) => ({ name: path, url: `${responder.origin}/${path}`, secret: "s3cr3t" });
    const list = [
      { ...at("asked"), events: "before:measure" },
      { ...at("veto"), events: "before:adjust" },
      { ...at("told"), events: "after:*", channels: "the_news" },
    ];
    await using served = await Served.of(list);
    const url = await served.start();
    const options = { allow: ["loopback"], environment: {} };
    const { webhooks, deliveries } = await forwarding({ url, token: { file: served.path("token") } }, list, options);
    const done = await webhooks.dispatch(event, () => ({ value: 1, results }));
    assert.equal(!done.cancelled && done.after.outcome, "accepted");
    assert.equal((await webhooks.dispatch({ name: "adjust" }, () => ({ value: 1 }))).cancelled, true);
    const content = new Uint8Array([0xff, 0]);
    await webhooks.message({ channel: "the_news", contentType: "image/png", content, id: "n-1" });
    await webhooks.idle();
    const found = await served.untilDelivered(2);
    assert.deepEqual(found.map(({ id }) => id).sort(), ["m-1", "n-1"]);
    assert.equal(await webhooks.shutdown(), 0);
    const told = responder.to("/told");
    assert.deepEqual(
      told.map(({ headers }) => headers["x-servo-delivery"]).sort(),
      found.map((one) => one.delivery).sort(),
    );
    const measured = told.find(({ headers }) => headers["x-servo-event"] === "after:measure");
    // Numbers keep their digits all the way.
    assert.match(String(measured?.body), /1e2.*1\.50/);
    const news = told.find(({ headers }) => headers["x-servo-event"] === "channel:the_news");
    assert.deepEqual([...(news?.body ?? [])], [...content]);
    assert.equal(news?.headers["content-type"], "image/png");
    assert.equal(responder.to("/asked").length, 1);
    assert.deepEqual(
      deliveries.map(({ webhook, outcome }) => [webhook, outcome]),
      Array(2).fill(["forward", "delivered"]),
    );
  });

  it("is sent again until serve takes it", async () => {
    const probe = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => probe.once("listening", resolve));
    const { port } = probe.address() as { port: number };
    await new Promise((resolve) => probe.close(resolve));
    const said: string[] = [];
    const logger = { debug() {}, info: (text: string) => said.push(text), warn() {}, error() {} };
    const { webhooks, deliveries } = await forwarding({ url: `http://127.0.0.1:${port}`, token }, OWN, { logger });
    assert.equal((await webhooks.after(event, results)).outcome, "accepted");
    while (!said.some((text) => text.startsWith("retrying"))) await pause(10);
    assert.equal(webhooks.waiting, 1);
    await using responder = await Responder.start();
    const told = { name: "told", events: "after:*", url: `${responder.origin}/told`, secret: "s" };
    await using served = await Served.of([told]);
    await served.start(port);
    await webhooks.idle();
    await served.untilDelivered(1);
    assert.equal(await webhooks.shutdown(), 0);
    assert.equal(responder.to("/told").length, 1);
    const [delivery] = deliveries;
    assert.deepEqual([delivery?.id, delivery?.outcome], ["m-1", "delivered"]);
    assert.ok((delivery?.attempts ?? 0) > 1);
  });

  it("is told of if serve refuses it", async () => {
    await using served = await Served.of([]);
    const { webhooks, deliveries } = await forwarding({ url: await served.start(), token: { env: "WRONG" } });
    await webhooks.after(event, results);
    await webhooks.idle();
    assert.deepEqual(
      deliveries.map(({ outcome, status }) => [outcome, status]),
      [["failed", 401]],
    );
    await webhooks.shutdown();
  });
});

describe("a forward", () => {
  it("counts what is left at the end", async () => {
    const { webhooks, deliveries } = await forwarding({ url: "http://127.0.0.1:9", token });
    for (const id of ["m-1", "m-2", "m-3"]) await webhooks.after({ ...event, id }, results);
    assert.equal(webhooks.waiting, 3);
    assert.equal(await webhooks.shutdown(100), 3);
    assert.deepEqual(
      deliveries.map(({ outcome }) => outcome),
      Array(3).fill("undelivered"),
    );
    assert.equal((await webhooks.after(event, results)).outcome, "rejected");
  });

  it("limits an event before it is wrapped", async () => {
    const { webhooks } = await forwarding({ url: "http://127.0.0.1:9", token }, OWN, { maxEvent: 10 });
    await assert.rejects(webhooks.after({ name: "measure" }, results), EventError);
    await webhooks.shutdown(0);
  });

  it("cannot be moved by a reload", async () => {
    const { webhooks } = await forwarding({ url: "http://127.0.0.1:9", token });
    const never = await Configuration.from(OWN, { environment: {} });
    const load = (url: string) => Configuration.from(OWN, { forward: { url, token }, environment: { TOKEN } });
    const elsewhere = await load("http://127.0.0.1:10");
    assert.throws(() => webhooks.reload(elsewhere), /where events are forwarded/);
    assert.throws(() => webhooks.reload(never), /where events are forwarded/);
    webhooks.reload(await load("http://127.0.0.1:9"));
    await webhooks.shutdown(0);
  });

  for (const [what, forward, why] of [
    ["another scheme", { url: "ftp://localhost" }, /forward\.url: must start with http/],
    ["a path", { url: "http://localhost/hunter2" }, /forward\.url: .*without a path/],
    ["no URL", {}, /forward\.url: must be a URL/],
    ["a token that is not there", { url: "http://localhost", token: { env: "NONE" } }, /forward\.token: .*is not set/],
    ["a token that is written down", { url: "http://localhost", token: "hunter2" }, /forward\.token: must be/],
    ["a token of two lines", { url: "http://localhost", token: { env: "LINES" } }, /forward\.token: has characters/],
  ] as const) {
    it(`is refused with ${what}`, async () => {
      const environment = { LINES: "hunter2\nhunter2" };
      const loading = Configuration.from(OWN, { forward: forward as Forward, environment });
      await assert.rejects(loading, (error: unknown) => {
        assert.ok(error instanceof ConfigurationError);
        assert.match(error.message, why);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    });
  }
});
