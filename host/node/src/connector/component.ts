/**
 * A component from elsewhere: read, looked at, and transpiled to JavaScript, in a worker thread of its own
 * that is ended when it takes too long.
 */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { Limit } from "../awake-limit.js";
import { MOST, readBounded } from "../files.js";
import { sanitize } from "../text.js";
import { INTERFACE } from "./contract.js";
import { ComponentError } from "./error.js";
import { MEMORY, TRANSPILING, WORKER } from "./limits.js";
import { boundMemory, TooMuch } from "./memory.js";
import type { Core } from "./worker.js";

/** A component, ready to be instantiated. */
export interface Transpiled {
  /** An ES module without imports. */
  source: string;
  modules: Map<string, Core>;
}

/** What the worker answers. */
export type Report =
  | { files: [string, Uint8Array][]; imports: string[]; exports: string[] }
  | { missing: string }
  | { invalid: string };

const MAGIC = "\0asm";

/** Reads and transpiles a component file; throws a `ComponentError` that says what is wrong with it. */
export async function loadComponent(file: string, digest: string | undefined): Promise<Transpiled> {
  let bytes: Buffer;
  try {
    bytes = await readBounded(file, MOST.component);
  } catch (error) {
    throw new ComponentError("unreadable", `component ${file}: ${(error as Error).message}`);
  }
  checkDigest(file, bytes, digest);
  checkKind(file, bytes);
  const report = await transpile(file, bytes);
  if ("missing" in report) {
    throw new ComponentError(
      "compiler",
      `component ${file}: to load a component from elsewhere, install the package ${report.missing}`,
    );
  }
  if ("invalid" in report) throw invalid(file, report.invalid);
  const { files, imports, exports } = report;
  if (imports.length > 0) {
    throw new ComponentError(
      "imports",
      `component ${file}: it imports ${sanitize(imports[0] ?? "")}; a connector imports nothing`,
    );
  }
  const wrong = (what: string) =>
    new ComponentError(
      "wrongWorld",
      `component ${file}: it is not of the world servo:webhooks/webhook-connector@0.1.0: ${what}`,
    );
  if (!exports.some((name) => name.startsWith(INTERFACE))) {
    // The transpiler adds a short name to each that has a package.
    const full = exports.filter((name) => name.includes(":"));
    throw wrong(`it exports ${sanitize(full.join(", ")) || "nothing"}`);
  }
  const named = new Map(files);
  const text = (name: string) => Buffer.from(named.get(name) ?? []).toString();
  const missing = await missingDeclaration(text("interfaces/servo-webhooks-connector.d.ts"));
  if (missing) throw wrong(`it lacks ${missing}`);
  return { source: text("connector.js"), modules: compile(file, files) };
}

function checkDigest(file: string, bytes: Buffer, digest: string | undefined): void {
  if (digest === undefined) return;
  if (!/^[0-9a-fA-F]{64}$/.test(digest)) {
    throw new ComponentError("digest", "a component is pinned by its SHA-256, 64 hexadecimal digits");
  }
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== digest.toLowerCase()) {
    throw new ComponentError("digest", `component ${file}: its SHA-256 is ${found}, but it is pinned to ${digest}`);
  }
}

function checkKind(file: string, bytes: Buffer): void {
  if (bytes.toString("latin1", 0, 4) !== MAGIC) {
    throw new ComponentError("notWasm", `component ${file}: not WebAssembly`);
  }
  if (bytes.length < 8) throw new ComponentError("truncated", `component ${file}: truncated`);
  if (bytes.readUInt16LE(6) === 0) {
    throw new ComponentError(
      "coreModule",
      `component ${file}: a core module, not a component; wrap it with \`wasm-tools component new\``,
    );
  }
}

function transpile(file: string, bytes: Uint8Array): Promise<Report> {
  const worker = new Worker(new URL("transpiler.js", import.meta.url), {
    workerData: bytes,
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: WORKER,
  });
  return new Promise<Report>((resolve, reject) => {
    const fail = (what: string) =>
      reject(new ComponentError("compiler", `component ${file}: it cannot be transpiled: ${what}`));
    const limit = new Limit(TRANSPILING, () => fail(`it took longer than ${TRANSPILING / 1000} s`));
    worker.once("message", resolve);
    worker.once("error", (error) => fail((error as NodeJS.ErrnoException).code ?? error.name));
    worker.once("exit", () => {
      limit.end();
      fail("its worker thread ended");
    });
  }).finally(() => void worker.terminate());
}

function invalid(file: string, detail: string): ComponentError {
  const line = sanitize(detail.split("\n", 1)[0] ?? "");
  const cut = /unexpected end|out of bounds|unexpected-eof/.test(detail);
  return cut
    ? new ComponentError("truncated", `component ${file}: truncated: ${line}`)
    : new ComponentError("corrupted", `component ${file}: corrupted: ${line}`);
}

function compile(file: string, files: [string, Uint8Array][]): Map<string, Core> {
  const modules = files.filter(([name]) => name.endsWith(".wasm"));
  try {
    const bounds = boundMemory(
      modules.map(([, bytes]) => bytes),
      MEMORY,
    );
    const cores = bounds.map(({ bytes, most }) => ({ module: new WebAssembly.Module(new Uint8Array(bytes)), most }));
    return new Map(cores.map((core, nth) => [modules[nth]?.[0] ?? "", core]));
  } catch (error) {
    if (error instanceof TooMuch) throw new ComponentError("memory", `component ${file}: ${error.message}`);
    throw new ComponentError("corrupted", `component ${file}: corrupted: ${sanitize((error as Error).message)}`);
  }
}

/**
 * Types in JavaScript are what the transpiler says they are: the declarations that it writes for a
 * component must hold all that it wrote for ours.
 */
async function missingDeclaration(found: string): Promise<string | undefined> {
  const ours = new URL("../../generated/interfaces/servo-webhooks-connector.d.ts", import.meta.url);
  const theirs = new Set(declarations(found));
  const missing = declarations(await readFile(ours, "utf8")).find((declaration) => !theirs.has(declaration));
  return missing && /^\w+ \w+/.exec(missing)?.[0];
}

function declarations(text: string): string[] {
  const bare = text.replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "").replace(/\s+/g, " ");
  return bare
    .split("export ")
    .map((declaration) => declaration.trim())
    .filter((declaration) => declaration !== "");
}
