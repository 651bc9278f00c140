/**
 * Builds what is not in the source: transpiles the connector's component to an ES module, into `generated`.
 *
 * The component is the file that SERVO_WEBHOOKS_COMPONENT names, or else what the program of this
 * repository writes.
 */

import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";

const here = fileURLToPath(new URL("..", import.meta.url));
const repository = resolve(here, "../..");
const generated = join(here, "generated");

async function component() {
  const ready = process.env.SERVO_WEBHOOKS_COMPONENT;
  if (ready) return readFile(ready);
  const file = join(tmpdir(), `connector-${process.pid}.wasm`);
  const program = ["run", "--package", "servo-webhooks-cli", "--", "component", "--complete", "--output", file];
  execFileSync("cargo", program, { cwd: repository, stdio: "inherit" });
  const bytes = await readFile(file);
  await rm(file);
  return bytes;
}

/**
 * Where V8 has no `WebAssembly.promising` (before Node.js 24), the module tries it in vain for each function,
 * and the exceptions make an instance ten times as dear.
 */
function withoutThrowing(content) {
  const text = Buffer.from(content).toString();
  return text.replaceAll("WebAssembly.promising(", "(WebAssembly.promising ?? ((call) => call))(");
}

const bytes = await component();
const { files, imports } = await transpileBytes(bytes, {
  name: "connector",
  instantiation: "sync",
  noComponentErrorWrapping: false,
  nodejsCompat: false,
});
if (imports.length > 0) throw new Error(`the component imports ${imports.join(", ")}; a connector imports nothing`);
await rm(generated, { recursive: true, force: true });
for (const [name, content] of Object.entries(files)) {
  const file = join(generated, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, name === "connector.js" ? withoutThrowing(content) : content);
}
// For the tests, which load it as one from elsewhere; it is not packed.
await writeFile(join(generated, "component.wasm"), bytes);
await copyFile(join(repository, "LICENSE"), join(here, "LICENSE"));
