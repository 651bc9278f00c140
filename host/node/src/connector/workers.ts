/**
 * Calls of the guest in worker threads, each of which is ended when a call takes too long: in V8 nothing
 * else stops a guest that loops.
 */

import { Worker } from "node:worker_threads";
import { Limit } from "../awake-limit.js";
import type { Caller, FunctionName, Interface, Reply } from "./contract.js";
import { WORKER } from "./limits.js";
import type { Load } from "./worker.js";

interface Task {
  name: FunctionName;
  args: unknown[];
  limit: number;
  settle: (reply: Reply<unknown>) => void;
}

/** A worker thread, and what it is busy with. */
interface Hand {
  worker: Worker;
  task: Task | undefined;
  ready: boolean;
  limit: Limit;
}

/** How long a worker may take to start, in milliseconds. */
const STARTING = 30_000;

/** A pool of worker threads. They start when they are first needed, and hold no process up while idle. */
export class Workers implements Caller {
  readonly #load: Load;
  readonly #most: number;
  readonly #hands = new Set<Hand>();
  readonly #queue: Task[] = [];
  #closed = false;

  constructor(load: Load, most: number) {
    this.#load = load;
    this.#most = most;
  }

  call<F extends FunctionName>(name: F, args: Parameters<Interface[F]>, limit: number) {
    return new Promise<Reply<ReturnType<Interface[F]>>>((resolve) => {
      const settle = resolve as (reply: Reply<unknown>) => void;
      if (this.#closed) return settle({ fault: "was called after its end" });
      this.#queue.push({ name, args, limit, settle });
      const idle = [...this.#hands].find((hand) => !hand.task && hand.ready);
      if (idle) this.#next(idle);
      else if (this.#hands.size < this.#most) this.#start();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const task of this.#queue.splice(0)) task.settle({ fault: "was called after its end" });
    await Promise.all([...this.#hands].map((hand) => hand.worker.terminate()));
  }

  #start(): void {
    let worker: Worker;
    try {
      worker = new Worker(new URL("worker.js", import.meta.url), {
        workerData: this.#load,
        // Nothing of the process is a guest's business.
        env: {},
        execArgv: [],
        stdout: true,
        stderr: true,
        resourceLimits: WORKER,
      });
    } catch (error) {
      this.#queue.shift()?.settle(starting(error));
      return;
    }
    const limit = new Limit(STARTING, () => void worker.terminate());
    const hand: Hand = { worker, task: undefined, ready: false, limit };
    this.#hands.add(hand);
    worker.on("message", (reply: Reply<unknown> | "ready") => {
      hand.limit.end();
      if (reply === "ready") hand.ready = true;
      else this.#settle(hand, reply);
      this.#next(hand);
    });
    worker.on("error", (error) => {
      this.#lose(hand, hand.ready ? { fault: "trapped: its worker thread failed" } : starting(error));
    });
    worker.on("exit", () => this.#lose(hand, { fault: "was ended with its worker thread" }));
  }

  #next(hand: Hand): void {
    const task = this.#queue.shift();
    if (!task) {
      hand.worker.unref();
      return;
    }
    hand.task = task;
    hand.worker.ref();
    hand.worker.postMessage({ name: task.name, args: task.args });
    hand.limit = new Limit(task.limit, () => this.#lose(hand, { fault: `ran longer than ${task.limit} ms` }));
  }

  #settle(hand: Hand, reply: Reply<unknown>): void {
    const task = hand.task;
    hand.task = undefined;
    task?.settle(reply);
  }

  /** Gives a worker up, with what it was busy with. */
  #lose(hand: Hand, reply: Reply<unknown>): void {
    if (!this.#hands.delete(hand)) return;
    hand.limit.end();
    void hand.worker.terminate();
    this.#settle(hand, reply);
    if (!hand.ready) this.#queue.shift()?.settle(reply);
    if (this.#queue.length > 0 && !this.#closed) this.#start();
  }
}

/** Codes of what starting a thread lacks: it has an event loop of its own, and reads files. */
const LACKS = new Set(["ERR_WORKER_INIT_FAILED", "EMFILE", "ENFILE", "ENOMEM", "EAGAIN"]);

/** What it means that a thread did not start. */
function starting(error: unknown): Reply<unknown> {
  const { code = "" } = error as NodeJS.ErrnoException;
  return LACKS.has(code) ? { scarcity: `a thread (${code})` } : { fault: "trapped: its worker thread failed" };
}
