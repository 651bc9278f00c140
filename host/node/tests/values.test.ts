/** Whatever a value is, JSON comes of it: what JSON cannot hold is replaced, and said. */

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventError } from "../dist/error.js";
import { checkEvent, checkResults } from "../dist/event.js";
import { toJson } from "../dist/json.js";

const fails = (error: unknown = new RangeError("no")) => {
  throw error;
};
const throwing = (error?: unknown): Record<string, unknown> => ({ toJSON: () => fails(error) });
const hostile = new Proxy({}, { get: () => fails(), ownKeys: () => fails(), getPrototypeOf: () => fails() });
const { proxy: revoked, revoke } = Proxy.revocable([], {});
revoke();

class Mute extends Error {
  override get name(): string {
    return fails();
  }
  override get message(): string {
    return fails();
  }
}

function nested(levels: number): unknown {
  let value: unknown = null;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}

/** A value, what is sent, and what is said. */
const odd: [string, unknown, unknown, string][] = [
  ["toJSON that throws", throwing(), null, "a value whose code threw RangeError is sent as null"],
  ["toJSON that throws no error", throwing(null), null, "a value whose code threw object is sent as null"],
  ["toJSON that throws what throws", throwing(hostile), null, "a value whose code threw something is sent as null"],
  ["toJSON that throws a mute error", throwing(new Mute()), null, "a value whose code threw something is sent as null"],
  ["toJSON that gives nothing", { toJSON: () => undefined }, null, ""],
  ["toJSON that gives a function", { a: { toJSON: () => fails } }, {}, ""],
  ["toJSON that gives a BigInt", { toJSON: () => 2n ** 70n }, 2 ** 70, ""],
  ["toJSON that gives NaN", { toJSON: () => Number.NaN }, null, "NaN is sent as null"],
  [
    "toJSON that gives its own kind for ever",
    endless(),
    chain(100),
    "what is nested more than 100 levels deep is sent as null",
  ],
  [
    "a getter that throws",
    {
      get a() {
        return fails();
      },
      b: 1,
    },
    { a: null, b: 1 },
    "a value whose code threw RangeError is sent as null",
  ],
  ["a proxy that throws", hostile, null, "a value whose code threw RangeError is sent as null"],
  [
    "a proxy whose keys throw",
    new Proxy({}, { ownKeys: () => fails() }),
    null,
    "an object whose keys cannot be read is sent as null",
  ],
  ["a revoked proxy", revoked, null, "a value whose code threw TypeError is sent as null"],
  ["an invalid Date", new Date(Number.NaN), null, "an invalid Date is sent as null"],
  ["a Date", new Date(0), "1970-01-01T00:00:00.000Z", ""],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["a", 1],
      [2, Number.NaN],
    ]),
    { a: 1, 2: null },
    "NaN is sent as null",
  ],
  ["a Map of objects", new Map([[{}, 1]]), null, "a Map with keys that are not text is sent as null"],
  ["a Set", new Set([1, [2]]), [1, [2]], ""],
  ["a typed array", new Uint8Array([1, 2]), [1, 2], ""],
  [
    "boxed values",
    [Object(1n), new Number(Number.NaN), new String("a"), new Boolean(false)],
    [1, null, "a", false],
    "NaN is sent as null",
  ],
  ["a Promise", Promise.resolve(1), null, "a Promise is sent as null"],
  ["a symbol in a list", [Symbol("a")], [null], "a symbol is sent as null"],
  ["a function in an object", { a: fails, b: undefined, c: 1 }, { c: 1 }, "a function is left out"],
  ["a function alone", fails, null, "a function is sent as null"],
  ["a cycle", cycle(), { self: [null] }, "a value that contains itself is sent as null"],
  ["deep nesting", nested(10_000), nested(100), "what is nested more than 100 levels deep is sent as null"],
  ["a sparse list", Object.assign(new Array(2), { 1: 1 }), [null, 1], ""],
  [
    "half of a surrogate pair",
    { "\ud800": "\udc00" },
    { "\ufffd": "\ufffd" },
    "half of a surrogate pair is sent as U+FFFD",
  ],
  [
    "an exception",
    new RangeError("no"),
    { error: "RangeError", message: "no" },
    'RangeError is sent as {"error", "message"}',
  ],
  [
    "an exception with a toJSON",
    Object.assign(new RangeError("no"), { toJSON: () => "secret" }),
    { error: "RangeError", message: "no" },
    'RangeError is sent as {"error", "message"}',
  ],
  ["a mute exception", new Mute(), { error: "something", message: "" }, 'something is sent as {"error", "message"}'],
  ["a key __proto__", JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}'), ""],
];

