/** Parts that need no server: values, times, headers, breakers, room, memory. */

import assert from "node:assert/strict";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { Limit } from "../dist/awake-limit.js";
import { Breaker, type Change, type Probe, type Waited } from "../dist/breaker.js";
import { Capacity, QueueFull } from "../dist/capacity.js";
import { meaningOf } from "../dist/config/scalar.js";
import { Secret } from "../dist/config/secret.js";
import { Guest } from "../dist/connector/guest.js";
import { boundMemory, TooMuch } from "../dist/connector/memory.js";
import { parse } from "../dist/created.js";
import { checkEvent, checkResults } from "../dist/event.js";
import { addRendered, addSignatures, checkCustom, Headers } from "../dist/headers.js";
import { EventError } from "../dist/index.js";
import { toJson } from "../dist/json.js";
import { guarded, SILENT } from "../dist/log.js";
import { LimitingLogger } from "../dist/log-limit.js";
import { Lacking, NoAnswer, TooLate } from "../dist/outbound/error.js";
import { interleaved, race } from "../dist/outbound/race.js";
import { Scarcity } from "../dist/outbound/scarcity.js";
import { sanitize } from "../dist/text.js";
import { inWords, startTimer } from "../dist/timer.js";

/** As JSON, of a value. */
const written = (value: unknown) => toJson(() => value);

describe("values", () => {
  it("keep the digits of BigInts and of JSON texts", () => {
    assert.equal(written({ n: 12345678901234567890123n }).json, '{"n":12345678901234567890123}');
    const text = '{"a":1.0,"b":12345678901234567890123,"c":1e400}';
    assert.equal(checkEvent({ name: "a", parameters: text }).parameters, text);
    const results = checkResults([
      { connector: "p", json: "[1.0]" },
      { connector: "q", value: 2n },
    ]);
    assert.equal(results.json, '[{"connector":"p","value":[1.0]},{"connector":"q","value":2}]');
  });

  it("become null or an object where JSON has none, with a warning", () => {
    const found = written({
      a: Number.NaN,
      b: [Number.NEGATIVE_INFINITY],
      c: new RangeError("too far"),
      d: undefined,
    });
    assert.deepEqual(JSON.parse(found.json), { a: null, b: [null], c: { error: "RangeError", message: "too far" } });
    assert.equal(found.replaced.length, 3);
    assert.deepEqual(written(undefined), { json: "null", replaced: [] });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    assert.equal(written(cycle).json, '{"self":null}');
    assert.equal(written("\ud800").json.isWellFormed(), true);
  });

  it("are refused where they are no event", () => {
    for (const event of [
      { name: "" },
      { name: "1st" },
      { name: "a b" },
      { name: "before:a" },
      { name: "e".repeat(129) },
      { name: "a", id: "" },
      { name: "a", id: "é".repeat(257) },
      { name: "a", id: "\ud800" },
      { name: "a", createdAt: "now" },
      { name: "a", createdAt: new Date(Number.NaN) },
      { name: "a", parameters: [] },
      { name: "a", parameters: "{" },
      { name: "a", parameters: '{"a":"\ud800"}' },
      { name: "a", paramters: {} },
    ]) {
      assert.throws(() => checkEvent(event), EventError, JSON.stringify(event));
    }
    for (const results of ["{}", '[{"connector":"p"}]', '[{"connector":1,"value":1}]', "[NaN]"]) {
      assert.throws(() => checkResults(results), EventError, results);
    }
    assert.throws(
      () => checkResults([{ connector: "p", json: "secret" }]),
      (error: Error) => !/secret/.test(error.message),
    );
  });
});

