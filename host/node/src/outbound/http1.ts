/** A connection that speaks HTTP/1.1: one request at a time, by the client of Node.js. */

import { request } from "node:http";
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
    this.#socket.ref();
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
        createConnection: () => socket,
        method: "POST",
        path,
        headers: ["Host", authority, "Connection", "keep-alive", ...headers, "Content-Length", String(body.length)],
        maxHeaderSize: HEADER_BYTES,
        insecureHTTPParser: false,
      });
      // Without an agent Node.js would close it.
      asked.shouldKeepAlive = true;
      let written = true;
      asked.once("socket", () => {
        written = !socket.destroyed && socket.writable;
        if (!written) asked.destroy();
        socket.prependListener("data", hear);
      });
      asked.once("close", () => {
        signal.removeEventListener("abort", aborted);
        socket.removeListener("data", hear);
        // The answer has been read and the request sent, and the socket is given back.
        if (!socket.destroyed && asked.shouldKeepAlive) this.#rest();
        else socket.destroy();
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
        this.#said = said(answer.rawHeaders);
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

  /** Nothing is on its way any more: it is kept for a while. */
  #rest(): void {
    this.served = true;
    this.#busy = false;
    const kept = Math.min(this.#said ?? UNSAID, LONGEST);
    this.#keptUntil = performance.now() + kept;
    if (kept === 0 || !this.#keeper.rests(this)) {
      this.close();
      return;
    }
    this.#timer = setTimeout(() => this.close(), kept);
    this.#timer.unref();
    this.#socket.unref();
  }
}

/** Milliseconds for which a server keeps a connection by its own word, less what a request needs to arrive. */
function said(raw: readonly string[]): number | undefined {
  const at = raw.findIndex((name, nth) => nth % 2 === 0 && name.length === 10 && name.toLowerCase() === "keep-alive");
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,9})/i.exec(at < 0 ? "" : (raw[at + 1] ?? ""))?.[1];
  if (seconds === undefined) return undefined;
  return Number(seconds) < 2 ? Number(seconds) * 500 : (Number(seconds) - 1) * 1000;
}
