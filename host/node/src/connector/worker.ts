/** The inside of a worker thread: one instance of the guest, called by messages. */

import { parentPort, workerData } from "node:worker_threads";
import { type FunctionName, INTERFACE, type Interface } from "./contract.js";
import { Guest } from "./guest.js";
import { MEMORY } from "./limits.js";

/** A core module, and the bytes that its memories and tables take at the most. */
export interface Core {
  module: WebAssembly.Module;
  most: number;
}

/** What a worker is made of. */
export interface Load {
  /** The transpiled component, an ES module; none is the built-in one. */
  source: string | undefined;
  /** Its core modules by file name. */
  modules: Map<string, Core>;
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

/** Instances of core modules in one of the component, at most. */
const INSTANCES = 64;

const sizes = new Map([...modules.values()].map(({ module, most }) => [module, most]));

const guest = new Guest((): Interface => {
  const getModule = (name: string) => modules.get(name)?.module as WebAssembly.Module;
  let bytes = 0;
  let count = 0;
  // A component may have several instances of one module.
  const bounded = (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
    bytes += sizes.get(module) ?? Number.POSITIVE_INFINITY;
    count += 1;
    if (bytes > MEMORY.memories + MEMORY.tables || count > INSTANCES)
      throw new RangeError("its instances have too much memory together");
    return new WebAssembly.Instance(module, imports);
  };
  const exported = Object.entries(transpiled.instantiate(getModule, {}, bounded));
  return exported.find(([name]) => name.startsWith(INTERFACE))?.[1] as Interface;
}, calls);

parentPort?.on("message", ({ name, args }: Call) => {
  parentPort?.postMessage(guest.run(name, args));
});
parentPort?.postMessage("ready");
