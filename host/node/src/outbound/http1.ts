/** A connection that speaks HTTP/1.1: one request at a time, by the client of Node.js. */

import { Agent, request } from "node:http";
import type { Socket } from "node:net";
import { Answer } from "./answer.js";
import { type Connection, HEADER_BYTES, type Keeper, type Posting } from "./connection.js";
import { NoAnswer, Unprocessed } from "./error.js";

/**
 * Milliseconds that a connection is kept where its server does not say how long it does (several close after five
 * seconds), and the longest whatever it says.
 */
const UNSAID = 4000;
const LONGEST = 50_000;

/** A kept-alive connection. */
export class Http1Connection implements Connection {
  readonly shared = false;
  readonly born = performance.now();
  served = false;
  readonly #socket: Socket;
  readonly #agent: OneSocket;
  readonly #keeper: Keeper;
  #busy = false;
  /** By `performance.now()`. */
  #keptUntil = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  /** Milliseconds for which the server keeps it, as it last said. */
  #said: number | undefined;

  constructor(socket: Socket, keeper: Keeper) {
    this.#socket = socket;
    this.#keeper = keeper;
    this.#agent = new OneSocket(socket, () => this.#rest());
    socket.once("close", () => {
      clearTimeout(this.#timer);
      keeper.gone(this);
    });
    // Nobody has asked, or the other side is about to close.
    socket.on("data", () => this.#busy || socket.destroy());
    socket.on("end", () => this.#busy || socket.destroy());
  }

  get free(): boolean {
    return this.idle && this.#socket.writable && performance.now() < this.#keptUntil;
  }

  get idle(): boolean {
    return !this.#busy;
  }

  reserve(): void {
    clearTimeout(this.#timer);
    this.#busy = true;
  }

  close(): void {
    this.#socket.destroy();
  }

  post({ authority, path, headers, body, signal }: Posting): Promise<Answer> {
    const socket = this.#socket;
    const used = this.served;
    return new Promise((resolve, reject) => {
      let heard = false;
      const hear = () => {
        heard = true;
      };
      const aborted = () => {
        socket.destroy();
        reject(signal.reason);
      };
      if (socket.destroyed || !socket.writable) return reject(new Unprocessed(true, undefined));
      if (signal.aborted) return aborted();
      signal.addEventListener("abort", aborted, { once: true });
      const asked = request({
        agent: this.#agent,
        method: "POST",
        path,
        headers: ["Host", authority, ...headers, "Content-Length", String(body.length)],
        maxHeaderSize: HEADER_BYTES,
        insecureHTTPParser: false,
      });
      let written = true;
      asked.once("socket", () => {
        written = !socket.destroyed && socket.writable;
        if (!written) asked.destroy();
        socket.prependListener("data", hear);
      });
      asked.once("close", () => {
        signal.removeEventListener("abort", aborted);
        socket.removeListener("data", hear);
      });
      asked.on("error", (error) => {
        if (!written) reject(new Unprocessed(true, error));
        else if (used && !heard) reject(new Unprocessed(false, error));
        else reject(error);
        socket.destroy();
      });
      asked.once("upgrade", () => {
        socket.destroy();
        reject(new NoAnswer("malformed HTTP answer: another protocol, which nobody asked for"));
      });
      // Those beyond are dropped without a word; how many bytes they have is bounded.
      asked.maxHeadersCount = 0;
      asked.once("response", (answer) => {
        this.#said = said(answer.headers["keep-alive"]);
        // All of it is there, and the server need not read the rest of what it was asked.
        answer.once("end", () => asked.writableFinished || socket.destroy());
        if (answer.statusCode === undefined || answer.statusCode < 100) {
          socket.destroy();
          return reject(new NoAnswer("malformed HTTP answer: a status below 100"));
        }
        return resolve(new Answer(answer.statusCode, answer.rawHeaders, answer));
      });
      return asked.end(body);
    });
  }

  /** The answer has been read; whether the connection is kept. */
  #rest(): boolean {
    this.served = true;
    const kept = Math.min(this.#said ?? UNSAID, LONGEST);
    this.#keptUntil = performance.now() + kept;
    this.#timer = setTimeout(() => this.close(), kept);
    this.#timer.unref();
    if (kept === 0) return false;
    // Node.js takes it back only now.
    process.nextTick(() => {
      this.#busy = false;
      if (!this.#keeper.rests(this)) this.close();
    });
    return true;
  }
}

/** Milliseconds for which a server keeps a connection by its own word, less what a request needs to arrive. */
function said(header: unknown): number | undefined {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(String(header ?? ""))?.[1];
  if (seconds === undefined) return undefined;
  return Number(seconds) < 2 ? Number(seconds) * 500 : (Number(seconds) - 1) * 1000;
}

/** An agent of one connection, so that Node.js says when the next request may follow. */
class OneSocket extends Agent {
  readonly #socket: Socket;
  readonly #rest: () => boolean;

  constructor(socket: Socket, rest: () => boolean) {
    super({ keepAlive: true });
    this.#socket = socket;
    this.#rest = rest;
  }

  override createConnection(): Socket {
    return this.#socket;
  }

  override keepSocketAlive(socket: Socket): boolean {
    socket.unref();
    return this.#rest();
  }
}
