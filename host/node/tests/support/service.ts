/** The service in an engine, as a process of its own. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const ENGINE = fileURLToPath(new URL("../service/engine.mjs", import.meta.url));

/** A line of its standard output. */
export type Line = Record<string, unknown> & { type: string };

/** A running service; `await using` ends it. */
export class Service {
  readonly #engine: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly origin: string;
  readonly #output: Text;
  readonly #errors: Text;

  private constructor(engine: ChildProcess, port: number, output: Text, errors: Text) {
    this.#engine = engine;
    this.#closed = once(engine, "close");
    this.origin = `http://127.0.0.1:${port}`;
    this.#output = output;
    this.#errors = errors;
  }

  /** Starts one with these variables and no others. */
  static async start(environment: Record<string, string>): Promise<Service> {
    const engine = fork(ENGINE, { env: environment, execArgv: [], stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const [output, errors] = [new Text(engine.stdout), new Text(engine.stderr)];
    const [port] = await Promise.race([
      once(engine, "message"),
      once(engine, "close").then(() => Promise.reject(new Error(`the engine ended: ${errors.text}`))),
    ]);
    return new Service(engine, port, output, errors);
  }

  /** Hands in an event. */
  post(body: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.origin}/events`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body,
    });
  }

  /** What it wrote of a type. */
  lines(type: string): Line[] {
    const lines = this.#output.lines().map((line) => JSON.parse(line) as Line);
    return lines.filter((line) => line.type === type);
  }

  /** What it wrote on standard error. */
  errors(): string[] {
    return this.#errors.lines();
  }

  /** Waits until it wrote so many lines of a type. */
  async untilLines(type: string, count: number): Promise<void> {
    while (this.lines(type).length < count) await this.#output.more();
  }

  /** Ends it, when it is through with what it does. */
  async end(): Promise<void> {
    if (this.#engine.connected) this.#engine.send("end");
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#engine.kill("SIGKILL");
    await this.#closed;
  }
}

/** What a stream gave so far. */
class Text {
  text = "";
  readonly #stream: NodeJS.ReadableStream;

  constructor(stream: NodeJS.ReadableStream | null) {
    if (!stream) throw new Error("no stream");
    this.#stream = stream.setEncoding("utf8").on("data", (chunk: string) => {
      this.text += chunk;
    });
  }

  /** Those that are whole. */
  lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }

  async more(): Promise<void> {
    const ended = once(this.#stream, "end").then(() => Promise.reject(new Error("it ended")));
    await Promise.race([once(this.#stream, "data"), ended]);
  }
}