describe("times", () => {
  it("keep their offset and have six or nine digits", () => {
    for (const [text, expected] of [
      ["2026-11-23T11:23:42.243402", "2026-11-23T11:23:42.243402+00:00"],
      ["2026-11-23T11:23:42Z", "2026-11-23T11:23:42+00:00"],
      ["2026-11-23t11:23:42z", "2026-11-23T11:23:42+00:00"],
      ["2026-11-23T11:23:42.5+05:30", "2026-11-23T11:23:42.500000+05:30"],
      ["2026-11-23T11:23:42.1234567Z", "2026-11-23T11:23:42.123456700+00:00"],
      ["2026-11-23 11:23:42-08:00", "2026-11-23T11:23:42-08:00"],
    ] as const) {
      assert.equal(parse(text), expected);
    }
    assert.equal(parse(new Date("2026-11-23T11:23:42.25Z")), "2026-11-23T11:23:42.250000+00:00");
    for (const text of ["", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T25:00:00Z"]) {
      assert.throws(() => parse(text), EventError, text);
    }
  });

  it("for people", () => {
    const shown = [0, 250, 1500, 5000, 10_400, 60_000, 125_000, 90_000_000].map(inWords);
    assert.deepEqual(shown, ["0s", "250ms", "1.5s", "5s", "10s", "1m", "2m5s", "1d1h"]);
  });

  it("of more than 24 days do not pass at once", async () => {
    let rung = false;
    const cancel = startTimer(2 ** 31 + 1000, () => {
      rung = true;
    });
    // setTimeout beyond its range would ring before this one.
    await new Promise((resolve) => startTimer(20, () => resolve(undefined)));
    cancel();
    assert.equal(rung, false);
    startTimer(Number.POSITIVE_INFINITY, () => {})();
  });

  it("are never too short", async () => {
    for (const wait of [1.5, 3.2, 10.9]) {
      const start = performance.now();
      await new Promise((resolve) => startTimer(wait, () => resolve(undefined)));
      assert.ok(performance.now() - start >= wait);
    }
  });
});

describe("plain scalars", () => {
  it("keep the digits of numbers, in JSON's grammar", () => {
    for (const [yaml, json] of [
      ..."0 1.0 -1 1e5 1.50E-3 123456789012345678901234567890 -0".split(" ").map((same) => [same, same]),
      ["+1", "1"],
      [".5", "0.5"],
      ["-.5", "-0.5"],
      ["1.", "1.0"],
      ["1.e5", "1.0e5"],
      ["007", "7"],
      ["-00.50", "-0.50"],
      ["0o17", "15"],
      ["0xFf", "255"],
    ] as [string, string][]) {
      assert.deepEqual(meaningOf(yaml, true, undefined), { kind: "number", digits: json });
    }
  });

  it("are text where only YAML 1.1 has another meaning", () => {
    for (const text of "yes no on Off y tRUE 1:30 1_000 0b11 0o8 0xg -0x1 0x . + 1e e5 1.2.3 +-5 nUll NaN".split(" ")) {
      assert.deepEqual(meaningOf(text, true, undefined), { kind: "text", text });
    }
    assert.equal(meaningOf(".inf", true, undefined).kind, "error");
    assert.equal(meaningOf(`0x${"f".repeat(33)}`, true, undefined).kind, "error");
  });
});

describe("headers", () => {
  it("of a webhook's own", () => {
    for (const name of ["Authorization", "X-Token", "User-Agent", "x-servox", "Accept"]) {
      assert.doesNotThrow(() => checkCustom(name, "v"), name);
    }
    const names =
      "Host content-length Content-Type Transfer-Encoding TE Proxy-Authorization Cookie X-Servo-Signature Webhook-Id " +
      "ce-id X-Forwarded-For HTTP2-Settings Date Via Forwarded Expect Upgrade Trailer Keep-Alive Connection " +
      "Accept-Encoding a:b é";
    for (const name of ["", "a b", ...names.split(" ")]) assert.throws(() => checkCustom(name, "v"), TypeError, name);
    for (const value of ["a\r\nX: y", "a\nb", "\0", "\x7f", "\u0085", "\ud800"]) {
      assert.throws(() => checkCustom("X-Token", value), TypeError);
    }
    assert.deepEqual(new Headers().set("A", "é").set("a", "ü").flat(), ["a", "\xc3\xbc"]);
  });

  it("of the connector", () => {
    const headers = new Headers();
    const given = [
      { name: "X-Servo-Signature", value: "ab" },
      { name: "webhook-id", value: "1" },
    ];
    addSignatures(headers, given);
    assert.equal(headers.flat().length, 4);
    for (const name of ["host", "x-servo-event", "content-length", "ce-id", "x\r\n"]) {
      assert.throws(() => addSignatures(headers, [{ name, value: "v" }]), /no right to/, name);
    }
    addRendered(headers, [{ name: "ce-id", value: "v" }]);
    assert.throws(() => addRendered(headers, [{ name: "x-servo-signature", value: "v" }]), /no right to/);
    assert.throws(() => addRendered(headers, [{ name: "ce-id", value: "a\nb" }]), /cannot have/);
    assert.throws(() => addRendered(headers, Array(65).fill({ name: "ce-id", value: "v" })), /65 headers/);
  });
});

describe("a breaker", () => {
  const limits = { after: 10_000, hold: 5000 };
  const fail = (breaker: Breaker, at: number, last = true): Change | undefined =>
    breaker.note(limits, at, "down", undefined, last);
  const opened = () => {
    const breaker = new Breaker();
    for (const at of [0, 1000, 2000, 3000, 10_000]) fail(breaker, at);
    assert.equal(breaker.admit(10_000, "some").kind, "held");
    return breaker;
  };
  const probe = (breaker: Breaker, at: number, waited: Waited = "some"): Probe => {
    const admission = breaker.admit(at, waited);
    assert.ok(admission.kind === "probe");
    return admission.probe;
  };

  it("opens when failures are many and last", () => {
    const breaker = new Breaker();
    for (let nth = 0; nth < 20; nth += 1) assert.equal(fail(breaker, 0), undefined);
    assert.deepEqual(fail(breaker, 10_000), { state: "open", failures: 21, lasting: 10_000, hold: 5000 });
    const few = new Breaker();
    for (let nth = 0; nth < 4; nth += 1) assert.equal(fail(few, nth * 100_000), undefined);
    few.note(limits, 0, "up", undefined, true);
    assert.equal(fail(few, 1_000_000), undefined);
  });

  it("does not count attempts that are retried", () => {
    const breaker = new Breaker();
    for (let nth = 0; nth < 100; nth += 1) {
      assert.equal(fail(breaker, nth * 1000, false), undefined);
      assert.equal(breaker.note(limits, nth * 1000, "none", undefined, true), undefined);
    }
  });

  it("lets one probe at a time decide", () => {
    const breaker = opened();
    assert.deepEqual(breaker.admit(14_000, "some"), { kind: "held", until: 15_000 });
    const first = probe(breaker, 15_000);
    assert.deepEqual(breaker.admit(15_000, "some"), { kind: "held", until: undefined });
    breaker.release(first);
    const second = probe(breaker, 15_000);
    assert.deepEqual(breaker.note(limits, 15_000, "down", second, true), { state: "reopened", hold: 10_000 });
    const third = probe(breaker, 25_000);
    assert.deepEqual(breaker.note(limits, 25_000, "up", third, true), { state: "closed" });
    assert.deepEqual(breaker.admit(25_000, "not"), { kind: "free" });
  });

  it("is closed by the answer to a question, and not kept open by its failure", () => {
    const breaker = opened();
    assert.equal(breaker.note(limits, 11_000, "down", undefined, true), undefined);
    assert.deepEqual(breaker.admit(14_999, "some"), { kind: "held", until: 15_000 });
    assert.deepEqual(breaker.note(limits, 12_000, "up", undefined, true), { state: "closed" });
    assert.deepEqual(breaker.admit(12_000, "not"), { kind: "free" });
  });

  it("lets what has no more time out as a probe, one a second", () => {
    const breaker = opened();
    const first = probe(breaker, 11_000, "enough");
    assert.deepEqual(breaker.admit(11_100, "enough"), { kind: "held", until: undefined });
    breaker.note(limits, 11_200, "down", first, true);
    assert.deepEqual(breaker.admit(11_300, "enough"), { kind: "held", until: 15_000 });
    assert.ok(probe(breaker, 12_000, "enough").extra);
  });

  it("holds for a minute at most, and not at all if it shall not", () => {
    const breaker = opened();
    let now = 15_000;
    for (const hold of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      const sent = probe(breaker, now);
      assert.deepEqual(breaker.note(limits, now, "down", sent, false), { state: "reopened", hold });
      now += hold;
    }
    const never = new Breaker();
    for (let nth = 0; nth < 100; nth += 1) {
      assert.equal(never.note({ after: 0, hold: 0 }, nth * 1000, "down", undefined, true), undefined);
    }
  });
});

describe("capacity", () => {
  it("is bounded in deliveries and bytes", () => {
    const capacity = new Capacity(2, 10, 1);
    const first = capacity.reserve("a", 1, 1);
    capacity.reserve("a", 1, 1);
    assert.throws(() => capacity.reserve("a", 1, 1), QueueFull);
    first();
    first();
    assert.equal(capacity.waiting, 1);
    capacity.reserve("a", 1, 1);
    const large = capacity.reserveBytes(100, 100);
    assert.throws(() => capacity.reserveBytes(1, 1), QueueFull);
    large();
    capacity.reserveBytes(10, 10);
  });

  it("leaves every endpoint its part", () => {
    const capacity = new Capacity(4, 100, 2);
    capacity.reserve("hangs", 10, 10);
    capacity.reserve("hangs", 10, 10);
    assert.throws(() => capacity.reserve("hangs", 10, 10), /for hangs/);
    const large = capacity.reserve("works", 60, 60);
    assert.throws(() => capacity.reserve("works", 1, 1), QueueFull);
    large();
    capacity.reserve("works", 50, 50);
    capacity.divide(1);
    capacity.reserve("hangs", 10, 10);
  });
});

describe("the memory of modules", () => {
  // By the specification's binary format.
  const HEAD = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const PAGE = 65_536;
  /** (module (memory (export "m") 1)) */
  const memory = Uint8Array.from([...HEAD, 5, 3, 1, 0, 1, 7, 5, 1, 1, 0x6d, 2, 0]);
  /** (module (table (export "t") 1 funcref) (memory 1 2)) */
  const table = Uint8Array.from([...HEAD, 4, 4, 1, 0x70, 0, 1, 5, 4, 1, 1, 1, 2, 7, 5, 1, 1, 0x74, 1, 0]);
  /** (module (memory 65536)): all that there can be. */
  const greedy = Uint8Array.from([...HEAD, 5, 5, 1, 0, 0x80, 0x80, 0x04]);
  const most = { memories: 4 * PAGE, tables: 32 * 3 };
  const exportsOf = (module: Uint8Array) =>
    new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(module))).exports;

  it("gets a maximum", () => {
    const [one] = boundMemory([memory], most);
    const { m } = exportsOf(one?.bytes ?? memory) as { m: WebAssembly.Memory };
    m.grow(3);
    assert.throws(() => m.grow(1), RangeError);
    assert.equal(one?.most, 4 * PAGE);
  });

  it("is divided among all, tables too", () => {
    const [one, two] = boundMemory([memory, table], most);
    const { m } = exportsOf(one?.bytes ?? memory) as { m: WebAssembly.Memory };
    m.grow(1);
    assert.throws(() => m.grow(1), RangeError);
    const { t } = exportsOf(two?.bytes ?? table) as { t: WebAssembly.Table };
    t.grow(2);
    assert.throws(() => t.grow(1), RangeError);
  });

  it("is refused where it begins with too much", () => {
    assert.throws(() => boundMemory([greedy], most), TooMuch);
    assert.throws(() => boundMemory(Array(5).fill(memory), most), TooMuch);
    assert.throws(() => boundMemory([memory.subarray(0, 11)], most), RangeError);
  });
});

