/** The conformance vectors: the component is called as it should be, whoever runs it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, it } from "node:test";
import { checkCustom } from "../dist/headers.js";
import { Connector } from "../dist/index.js";
import { call, type Json, read } from "./support/calls.js";
import { misfit } from "./support/fits.js";

const FUNCTIONS = ["parse-config", "select", "render", "sign", "judge", "schema", "sample"];

const folder = new URL("../../../tests/vectors/", import.meta.url);

describe("vectors", () => {
  after(async () => (await Connector.builtIn()).close());

  for (const name of FUNCTIONS) {
    it(name, { timeout: 120_000 }, async () => {
      const connector = await Connector.builtIn();
      const { vectors } = read(readFileSync(new URL(`${name}.json`, folder), "utf8"));
      assert.ok(vectors.length >= 20, `${vectors.length} vectors`);
      const wrong: string[] = [];
      for (const { why, input, expected } of vectors as Json[]) {
        const found = misfit(expected, await call(connector, name, input));
        if (found) wrong.push(`${why}: ${found}`);
      }
      assert.deepEqual(wrong, []);
    });
  }
});

describe("headers of a webhook's own", () => {
  it("are what the vectors say", () => {
    const { vectors } = read(readFileSync(new URL("own-headers.json", folder), "utf8"));
    assert.ok(vectors.length > 150, `${vectors.length} vectors`);
    const wrong: string[] = [];
    for (const { why, input, expected } of vectors as Json[]) {
      let found = "own";
      try {
        checkCustom(input.name, input.value);
      } catch {
        found = "refused";
      }
      if (found !== expected) wrong.push(why);
    }
    assert.deepEqual(wrong, []);
  });
});

describe("what is expected as data", () => {
  const found = { a: [1, "text"], b: null };

  it("fits", () => {
    for (const right of [{ a: [1, "text"] }, { a: [1, "~ex"], c: null }, { a: [1, "*"] }, {}]) {
      assert.equal(misfit(right, found), undefined);
    }
  });

  it("is found not to fit", () => {
    for (const wrong of [{ a: [1] }, { a: [2, "text"] }, { a: [1, "tex"] }, { b: 1 }, { c: "*" }, { a: { b: 1 } }]) {
      assert.notEqual(misfit(wrong, found), undefined, JSON.stringify(wrong));
    }
  });
});
