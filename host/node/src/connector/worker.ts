/** The inside of a worker thread: one instance of the guest, called by messages. */

import { parentPort, workerData } from "node:worker_threads";
import { type FunctionName, INTERFACE, type Interface } from "./contract.js";
import { Guest } from "./guest.js";

/** What a worker is made of. */
export interface Load {
  /** The transpiled component, an ES module; none is the built-in one. */
  source: string | undefined;
  /** Its core modules by file name. */
  modules: Map<string, WebAssembly.Module>;
  /** Calls of one instance. */
  calls: number;
}

/** A call; its answer is a `Reply`. */
export interface Call {
  name: FunctionName;
  args: unknown[];
}

type Transpiled = typeof import("../../generated/connector.js");

// A module from the transpiler tries it in vain for each function where V8 has none (before Node.js 24), and
// the exceptions make an instance ten times as dear. This thread's globals are its own.
if (!("promising" in WebAssembly)) Object.assign(WebAssembly, { promising: (call: unknown) => call });

const { source, modules, calls } = workerData as Load;
const transpiled: Transpiled = source
  ? await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`)
  : await import("../../generated/connector.js");

const guest = new Guest((): Interface => {
  const getModule = (name: string) => modules.get(name) as WebAssembly.Module;
  const exported = Object.entries(transpiled.instantiate(getModule, {}));
  return exported.find(([name]) => name.startsWith(INTERFACE))?.[1] as Interface;
}, calls);

parentPort?.on("message", ({ name, args }: Call) => {
  parentPort?.postMessage(guest.run(name, args));
});
parentPort?.postMessage("ready");