describe("foreign text", () => {
  it("is shown without what is not seen, ends a line or turns it", () => {
    const unseen =
      "\x00 \x07 \n \r \x1b \x7f \x85 \x9b \xad \u061c \u200b \u200d \u202e \u2066 \ufeff \u2028 \u2029 \u{e0001}";
    for (const character of unseen.split(" ")) {
      assert.equal(sanitize(`a${character}b`), "a\ufffdb", JSON.stringify(character));
    }
    assert.equal(sanitize("\u00e4 \u20ac \u{1f600} \u4e2d"), "\u00e4 \u20ac \u{1f600} \u4e2d");
    assert.equal(sanitize("\ud800"), "\ufffd");
  });

  it("is cut at 1 KiB, between characters", () => {
    assert.equal(sanitize("x".repeat(5000)).length, 1024);
    assert.equal(Buffer.byteLength(sanitize("\u20ac".repeat(5000))), 1023);
    assert.equal(Buffer.byteLength(sanitize("\n".repeat(5000))), 1023);
  });

  it("makes up no line of a log", () => {
    const lines: unknown[] = [];
    const take = (message: string, fields: object) => lines.push(message, fields);
    const log = guarded({ debug: take, info: take, warn: take, error: take });
    log.warn("a\nb", { event: "before:a", id: "\u202ex\r\n", status: 7 });
    assert.deepEqual(lines, ["a\ufffdb", { event: "before:a", id: "\ufffdx\ufffd\ufffd", status: 7 }]);
    assert.match(new EventError("a\nb").message, /^a\ufffdb$/);
  });
});

