/** A real HTTP server on loopback, for HTTP/1.1 and 2 by prior knowledge, that answers as it is told. */

import {
  createServer as createHttp1,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

/** What is answered; see `tests/scenarios/README.md` of the repository. */
export interface Reply {
  status?: number;
  headers?: Record<string, string | string[]>;
  body?: string;
  body_base64?: string;
  hang?: boolean;
  close?: boolean;
  raw?: string;
  unread?: boolean;
  closes_next?: boolean;
  delay_ms?: number;
}

/** A request that came. */
export interface Received {
  path: string;
  version: "1.1" | "2";
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** By `performance.now()`. */
  at: number;
}

/** Replies by path, in turn; the last one is repeated. */
export type Replies = Record<string, Reply[]>;

/** A responder; `await using` closes it. */
export class Responder {
  readonly requests: Received[] = [];
  readonly #replies: Replies;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** They end when another request has come on them. */
  readonly #closing = new WeakSet<object>();
  /** The most connections that were open at once. */
  most = 0;
  #watchers: (() => void)[] = [];

  private constructor(replies: Replies) {
    this.#replies = replies;
    const answer = (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) =>
      void this.#answer(request, response).catch(() => request.socket.destroy());
    const http1 = createHttp1({ keepAliveTimeout: 60_000 }, answer as never);
    const http2 = createHttp2({}, answer as never);
    http2.on("sessionError", () => {});
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      this.most = Math.max(this.most, this.#sockets.size);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        this.#wake();
      });
      socket.on("error", () => {});
      socket.once("data", (start) => {
        socket.pause();
        socket.unshift(start);
        (start.toString("latin1", 0, 3) === "PRI" ? http2 : http1).emit("connection", socket);
        process.nextTick(() => socket.resume());
      });
    });
  }

  /** Starts one on a free port. */
  static async start(replies: Replies = {}): Promise<Responder> {
    const responder = new Responder(replies);
    await new Promise<void>((resolve) => responder.#server.listen(0, "127.0.0.1", resolve));
    return responder;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The requests for a path. */
  to(path: string): Received[] {
    return this.requests.filter((request) => request.path === path);
  }

  /** Waits until a condition holds, which is looked at when something comes or goes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  /** Waits until no more connections are open than that. */
  async untilConnections(most: number): Promise<void> {
    await this.until(() => this.#sockets.size <= most);
  }

  /** Closes all connections, as a server does with idle ones. */
  closeConnections(): void {
    for (const socket of this.#sockets) socket.end();
  }

  #wake(): void {
    for (const wake of this.#watchers.splice(0)) wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(
    request: IncomingMessage | Http2ServerRequest,
    response: ServerResponse | Http2ServerResponse,
  ): Promise<void> {
    const { socket } = request;
    const path = request.url ?? "";
    const replies = this.#replies[path] ?? [{}];
    const chunks: Buffer[] = [];
    if (!replies.some(({ unread }) => unread)) for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.#closing.has(socket)) {
      socket.destroy();
      return;
    }
    const version = request.httpVersionMajor === 2 ? "2" : "1.1";
    const nth = this.to(path).length;
    this.requests.push({ path, version, headers: request.headers, body: Buffer.concat(chunks), at: performance.now() });
    this.#wake();
    const reply = replies[Math.min(nth, replies.length - 1)] ?? {};
    if (reply.delay_ms) await new Promise((resolve) => setTimeout(resolve, reply.delay_ms));
    if (reply.hang) return;
    if (reply.close) {
      if (version === "2") (request as Http2ServerRequest).stream.session?.destroy();
      else socket.destroy();
      return;
    }
    if (reply.raw !== undefined) {
      socket.end(reply.raw, "latin1", () => socket.destroy());
      return;
    }
    if (reply.closes_next) this.#closing.add(socket);
    const body = reply.body_base64 ? Buffer.from(reply.body_base64, "base64") : (reply.body ?? "");
    for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
    response.statusCode = reply.status ?? 200;
    if (!response.hasHeader("content-length")) response.setHeader("content-length", Buffer.byteLength(body));
    response.end(body);
  }
}

/** An origin where nothing listens. */
export async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A server that answers each connection with this and nothing more, and keeps it open. */
export async function dripping(raw: string): Promise<{ origin: string; answered: Promise<void> } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => socket.write(raw, () => answer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
