/**
 * Makes of the service what Node.js runs as an engine of WASI, for the tests of `tests/service`: into `service`.
 *
 * The component is the file that SERVO_WEBHOOKS_SERVICE names, or else what the program of this
 * repository writes.
 */

import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";

const here = fileURLToPath(new URL("..", import.meta.url));
const folder = join(here, "service");

async function component() {
  const ready = process.env.SERVO_WEBHOOKS_SERVICE;
  if (ready) return readFile(ready);
  const file = join(tmpdir(), `service-${process.pid}.wasm`);
  const program = ["run", "--package", "servo-webhooks-cli", "--", "component", "--service", "--output", file];
  execFileSync("cargo", program, { cwd: resolve(here, "../.."), stdio: "inherit" });
  const bytes = await readFile(file);
  await rm(file);
  return bytes;
}

const { files } = await transpileBytes(await component(), { name: "service" });
await rm(folder, { recursive: true, force: true });
for (const [name, content] of Object.entries(files)) {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
