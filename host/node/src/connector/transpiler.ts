/** The inside of the worker thread that transpiles a component from elsewhere. */

import { parentPort, workerData } from "node:worker_threads";
import type { Report } from "./component.js";

const PACKAGE = "@bytecodealliance/jco-transpile";

async function report(): Promise<Report> {
  let transpiler: typeof import("@bytecodealliance/jco-transpile");
  let tools: typeof import("@bytecodealliance/jco-transpile/wasm-tools");
  try {
    transpiler = await import(PACKAGE);
    tools = await import(`${PACKAGE}/wasm-tools`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return { missing: PACKAGE };
    throw error;
  }
  const bytes = workerData as Uint8Array;
  try {
    // The transpiler leaves out what it imports and does not use.
    const imports = [...(await tools.componentWit(bytes)).matchAll(/^ {2}import (\S+?)[;:]?(?: .*)?$/gm)];
    const { files, exports } = await transpiler.transpileBytes(bytes, {
      name: "connector",
      instantiation: "sync",
      noComponentErrorWrapping: false,
      nodejsCompat: false,
    });
    return {
      files: Object.entries(files),
      imports: imports.map(([, name = ""]) => name),
      exports: exports.map(([name]) => name),
    };
  } catch (error) {
    const payload = (error as { payload?: unknown }).payload;
    return { invalid: typeof payload === "string" ? payload : String((error as Error).message) };
  }
}

parentPort?.postMessage(await report());