function endless(): unknown {
  return { toJSON: () => [endless()] };
}

function chain(levels: number): unknown {
  return nested(levels);
}

function cycle(): unknown {
  const one: Record<string, unknown> = {};
  one.self = [one];
  return one;
}

describe("a value", () => {
  for (const [name, value, sent, said] of odd) {
    it(`that is ${name} is written`, () => {
      const { json, replaced } = toJson(() => value);
      assert.deepEqual(JSON.parse(json), sent);
      assert.deepEqual(replaced.join("; "), said);
      const beside = toJson(() => [1, { value }]);
      assert.equal(JSON.parse(beside.json)[0], 1);
    });
  }

  it("that is larger than an event may be is refused, and not cut", () => {
    let bomb: unknown = "laugh";
    for (let level = 0; level < 60; level += 1) bomb = [bomb, bomb];
    const many = new Proxy([], { get: (_, key) => (key === "length" ? Number.MAX_SAFE_INTEGER : undefined) });
    for (const large of [bomb, many, "x".repeat(2 << 20), new Array(2 ** 32 - 1)]) {
      assert.throws(() => toJson(() => large, 1 << 20), EventError);
    }
    assert.equal(toJson(() => ["x".repeat(10)], 14).json.length, 14);
    assert.throws(() => toJson(() => ["x".repeat(10)], 13), EventError);
  });

  it("of many oddities is said in few words", () => {
    const values = Array.from({ length: 1000 }, (_, at) => Object.assign(new Error(), { name: `E${at}` }));
    assert.equal(toJson(() => values).replaced.length, 10);
  });
});

describe("an event", () => {
  it("is stated whatever its parameters are", () => {
    for (const parameters of [throwing(), hostile, revoked, new Date(Number.NaN), Promise.resolve()]) {
      const { parameters: json, replaced } = checkEvent({ name: "a", parameters });
      assert.equal(json, "{}");
      assert.match(replaced.join(), /^parameters: .* is sent as \{\}$/);
    }
    const { parameters, replaced } = checkEvent({
      name: "a",
      get parameters(): object {
        return fails();
      },
    });
    assert.deepEqual([parameters, replaced], ["{}", ["parameters: a value whose code threw RangeError is sent as {}"]]);
    assert.equal(checkEvent({ name: "a", parameters: new Map([["b", 1]]) }).parameters, '{"b":1}');
  });

  it("is stated whatever its results are", () => {
    const { json, replaced } = checkResults([
      { connector: "p", value: throwing() },
      {
        connector: "q",
        get value() {
          return fails();
        },
      },
      { connector: "r", value: undefined },
    ]);
    const values = JSON.parse(json).map(({ value }: { value: unknown }) => value);
    assert.deepEqual(values, [null, null, null]);
    assert.deepEqual(replaced, [
      "the result of p: a value whose code threw RangeError is sent as null",
      "the result of q: a value whose code threw RangeError is sent as null",
    ]);
  });

  it("without results that can be read is refused as such", () => {
    for (const results of [
      hostile,
      revoked,
      [hostile],
      [revoked],
      [null],
      [{ connector: "p" }],
      [{ connector: 1, value: 1 }],
    ]) {
      assert.throws(() => checkResults(results as never), EventError);
    }
  });
});
