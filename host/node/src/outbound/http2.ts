/** A connection that speaks HTTP/2: many requests at a time, by the client of Node.js. */

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Socket } from "node:net";
import { Limit } from "../awake-limit.js";
import { Answer } from "./answer.js";
import { type Connection, HEADER_BYTES, type Keeper, type Posting } from "./connection.js";
import { NO_HTTP2, NoAnswer, Unprocessed } from "./error.js";
import { ignoringWriteErrors } from "./ignore-write-errors.js";

/** What is taken of a body that nobody has read yet (the default of RFC 9113, 6.9.2). */
const WINDOW = 65_535;

/** Requests on one connection at a time, at most; a server may want fewer. */
const MOST = 100;

/**
 * MiB that a connection may hold, what is to be sent included: past it Node.js drops answers without a word. That many
 * of the largest bodies never wait together.
 */
const MEMORY = 4096;

/** Milliseconds for which a connection is kept that nothing is on its way over. */
const KEPT = 50_000;

/** Milliseconds after which a connection that owes an answer is asked for life, and in which it must show it. */
const QUIET = 15_000;

/** A session. */
export class Http2Connection implements Connection {
  readonly shared = true;
  readonly born = performance.now();
  served = false;
  readonly #session: ClientHttp2Session;
  readonly #keeper: Keeper;
  #streams = 0;
  /** The server has shown that it speaks HTTP/2. */
  #greeted: boolean;
  /** The last stream that the server may process, once it says so. */
  #last = Number.POSITIVE_INFINITY;
  #error: unknown;
  #timer: NodeJS.Timeout | undefined;
  #quiet: Limit | undefined;

  constructor(socket: Socket, origin: string, keeper: Keeper) {
    this.#keeper = keeper;
    const session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: WINDOW },
      maxSessionMemory: MEMORY,
      // How many bytes they have is bounded.
      maxHeaderListPairs: HEADER_BYTES,
    });
    this.#session = session;
    this.#greeted = "alpnProtocol" in socket;
    session.on("error", (error) => {
      this.#error ??= error;
    });
    session.once("remoteSettings", () => {
      this.#greeted = true;
    });
    session.on("goaway", (_code, last) => {
      this.#last = Math.min(this.#last, last ?? 0);
      keeper.gone(this);
    });
    session.once("close", () => {
      clearTimeout(this.#timer);
      this.#quiet?.end();
      keeper.gone(this);
    });
  }

  get free(): boolean {
    const { closed, destroyed, remoteSettings } = this.#session;
    return !closed && !destroyed && this.#streams < Math.min(MOST, remoteSettings?.maxConcurrentStreams ?? MOST);
  }

  get idle(): boolean {
    return this.#streams === 0;
  }

  reserve(): void {
    clearTimeout(this.#timer);
    this.#streams += 1;
    if (this.#streams > 1 || this.#session.destroyed) return;
    this.#session.ref();
    this.#listen();
  }

  close(): void {
    this.#session.destroy();
  }

  post(posting: Posting): Promise<Answer> {
    const { signal } = posting;
    const used = this.served;
    return new Promise((resolve, reject) => {
      let stream: ClientHttp2Stream;
      try {
        stream = ignoringWriteErrors(this.#session.request(fields(posting), { endStream: false }));
      } catch (error) {
        this.#release();
        return reject(new Unprocessed(true, error));
      }
      const aborted = () => {
        reject(signal.reason);
        stream.close(constants.NGHTTP2_CANCEL);
        stream.destroy();
      };
      signal.addEventListener("abort", aborted, { once: true });
      stream.once("response", (headers, _flags, raw?: string[]) => {
        this.served = true;
        const status = headers[":status"] ?? 0;
        if (status >= 100) return resolve(new Answer(status, raw ?? flat(headers), stream));
        stream.destroy();
        return reject(new NoAnswer("malformed HTTP answer: a status below 100"));
      });
      // Without a meaning: what became of it is told when it closes.
      stream.on("error", (error) => {
        this.#error ??= error;
      });
      stream.once("close", () => {
        signal.removeEventListener("abort", aborted);
        const why = this.#why(stream, used);
        // Node.js goes on counting what was not sent of a stream that has ended.
        if (!stream.writableFinished) this.#retire();
        this.#release();
        reject(why);
      });
      stream.end(posting.body);
      if (signal.aborted) aborted();
    });
  }

  /** Why a stream has ended without an answer. */
  #why(stream: ClientHttp2Stream, used: boolean): unknown {
    const { id, rstCode } = stream;
    const unsent = id === undefined || stream.pending;
    if (unsent || id > this.#last || rstCode === constants.NGHTTP2_REFUSED_STREAM) {
      return new Unprocessed(true, this.#error);
    }
    const { closed, destroyed } = this.#session;
    const ended = closed || destroyed;
    if (ended && used) return new Unprocessed(false, this.#error ?? { code: "ECONNRESET" });
    const code = (this.#error as NodeJS.ErrnoException | undefined)?.code;
    if (ended && !this.#greeted && code?.startsWith("ERR_HTTP2"))
      return new NoAnswer(`malformed HTTP answer: ${NO_HTTP2}`);
    if (ended) return this.#error ?? new NoAnswer("the connection was closed before an answer");
    return new NoAnswer("the server gave the request up");
  }

  /** Takes no further request; what is on its way ends by itself. */
  #retire(): void {
    this.#keeper.gone(this);
    if (!this.#session.closed) this.#session.close();
  }

  #release(): void {
    this.#streams -= 1;
    if (this.#streams > 0) return;
    this.#quiet?.end();
    if (this.#session.destroyed) return;
    this.#session.unref();
    this.#timer = setTimeout(() => this.#session.close(), KEPT);
    this.#timer.unref();
    if (!this.#keeper.rests(this)) this.close();
  }

  /** Asks for life from time to time. A server that is gone without a word would be waited for again and again. */
  #listen(): void {
    this.#quiet = new Limit(QUIET, () => {
      this.#quiet = new Limit(QUIET, () => this.close());
      if (this.#session.destroyed) return;
      this.#session.ping((error) => {
        this.#quiet?.end();
        if (!error && !this.idle) this.#listen();
      });
    });
  }
}

function fields({ scheme, authority, path, headers, body }: Posting): OutgoingHttpHeaders {
  const named: OutgoingHttpHeaders = {
    ":method": "POST",
    ":scheme": scheme,
    ":authority": authority,
    ":path": path,
    "content-length": String(body.length),
  };
  for (let nth = 0; nth < headers.length; nth += 2) named[(headers[nth] ?? "").toLowerCase()] = headers[nth + 1];
  return named;
}

function flat(headers: NodeJS.Dict<string | string[]>): string[] {
  return Object.entries(headers).flatMap(([name, values = []]) => [values].flat().flatMap((value) => [name, value]));
}