describe("awake time", () => {
  it("does not pass while this thread is held up", async () => {
    const began = performance.now();
    let held = 0;
    await new Promise<void>((resolve) => {
      const limit = new Limit(200, resolve);
      setTimeout(() => {
        const until = performance.now() + 500;
        while (performance.now() < until);
        held = performance.now() - began;
        assert.ok(limit.left > 100, `${limit.left} ms are left`);
      }, 20);
    });
    const after = performance.now() - began - held;
    assert.ok(after >= 100, `it was over ${after} ms after that`);
  });

  it("passes otherwise, and not once it was ended", async () => {
    const began = performance.now();
    const ended = new Limit(50, () => assert.fail("it was ended"));
    ended.end();
    await new Promise<void>((resolve) => new Limit(100, resolve));
    assert.ok(performance.now() - began >= 100);
  });
});

describe("addresses", () => {
  const forever = (_: string, signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const never = new AbortController().signal;
  const made = new Socket();

  it("are tried by families in turn, each once", () => {
    const addresses = ["2001:db8::1", "2001:db8::2", "192.0.2.1", "2001:db8::1", "192.0.2.2", "192.0.2.3"];
    const expected = ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"];
    assert.deepEqual(interleaved(addresses), expected);
  });

  it("that swallow packets are passed over after 250 ms, and given up", async () => {
    const aborted: string[] = [];
    const began = performance.now();
    const socket = await race(
      ["2001:db8::1", "192.0.2.1"],
      (address, signal) => {
        signal.addEventListener("abort", () => aborted.push(address));
        return address === "192.0.2.1" ? Promise.resolve(made) : forever(address, signal);
      },
      never,
    );
    assert.equal(socket, made);
    assert.deepEqual(aborted, ["2001:db8::1"]);
    const took = performance.now() - began;
    assert.ok(took >= 250 && took < 1250, `${took} ms`);
  });

  it("that refuse are passed over at once", async () => {
    const began = performance.now();
    const connect = (address: string) =>
      address === "192.0.2.3" ? Promise.resolve(made) : Promise.reject(new NoAnswer(address));
    assert.equal(await race(["192.0.2.1", "192.0.2.2", "192.0.2.3"], connect, never), made);
    assert.ok(performance.now() - began < 250);
  });

  it("that all fail tell why, and what this machine lacks first", async () => {
    const failing = (errors: Error[]) =>
      race(
        errors.map((_, nth) => `192.0.2.${nth}`),
        (address) => Promise.reject(errors[Number(address.split(".")[3])]),
        never,
      );
    await assert.rejects(failing([new NoAnswer("first"), new NoAnswer("last")]), /last/);
    await assert.rejects(failing([new Lacking("EMFILE"), new NoAnswer("refused")]), /EMFILE/);
    // There is no IPv6 here: that is no scarcity.
    await assert.rejects(failing([new Lacking("EADDRNOTAVAIL"), new NoAnswer("refused")]), /refused/);
    await assert.rejects(failing([new Lacking("EADDRNOTAVAIL")]), /EADDRNOTAVAIL/);
  });
});

describe("what this machine lacks", () => {
  it("is waited for", async () => {
    const scarcity = new Scarcity();
    let spared = 0;
    const step = async () => {
      if (spared < 3) throw new Lacking("EMFILE");
      return "made";
    };
    const { signal } = new AbortController();
    const wish = { question: false, signal };
    const spare = () => {
      spared += 1;
    };
    assert.equal(await scarcity.wait(wish, step, spare), "made");
  });

  it("goes to questions first", async () => {
    const scarcity = new Scarcity();
    const { signal } = new AbortController();
    let free = false;
    const order: string[] = [];
    const want = (question: boolean) => {
      const step = async () => {
        if (!free) throw new Lacking("EMFILE");
        order.push(question ? "question" : "delivery");
      };
      return scarcity.wait({ question, signal }, step, () => {});
    };
    const all = [want(false), want(true), want(false)];
    // Longer than the longest pause: the deliveries would be first as often as not.
    setTimeout(() => {
      free = true;
    }, 300);
    await Promise.all(all);
    assert.equal(order[0], "question");
  });

  it("is told when the time is over", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new TooLate("no answer within 50ms")), 50);
    const step = () => Promise.reject(new Lacking("ENOMEM"));
    const wish = { question: true, signal: controller.signal };
    await assert.rejects(
      new Scarcity().wait(wish, step, () => {}),
      /this machine lacks memory \(ENOMEM\)/,
    );
  });

  it("is memory for an instance, and no fault of the guest", () => {
    let tries = 0;
    const guest = new Guest(() => {
      tries += 1;
      if (tries < 3) throw new RangeError("WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory");
      return { select: () => new Uint32Array([7]) } as never;
    }, 10);
    assert.deepEqual(guest.run("select", []), { scarcity: "memory" });
    assert.deepEqual(guest.run("select", []), { scarcity: "memory" });
    assert.deepEqual(guest.run("select", []), { value: new Uint32Array([7]) });
  });
});

