/** Files that are none, never end, or are longer than they may be: whoever reads one says so at once. */

import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Configuration, Connector, Webhooks } from "../dist/index.js";

const folder = mkdtempSync(join(tmpdir(), "files-"));
const at = (name: string) => join(folder, name);
const FILES = { "a pipe": at("pipe"), "a device": "/dev/zero", "a folder": folder, "a long file": at("long") };

execFileSync("mkfifo", [at("pipe")]);
// Three gigabytes that take no room.
writeFileSync(at("long"), "");
truncateSync(at("long"), 3 * 2 ** 30);

after(async () => {
  rmSync(folder, { recursive: true });
  await (await Connector.builtIn()).close();
});

const WEBHOOK = { events: "after:measure", url: "https://example.com/", secret: "s" };

const READERS: Record<string, (file: string) => Promise<unknown>> = {
  "a configuration": (file) => Configuration.load(file),
  "a secret": (file) => Configuration.from([{ ...WEBHOOK, secret: { file } }]),
  "a component": (file) => Connector.load(file),
  "CA certificates": async (caFile) => new Webhooks(await Configuration.from([WEBHOOK]), { caFile, environment: {} }),
};

for (const [what, read] of Object.entries(READERS)) {
  describe(`${what} in`, () => {
    for (const [kind, file] of Object.entries(FILES)) {
      it(`${kind} is refused by name`, { timeout: 20_000 }, async () => {
        const before = process.memoryUsage().rss;
        await assert.rejects(read(file), (error: Error) => {
          const bound = kind === "a long file" ? /it is longer than \d+ [MK]iB/ : /it is not a regular file/;
          return bound.test(error.message) && error.message.includes(file);
        });
        assert.ok(process.memoryUsage().rss - before < 512 << 20, "it was read");
      });
    }

    it("a link to a pipe is refused", { timeout: 20_000 }, async () => {
      const link = at(`link ${what}`);
      symlinkSync(at("pipe"), link);
      await assert.rejects(read(link), /it is not a regular file/);
    });
  });
}

describe("a configuration", () => {
  const program = fileURLToPath(new URL("../dist/index.js", import.meta.url));
  const script = `
    const { Configuration } = await import(${JSON.stringify(program)});
    try {
      console.log((await Configuration.load(process.argv[1])).webhooks.length);
    } catch (error) {
      console.log(error.message);
    }
    process.exit();`;
  const load = (command: string) => promisify(execFile)("bash", ["-c", command, process.execPath, script]);

  it("may come from a command, however slow it is", { timeout: 60_000 }, async () => {
    const webhooks = "webhooks: [{events: after:measure, url: https://example.com/, secret: s}]";
    const command = `"$0" --input-type=module -e "$1" <(sleep 0.3; echo '${webhooks}')`;
    assert.equal((await load(command)).stdout, "1\n");
  });

  it("is read from one to its bound", { timeout: 60_000 }, async () => {
    const command = `"$0" --input-type=module -e "$1" <(cat /dev/zero)`;
    assert.match((await load(command)).stdout, /cannot be read: it is longer than 16 MiB/);
  });
});
