/** Wrong configurations, kept as files for all hosts: each problem is told with its place, all at once. */

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { inspect } from "node:util";
import { Document } from "../dist/config/document.js";
import { Configuration, ConfigurationError, type LoadOptions, type Problem } from "../dist/index.js";

const folder = new URL("../../../tests/configurations/", import.meta.url);
const expectations: Record<string, string[]> = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8"));

/** Places where this YAML parser stands elsewhere than that of the reference host when it gives up. */
const OTHERWISE: Record<string, string> = { "a-tab": "2:1", "not-yaml": "3:1" };

const temporary = mkdtempSync(join(tmpdir(), "configurations-"));
after(() => rmSync(temporary, { recursive: true }));

async function problemsOf(read: Promise<Configuration>): Promise<readonly Problem[]> {
  try {
    return (await read).problems;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

function load(text: string, options: LoadOptions = {}): Promise<Configuration> {
  const file = join(temporary, "servo.yaml");
  writeFileSync(file, text);
  return Configuration.load(file, { environment: {}, ...options });
}

describe("wrong configurations", () => {
  it("are all there", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
    assert.equal(files.length, Object.keys(expectations).length);
    assert.ok(files.length >= 60);
  });

  for (const [name, expected] of Object.entries(expectations)) {
    it(name, async () => {
      const problems = await problemsOf(load(readFileSync(new URL(`${name}.yaml`, folder), "utf8")));
      const all = problems.map(String).join("\n");
      assert.equal(problems.length, expected.length, all);
      for (const [nth, { severity, line, column, path, message }] of problems.entries()) {
        const [, kind, at, , where = "", part = ""] =
          /^(\w+) at (\d+:(\d+|\*))(?: (.*?))?: (.*)$/.exec(expected[nth] ?? "") ?? [];
        const place = OTHERWISE[name] ?? at?.replace("*", String(column));
        assert.deepEqual([severity, `${line}:${column}`, path], [kind, place, where], all);
        assert.ok(message.includes(part), all);
      }
      assert.ok(!all.includes("hunter2"), `a secret is shown: ${all}`);
    });
  }
});

describe("what is wrong with an expression", () => {
  for (const [written, line, column, expected] of [
    [".a | .bc\n", 1, 7, "1:15"],
    [`'.a == "" and ''x'' | .bc'\n`, 1, 14, "1:23"],
    ["'''x'' | .bc'\n", 1, 8, "1:19"],
    ['".a == \\"x\\" | .bc"\n', 1, 14, "1:25"],
    ['"\\x2ea | .bc"\n', 1, 7, "1:19"],
    ['"\\u002ea \\U0000007c\\t.bc"\n', 1, 6, "1:30"],
    ["|\n    .a |\n      .bc\n", 2, 4, "3:8"],
    ["| # it's here\n    .a |\n      .bc\n", 2, 4, "3:8"],
    [">-\n    .a |\n    .bc\n", 1, 7, "3:6"],
    [".a |\n    .bc\n", 1, 7, "2:6"],
    ["|\r\n    .ä |\r\n    .bc\r\n", 2, 2, "3:6"],
    ["'.ä😀 | .bc'\n", 1, 8, "1:17"],
    [".a | ) b\n", 1, 6, "1:14"],
    [".a |\n", 1, 5, "1:13"],
    ["'.a |'\n", 1, 90, "1:14"],
    ["|\n    .a |\n", 2, 1, "2:9"],
  ] as [string, number, number, string][]) {
    it(`has its place in the file: ${JSON.stringify(written)}`, () => {
      const document = Document.parse("f", Buffer.from(`- when: ${written}`));
      const found = document.locate("error", "/0/when", false, `line ${line}, column ${column}: no`);
      assert.deepEqual([`${found.line}:${found.column}`, found.message], [expected, "no"]);
    });
  }

  it("is at the value where no place is said, or one that cannot be", () => {
    const document = Document.parse("f", Buffer.from('[{when: ".a", x: {when: ".b"}}]'));
    for (const [pointer, message, column] of [
      ["/0/when", "column 0: no", 9],
      ["/0/when", "column x: no", 9],
      ["/0/when", "no: column 2", 9],
      ["/0/x/when", "column 2: no", 25],
    ] as const) {
      const found = document.locate("error", pointer, false, message);
      assert.deepEqual([found.line, found.column, found.message], [1, column, message]);
    }
  });
});

describe("configurations", () => {
  it("as values are read as those of a file", async () => {
    const list = [
      { name: "a", events: "after:*", url: "https://example.com/p?q", secret: "hunter2", timeout: "7s" },
      {
        channels: ["news"],
        url: { env: "URL" },
        secret: [{ env: "KEY" }, "old"],
        headers: { "X-Team": { env: "KEY" } },
      },
    ];
    const environment = { URL: "https://example.org:8443/x", KEY: "k" };
    const one = await Configuration.from(list, { environment });
    const other = await load(JSON.stringify(list), { environment });
    for (const { webhooks } of [one, other]) {
      assert.deepEqual(
        webhooks.map(({ label }) => label),
        ["a", "#1 https://example.org:8443"],
      );
      assert.deepEqual(
        webhooks.map(({ timeout }) => timeout),
        [7000, 5000],
      );
    }
    assert.doesNotMatch(JSON.stringify(one) + inspect(one, { depth: 20 }), /hunter2|p\?q/);
  });

  it("as values are refused with their paths", async () => {
    const wrong = [{ events: "measure", url: "ftp://x", secret: "", timeout: Number.NaN }];
    const problems = await problemsOf(Configuration.from(wrong));
    const paths = problems.map(({ path, line }) => [path, line]);
    for (const field of ["events", "url", "secret", "timeout"]) {
      assert.ok(
        paths.some(([path, line]) => path === `webhooks[0].${field}` && line === undefined),
        String(problems),
      );
    }
    await assert.rejects(Configuration.from([{ url: "https://e.com", secret: "s", events: () => 1 }]), TypeError);
  });

  it("keep the place of what stands behind characters of other planes", async () => {
    const problems = await problemsOf(
      load("- {name: '\u{1f600}\u{1f600}', time_out: 1, events: after:measure, url: 'https://e.com', secret: s}"),
    );
    assert.deepEqual(
      problems.map(({ line, column }) => [line, column]),
      [[1, 16]],
    );
  });

  it("may nest a hundred levels, through aliases too", async () => {
    const nest = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const webhook = "{events: after:measure, url: 'https://e.com', secret: s}";
    const deep = (depth: number) => problemsOf(load(`a: &a ${nest(depth)}\nb: [[*a]]\nwebhooks: [${webhook}]`));
    assert.deepEqual(await deep(97), []);
    assert.match(String(await deep(98)), /2:6: error: this is nested too deeply/);
    assert.match(String(await problemsOf(load(nest(100_000)))), /is nested too deeply/);
    assert.match(String(await problemsOf(load("a: &a [*a]"))), /inside what it refers to/);
  });

  it("may have long lines", { timeout: 30_000 }, async () => {
    for (const item of ["a,", "&a b,", "!!str b,"]) {
      assert.match(String(await problemsOf(load(`x: [${item.repeat(40_000)}]\nwebhooks: []`))), /^.*:2:11: warning: /);
    }
  });

  it("find variables, and nothing that an object inherits", async () => {
    for (const name of ["constructor", "__proto__", "toString"]) {
      const list = [{ events: "after:measure", url: "https://e.com", secret: { env: name } }];
      assert.match(String(await problemsOf(Configuration.from(list))), /is not set/);
    }
  });

  it("must be UTF-8", async () => {
    const file = join(temporary, "utf16.yaml");
    writeFileSync(file, Buffer.from("\ufeffwebhooks: []", "utf16le"));
    assert.match(String(await problemsOf(Configuration.load(file))), /UTF-16/);
    writeFileSync(file, Buffer.from([0x61, 0xff]));
    assert.match(String(await problemsOf(Configuration.load(file))), /not UTF-8/);
    assert.match(String(await problemsOf(Configuration.load(join(temporary, "none.yaml")))), /no such file/);
  });
});