describe("a secret", () => {
  it("is not shown", () => {
    const secret = new Secret("hunter2");
    const shown = [`${secret}`, JSON.stringify({ secret }), JSON.stringify([secret])];
    assert.ok(!shown.join().includes("hunter2"));
    assert.equal(secret.expose(), "hunter2");
  });
});

describe("what repeats in the log", () => {
  function limiting() {
    const clock = { now: 0 };
    const lines: [string, Record<string, unknown>][] = [];
    const log = { ...SILENT, warn: (message: string, fields: object) => void lines.push([message, { ...fields }]) };
    return { clock, lines, limiting: new LimitingLogger(log, () => clock.now) };
  }

  it("is logged once, and then once a minute with the number of lines held back", () => {
    const { clock, lines, limiting: log } = limiting();
    for (let each = 0; each < 1235; each++) {
      clock.now = each;
      log.limited("warn", "expression", "it fails", { webhook: "a", event: "before:adjust", id: `${each}` });
    }
    log.limited("warn", "expression", "it fails", { webhook: "b", event: "before:adjust", id: "other" });
    clock.now = 59_999;
    log.limited("warn", "expression", "it fails", { webhook: "a", event: "before:adjust", id: "held" });
    clock.now = 60_000;
    log.limited("warn", "expression", "it fails", { webhook: "a", event: "before:adjust", id: "again" });
    const event = "before:adjust";
    assert.deepEqual(lines, [
      ["it fails", { webhook: "a", event, id: "0" }],
      ["it fails", { webhook: "b", event, id: "other" }],
      ["it fails", { webhook: "a", event, id: "again", repeated: 1235 }],
    ]);
  });

  it("is bounded in lines and memory, however many causes there are", () => {
    const { clock, lines, limiting: log } = limiting();
    for (let each = 0; each < 10_000; each++) log.limited("warn", "value", `cause ${each}`, {});
    assert.equal(lines.length, 32);
    clock.now = 60_000;
    log.limited("warn", "value", "one more", {});
    assert.equal(lines.length, 34);
    assert.equal(lines[32]?.[1].lines, 10_000 - 32);
    assert.match(lines[32]?.[0] ?? "", /9968 log lines of the kind value were held back/);
  });
});
