/** What a guest may not return: each fault fails its own call and is settled by rule. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { Guest } from "../dist/connector/guest.js";
import { Connector as Built, Configuration, type Connector, Webhooks } from "../dist/index.js";
import { instantiate } from "../generated/connector.js";
import { Responder } from "./support/responder.js";

const module = new WebAssembly.Module(readFileSync(new URL("../generated/connector.core.wasm", import.meta.url)));

// biome-ignore lint/suspicious/noExplicitAny: a guest that lies has no types
type Lie = (value: any) => unknown;

/** A connector from elsewhere that changes what one function returns. */
function liar(name: string, lie: Lie): Connector {
  const guest = new Guest(() => instantiate(() => module, {})["servo:webhooks/connector@0.1.0"], 1000);
  const caller = {
    async call(called: string, args: never) {
      const reply = guest.run(called as never, args);
      return called === name && "value" in reply ? { value: lie(reply.value) } : reply;
    },
    close: async () => {},
  };
  const construct = Built as unknown as new (callers: object, isBuiltIn: boolean) => Connector;
  return new construct({ signer: caller, rest: caller, expressions: caller }, false);
}

after(async () => (await Built.builtIn()).close());

const with1 = (change: object) => (found: { webhooks: object[] }) => ({
  ...found,
  webhooks: found.webhooks.map((webhook) => ({ ...webhook, ...change })),
});

describe("a guest that returns", () => {
  for (const [what, lie, says] of [
    ["the handle of another webhook", with1({ secrets: [1] }), /handle of another webhook/],
    ["a handle that was never given", with1({ secrets: [7] }), /handle of another webhook/],
    ["another target", with1({ url: { tag: "text", val: "https://evil.example/" } }), /a url that the configuration/],
    [
      "a part of the target",
      with1({ url: { tag: "text", val: "https://example.com" } }),
      /a url that the configuration/,
    ],
    ["no time at all", with1({ timeout: 0n }), /a timeout of 0 ns/],
    ["centuries", with1({ timeout: 2n ** 63n }), /a timeout of/],
    ["a webhook that is never tried", with1({ after: { maxTries: 0, maxTime: 1n, policy: "" } }), /never tried/],
    ["a setting from the future", with1({ settings: [{ name: "quorum", value: "", path: "/0/quorum" }] }), /quorum/],
    [
      "a header of the transport",
      with1({ headers: [{ name: "Host", value: { tag: "text", val: "x" } }] }),
      /Host is reserved/,
    ],
  ] as [string, Lie, RegExp][]) {
    it(`${what} in a configuration is refused`, async () => {
      const webhook = { events: "after:measure", url: "https://example.com/path", secret: "s" };
      const read = Configuration.from([webhook, { ...webhook, secret: "t" }], { connector: liar("parseConfig", lie) });
      await assert.rejects(read, says);
    });
  }

  const retry = (atLeast: bigint, atMost: bigint) => ({ verdict: { tag: "retry", val: { atLeast, atMost } } });
  const request =
    (change: object): Lie =>
    ({ val }) => ({ tag: "send", val: { ...val, ...change } });
  const text = "x".repeat(5 << 20);
  for (const [what, name, lie, says] of [
    ["a header that it has no right to", "sign", () => [{ name: "Host", value: "x" }], /no right to/],
    ["a header over two lines", "sign", () => [{ name: "webhook-id", value: "a\r\nX: y" }], /cannot have/],
    ["a hundred headers", "sign", () => Array(100).fill({ name: "webhook-id", value: "1" }), /100 headers/],
    ["a content type over two lines", "render", request({ contentType: "a/b\r\nX: y" }), /content type/],
    ["an event without a body", "render", request({ body: undefined }), /without a body/],
    ["a body of megabytes", "render", request({ body: text }), /a body of 5242880 characters/],
    [
      "a signature of the format",
      "render",
      request({ headers: [{ name: "X-Servo-Signature", value: "" }] }),
      /no right/,
    ],
    ["a wait that ends before it begins", "judge", () => retry(2n, 1n), /a wait of 2 to 1 ns/],
    ["a wait of centuries", "judge", () => retry(0n, 2n ** 63n), /a wait of/],
    ["an index that is not there", "select", () => [3], /an index that is not there/],
    ["indices the wrong way round", "select", () => [0, 0], /not ascending/],
  ] as [string, string, Lie, RegExp][]) {
    it(`${what} fails that webhook, before an event by its on_error`, async () => {
      await using responder = await Responder.start({ "/": [{ status: 418 }] });
      const url = `${responder.origin}/`;
      const list = [{ events: ["before:adjust", "after:adjust"], url, secret: "s", on_error: "cancel" }];
      // Signing is tried when a configuration is read: this one lies from its second call on.
      let calls = 0;
      const connector = liar(name, (value) => (name === "sign" && calls++ === 0 ? value : lie(value)));
      const webhooks = new Webhooks(await Configuration.from(list, { connector }), {
        allow: ["loopback"],
        environment: {},
        logger: null,
      });
      const { outcome, reason } = await webhooks.before({ name: "adjust" });
      assert.equal(outcome, "cancelled");
      assert.match(reason ?? "", says);
      const failed: (string | null)[] = [];
      webhooks.on("delivery", ({ outcome, error }) => failed.push(outcome === "failed" ? error : outcome));
      await webhooks.after({ name: "adjust" });
      await webhooks.shutdown();
      assert.match(failed.join(), says);
    });
  }

  it("a cancel after an event does not cancel it", async () => {
    await using responder = await Responder.start();
    const url = `${responder.origin}/`;
    const cancel = (): object => ({ verdict: { tag: "cancel", val: "x" }, readBody: false, publish: false });
    const configuration = await Configuration.from([{ events: "after:adjust", url, secret: "s" }], {
      connector: liar("judge", cancel),
    });
    const webhooks = new Webhooks(configuration, { allow: ["loopback"], environment: {}, logger: null });
    const errors: (string | null)[] = [];
    webhooks.on("delivery", ({ error }) => errors.push(error));
    await webhooks.after({ name: "adjust" });
    await webhooks.shutdown();
    assert.match(errors.join(), /a cancel after the event/);
  });

  it("a warning beside what is sent has it logged, without the letters that forge a line", async () => {
    await using responder = await Responder.start();
    const warned = (rendering: { val: object }) => ({ ...rendering, val: { ...rendering.val, warning: "in\ndoubt" } });
    const list = [{ name: "a", events: ["before:adjust", "after:adjust"], url: `${responder.origin}/`, secret: "s" }];
    const lines: unknown[] = [];
    const quiet = () => {};
    const webhooks = new Webhooks(await Configuration.from(list, { connector: liar("render", warned) }), {
      allow: ["loopback"],
      environment: {},
      logger: { debug: quiet, info: quiet, error: quiet, warn: (...line) => lines.push(line) },
    });
    assert.equal((await webhooks.before({ name: "adjust", id: "1" })).webhooks[0]?.outcome, "proceeded");
    await webhooks.after({ name: "adjust", id: "2" });
    await webhooks.shutdown();
    assert.deepEqual(lines, [
      ["in\ufffddoubt", { webhook: "a", event: "before:adjust", id: "1" }],
      ["in\ufffddoubt", { webhook: "a", event: "after:adjust", id: "2" }],
    ]);
    assert.equal(responder.requests.length, 2);
  });
});
