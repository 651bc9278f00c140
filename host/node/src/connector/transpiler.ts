/** The inside of the worker thread that transpiles a component from elsewhere. */

import { parentPort, workerData } from "node:worker_threads";
import type { Report } from "./component.js";

const PACKAGE = "@bytecodealliance/jco-transpile";

async function report(): Promise<Report> {
  let transpiler: typeof import("@bytecodealliance/jco-transpile");
  try {
    transpiler = await import(PACKAGE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND") return { missing: PACKAGE };
    throw error;
  }
  try {
    const { files, imports, exports } = await transpiler.transpileBytes(workerData as Uint8Array, {
      name: "connector",
      instantiation: "sync",
      noComponentErrorWrapping: false,
      nodejsCompat: false,
    });
    return { files: Object.entries(files), imports, exports: exports.map(([name]) => name) };
  } catch (error) {
    const payload = (error as { payload?: unknown }).payload;
    return { invalid: typeof payload === "string" ? payload : String((error as Error).message) };
  }
}

parentPort?.postMessage(await report());
