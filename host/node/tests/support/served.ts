/** The real program, as `serve` with a store. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PROGRAM = fileURLToPath(new URL("../../../../target/debug/servo-webhooks", import.meta.url));

/** Why it cannot be started, if it cannot. */
export const missing = existsSync(PROGRAM) ? false : "servo-webhooks is not there: cargo build makes it";

/** What it requires. */
export const TOKEN = "t0p-s3cr3t";

/** A `serve` with a store; `await using` ends it. */
export class Served {
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Prepares one of these webhooks. */
  static async of(webhooks: object[]): Promise<Served> {
    const served = new Served(await mkdtemp(join(tmpdir(), "served-")));
    await writeFile(served.path("servo.yaml"), JSON.stringify(webhooks));
    await writeFile(served.path("token"), `${TOKEN}\n`);
    return served;
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  /** Starts it; its address. */
  async start(port = 0): Promise<string> {
    const bind = ["--bind", `127.0.0.1:${port}`, "--allow", "loopback"];
    const words = ["serve", ...bind, "--store", "store", "--token-file", "token"];
    const child = spawn(PROGRAM, words, { cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    let said = "";
    for await (const chunk of child.stderr) {
      said += chunk;
      const found = /listening on (http:\S+)/.exec(said);
      // Whoever leaves the loop closes the pipe.
      if (found?.[1]) return found[1];
    }
    throw new Error(`it does not listen: ${said}`);
  }

  /** Waits until the store has so many deliveries, all of which got through. */
  async untilDelivered(count: number): Promise<{ event: string; id: string; delivery: string }[]> {
    for (;;) {
      const words = ["deliveries", "--store", "store", "--json"];
      const { stdout } = await promisify(execFile)(PROGRAM, words, { cwd: this.#folder });
      const found = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      if (found.length === count && found.every(({ state }) => state === "delivered")) return found;
      await pause(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null)
        await new Promise((resolve) => child.once("exit", resolve));
    }
    await rm(this.#folder, { recursive: true });
  }
}
