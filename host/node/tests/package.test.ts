/** The package as others get it: packed, installed into an empty folder, and used as the README says. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Responder } from "./support/responder.js";
import { isSignedWith } from "./support/signatures.js";

const run = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(join(here, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "servo-"));

after(() => rmSync(folder, { recursive: true }));

/** The first block of a language in the README. */
function block(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(readme)?.[1];
  assert.ok(found, `the README has a block of ${language}`);
  return found;
}

describe("the package", { timeout: 180_000 }, () => {
  let files: string[];

  before(async () => {
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
    const { stdout } = await run("npm", pack, { cwd: here });
    const parsed = JSON.parse(stdout);
    const [packed] = Array.isArray(parsed)
      ? parsed
      : Object.values<{ filename: string; files: { path: string }[] }>(parsed);
    files = packed.files.map(({ path }: { path: string }) => path);
    writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
    const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", join(folder, packed.filename)];
    await run("npm", install, { cwd: folder });
  });

  it("holds what is needed and nothing else", () => {
    const others = files.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path));
    assert.deepEqual(others.sort(), [
      "LICENSE",
      "README.md",
      "generated/connector.core.wasm",
      "generated/connector.d.ts",
      "generated/connector.js",
      "generated/interfaces/servo-webhooks-connector.d.ts",
      "package.json",
    ]);
  });

  for (const [what, reply, says] of [
    ["happens", {}, "adjusted"],
    [
      "is cancelled",
      {
        headers: { "Content-Type": "application/vnd.opsani.servo.errors.EventCancelledError+json" },
        body: '{"reason":"no"}',
      },
      "cancelled: no",
    ],
  ] as const) {
    it(`does what the README shows: an event ${what}`, async () => {
      await using responder = await Responder.start({ "/": [reply, {}] });
      writeFileSync(join(folder, "servo.yaml"), block("yaml"));
      writeFileSync(join(folder, "servo.js"), block("js"));
      const env = {
        PATH: process.env.PATH,
        SERVO_WEBHOOKS_ALLOW: "loopback",
        APPROVE_URL: `${responder.origin}/`,
        APPROVE_SECRET: "s3cr3t",
      };
      const { stdout, stderr } = await run(process.execPath, ["servo.js"], { cwd: folder, env });
      assert.equal(stderr, "");
      const lines = stdout.trim().split("\n");
      assert.ok(lines.includes(says), stdout);
      assert.equal(responder.requests.length, what === "happens" ? 2 : 1);
      assert.ok(responder.requests.every((request) => isSignedWith("s3cr3t", request)));
      if (what === "happens") assert.ok(lines.includes("approve after:adjust delivered"), stdout);
    });
  }

  it("says what to install for a component from elsewhere", async () => {
    const text = `import { Connector } from "servo-webhooks";
      await Connector.load(process.argv[2]).catch((error) => console.log(error.fault, error.message));`;
    writeFileSync(join(folder, "other.js"), text);
    const { stdout } = await run(process.execPath, ["other.js", join(here, "generated/component.wasm")], {
      cwd: folder,
    });
    assert.match(stdout, /^compiler component .*: to load a component from elsewhere, install the package @bytecode/);
  });

  it("has types for those who use it", async () => {
    const text = `import { Configuration, type Dispatched, type Options, Webhooks } from "servo-webhooks";
      const options: Options = { allow: ["private"], logger: null };
      const webhooks = new Webhooks(await Configuration.from([{ url: "https://e.com", secret: { env: "S" } }]), options);
      webhooks.on("delivery", ({ outcome }) => { const known: "delivered" | "failed" | "undelivered" = outcome; return known; });
      export const done: Dispatched<number> = await webhooks.dispatch({ name: "a" }, () => ({ value: 1 }));
      // @ts-expect-error: an event has a name
      await webhooks.before({});`;
    writeFileSync(join(folder, "use.ts"), text);
    symlinkSync(join(here, "node_modules/@types"), join(folder, "node_modules/@types"));
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node", "use.ts"];
    const { stdout } = await run(join(here, "node_modules/.bin/tsc"), flags, { cwd: folder }).catch((error) => error);
    assert.equal(stdout, "");
  });
});
