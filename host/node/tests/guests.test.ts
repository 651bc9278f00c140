/** Guests that loop, trap, eat memory, or are no connectors: each harms its own call and nothing else. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  CallError,
  ComponentError,
  type ComponentFault,
  Configuration,
  Connector,
  type EventOutcome,
  Webhooks,
} from "../dist/index.js";
import { call } from "./support/calls.js";
import { CONNECTOR, component, connector, Folder } from "./support/components.js";
import { Responder } from "./support/responder.js";

const QUIET = { allow: ["loopback"], environment: {}, logger: null };

after(async () => (await Connector.builtIn()).close());

/** The connector as if it were of another version. */
function renamed(version: string): Uint8Array {
  const text = readFileSync(CONNECTOR, "latin1");
  const other = text.replaceAll("servo:webhooks/connector@0.1.0", `servo:webhooks/connector@${version}`);
  assert.notEqual(other, text);
  return Buffer.from(other, "latin1");
}

/** What becomes of each webhook by its name. */
function settlements({ webhooks }: EventOutcome): Record<string, string> {
  return Object.fromEntries(
    webhooks.map(({ name, outcome, error }) => [name, error ? `${outcome}: ${error}` : outcome]),
  );
}

describe("an expression", () => {
  for (const [what, payload, says] of [
    ["that loops", "last(repeat(1))", /ran longer than \d+ ms/],
    ["that calls itself for ever", "def f: [f]; f", /ran longer|recursed deeper than its stack/],
    ["that eats memory", '[limit(1e9; repeat("x" * 1000))]', /trapped|ran longer/],
  ] as const) {
    it(`${what} is stopped, and settled by rule`, { timeout: 60_000 }, async () => {
      await using responder = await Responder.start();
      const at = { url: `${responder.origin}/`, secret: "s" };
      const configuration = await Configuration.from([
        { ...at, name: "bad", events: ["before:adjust", "after:adjust"], payload, on_error: "cancel" },
        { ...at, name: "good", events: ["before:describe", "after:adjust"], payload: "{a: .event}" },
      ]);
      const webhooks = new Webhooks(configuration, QUIET);
      let ticks = 0;
      const ticking = setInterval(() => ticks++, 10);
      const began = performance.now();
      const before = await webhooks.before({ name: "adjust" });
      const elapsed = performance.now() - began;
      clearInterval(ticking);
      assert.equal(before.outcome, "cancelled");
      assert.match(before.reason ?? "", says);
      assert.ok(ticks >= Math.floor(elapsed / 200), `the servo stood still: ${ticks} ticks in ${elapsed} ms`);
      assert.equal((await webhooks.before({ name: "describe" })).webhooks[0]?.outcome, "proceeded");
      const failed: unknown[] = [];
      webhooks.on("delivery", ({ webhook, outcome }) => failed.push([webhook, outcome]));
      await webhooks.after({ name: "adjust" });
      await webhooks.shutdown();
      assert.deepEqual(failed.sort(), [
        ["bad", "failed"],
        ["good", "delivered"],
      ]);
      assert.deepEqual(
        responder.requests.map(({ body }) => String(body)),
        ['{"a":"before:describe"}', '{"a":"after:adjust"}'],
      );
    });
  }

  it("has half of the event's budget", { timeout: 60_000 }, async () => {
    const webhook = { events: "before:adjust", url: "http://127.0.0.1:9/", secret: "s", payload: "last(repeat(1))" };
    const webhooks = new Webhooks(await Configuration.from([webhook]), { ...QUIET, beforeBudget: 200 });
    const { webhooks: settled } = await webhooks.before({ name: "adjust" });
    assert.match(settled[0]?.error ?? "", /more than half of the event's budget/);
    await webhooks.shutdown();
  });

  it("recurses as deep as in the program, and says so where it is too deep", { timeout: 60_000 }, async () => {
    const connector = await Connector.builtIn();
    const event = {
      name: "after:deploy",
      id: "i",
      created: "2026-11-23T00:00:00+00:00",
      parameters: "{}",
      results: "[]",
    };
    const run = async (payload: string) => {
      const webhook = { events: "after:*", url: "https://example.com/", secret: { handle: 0 }, payload };
      return (await call(connector, "render", { webhook, notification: { event } })).send?.body;
    };
    const sum = "def sum: if . == 0 then 0 else . + (. - 1 | sum) end";
    for (const [payload, output] of [
      ["def f: if . > 100000 then . else . + 1 | f end; 0 | f", "100001"],
      [`${sum}; 300 | sum`, "45150"],
      ["reduce range(2000) as $i (0; [.]) | [..] | length", "2001"],
      ["reduce range(1000) as $i (0; [.]) | . == (tojson | fromjson)", "true"],
    ] as const) {
      assert.equal(await run(payload), output, payload);
    }
    await assert.rejects(
      run(`${sum}; 1000000 | sum`),
      /^CallError: the connector's render recursed deeper than its stack/,
    );
    assert.equal(await run(".event"), '"after:deploy"');
  });
});

describe("a component from elsewhere", () => {
  it("does what the built-in one does, each call in an instance of its own", { timeout: 60_000 }, async () => {
    const digest = createHash("sha256").update(readFileSync(CONNECTOR)).digest("hex");
    const foreign = await Connector.load(fileURLToPath(CONNECTOR), { digest });
    await using responder = await Responder.start({ "/": [{}, { status: 503 }, {}] });
    const list = [{ name: "a", events: ["before:adjust", "after:adjust"], url: `${responder.origin}/`, secret: "s" }];
    const webhooks = new Webhooks(await Configuration.from(list, { connector: foreign }), QUIET);
    assert.deepEqual(settlements(await webhooks.before({ name: "adjust" })), { a: "proceeded" });
    await webhooks.after({ name: "adjust" }, [{ connector: "p", value: 1 }]);
    assert.equal(await webhooks.shutdown(30_000), 0);
    assert.equal(responder.requests.length, 3);
    await foreign.close();
  });

  it("may be of a later version of 0.1", { timeout: 60_000 }, async () => {
    using folder = new Folder();
    const later = await Connector.load(folder.write("later.wasm", renamed("0.1.7")));
    const listeners = [["before:*"], ["after:measure"]];
    assert.deepEqual([...(await later.select(listeners, "after:measure"))], [1]);
    await later.close();
  });

  it("is called again in a new thread after it looped", { timeout: 60_000 }, async () => {
    using folder = new Folder();
    const loops = await Connector.load(folder.write("loops.wasm", await connector("loop br 0 end unreachable")));
    for (let nth = 0; nth < 2; nth += 1) {
      await assert.rejects(
        loops.judge("", { number: 1, elapsed: 0n, now: 0n, outcome: { tag: "no-answer", val: "" } }),
        {
          name: "CallError",
          message: /the connector's judge ran longer than \d+ ms/,
        },
      );
    }
    await loops.close();
  });

  it("that traps harms one call", { timeout: 60_000 }, async () => {
    using folder = new Folder();
    const traps = await Connector.load(folder.write("traps.wasm", await connector("unreachable")));
    const list = [{ events: "after:measure", url: "https://example.com/", secret: "s" }];
    await assert.rejects(Configuration.from(list, { connector: traps }), {
      name: "CallError",
      message: "the connector's parse-config trapped: unreachable",
    });
    await assert.rejects(traps.select([[]], "after:measure"), CallError);
    await traps.close();
  });

  it("that begins with more memory than it may have is refused, before it has any", { timeout: 60_000 }, async () => {
    using folder = new Folder();
    const greedy = folder.write("greedy.wasm", await connector("unreachable", 65_536));
    const before = process.memoryUsage().rss;
    await assert.rejects(Connector.load(greedy), (error: ComponentError) => {
      return error.fault === "memory" && /4294967296 bytes; the limit is 268435456/.test(error.message);
    });
    assert.ok(process.memoryUsage().rss - before < 512 << 20);
  });

  it("has one bound for all instances of its modules", { timeout: 60_000 }, async () => {
    using folder = new Folder();
    const bytes = Buffer.from(await connector("unreachable", 1000)).toString("latin1");
    const largest = await Connector.load(folder.write("one.wasm", Buffer.from(bytes, "latin1")));
    await assert.rejects(largest.select([[]], "after:measure"), {
      message: "the connector's select trapped: unreachable",
    });
    await largest.close();
    // The core module again, in sections of its own: (core module (memory 1000)) and three instances of it.
    const inner = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 4, 1, 0, 0xe8, 7]);
    const module = Buffer.concat([Buffer.from([1, inner.length]), inner]);
    // The component has three core modules so far at the most: the index of this one is found by trying.
    for (let index = 0; index < 4; index += 1) {
      const instances = Buffer.from([2, 10, 3, ...[0, index, 0, 0, index, 0, 0, index, 0]]);
      const all = Buffer.concat([Buffer.from(bytes, "latin1"), module, instances]);
      const loaded = await Connector.load(folder.write("many.wasm", all)).catch(() => undefined);
      if (!loaded) continue;
      const failed = await loaded.select([[]], "after:measure").catch((error: Error) => error.message);
      await loaded.close();
      if (failed !== "the connector's select trapped: unreachable") {
        assert.match(String(failed), /used up the memory/);
        return;
      }
    }
    assert.fail("it was instantiated each time");
  });

  it("that is none is refused by name", { timeout: 120_000 }, async () => {
    using folder = new Folder();
    const whole = readFileSync(CONNECTOR);
    const core = readFileSync(new URL("connector.core.wasm", new URL("../generated/", import.meta.url)));
    const other = await component(
      '(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))' +
        ' (func (export "f") (canon lift (core func $i "f"))))',
    );
    const cases: [ComponentFault, Uint8Array, RegExp, string?][] = [
      ["notWasm", Buffer.from("webhooks: []"), /not WebAssembly/],
      ["coreModule", core, /a core module/],
      ["truncated", whole.subarray(0, whole.length / 2), /truncated/],
      ["truncated", whole.subarray(0, 6), /truncated/],
      ["imports", await component('(component (import "wasi:cli/environment@0.2.0" (instance)))'), /imports wasi:cli/],
      ["wrongWorld", other, /it exports nothing/],
      ["wrongWorld", renamed("0.2.0"), /it exports servo:webhooks\/connector@0\.2\.0/],
      ["digest", whole, /pinned to 0{64}/, "0".repeat(64)],
      ["digest", whole, /64 hexadecimal digits/, "abc"],
    ];
    for (const [fault, bytes, says, digest] of cases) {
      const file = folder.write("case.wasm", bytes);
      await assert.rejects(Connector.load(file, digest === undefined ? {} : { digest }), (error) => {
        assert.ok(error instanceof ComponentError, String(error));
        assert.equal(error.fault, fault, error.message);
        assert.match(error.message, says);
        return true;
      });
    }
    await assert.rejects(Connector.load("/nonexistent.wasm"), { fault: "unreadable" });
  });
});
