/** Servers below HTTP: they close, refuse, answer early, and say what no server should. */

import { createServer as createHttp2, createSecureServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTls } from "node:tls";
import { generate } from "selfsigned";

/** What cancels every event. */
export const CANCEL = "application/vnd.opsani.servo.errors.EventCancelledError+json";

/** The same as a whole answer of HTTP/1.1. */
export const VETO = `HTTP/1.1 200 OK\r\nContent-Type: ${CANCEL}\r\nContent-Length: 17\r\n\r\n{"reason":"veto"}`;

/** A key, and a certificate for `hooks.example` that is its own authority. */
export async function identity(): Promise<{ key: string; cert: string }> {
  const made = await generate([{ name: "commonName", value: "hooks.example" }], {
    keySize: 2048,
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "hooks.example" }] }],
  });
  return { key: made.private, cert: made.cert };
}

export type Identity = Awaited<ReturnType<typeof identity>>;

/** A server at work. */
export interface Listening extends AsyncDisposable {
  port: number;
  /** Connections that were opened so far. */
  readonly opened: number;
  /** Waits until so many are open. */
  untilOpen(count: number): Promise<void>;
}

/** Listens on loopback until the test is over. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let opened = 0;
  let watchers: (() => void)[] = [];
  const wake = () => {
    for (const watcher of watchers.splice(0)) watcher();
  };
  server.on("connection", (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      wake();
    });
    wake();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get opened() {
      return opened;
    },
    async untilOpen(count) {
      while (sockets.size !== count) await new Promise<void>((resolve) => watchers.push(resolve));
      watchers = [];
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Called with each connection, once TLS stands. */
export function raw(each: (socket: Socket) => void, tls?: Identity): Server {
  const quiet = (socket: Socket) => each(socket.on("error", () => {}));
  return tls ? createTls(tls, quiet) : createServer(quiet);
}

/** Called with whole requests of HTTP/1.1 on a connection, and which one it is of that connection, from 0. */
export function requests(socket: Socket, each: (nth: number) => void): void {
  let text = "";
  let nth = 0;
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    for (;;) {
      const head = text.indexOf("\r\n\r\n");
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (head < 0 || text.length < head + 4 + length) return;
      text = text.slice(head + 4 + length);
      each(nth);
      nth += 1;
    }
  });
}

/** Called with each stream of HTTP/2. */
export function streams(each: (stream: ServerHttp2Stream) => void, tls?: Identity): Http2Server {
  const server = tls ? createSecureServer(tls) : createHttp2();
  server.on("sessionError", () => {});
  server.on("stream", (stream) => each(stream.on("error", () => {})));
  return server as Http2Server;
}

/** Answers a stream with what cancels. */
export function veto(stream: ServerHttp2Stream): void {
  stream.respond({ ":status": 200, "content-type": CANCEL });
  stream.end('{"reason":"veto"}');
}

/** A server of HTTP/2 that answers each stream with header blocks of its own, in frames (RFC 9113, section 4). */
export function frames(blocks: Buffer[]): Server {
  return createServer((socket) => {
    socket.on("error", () => {});
    let bytes = Buffer.alloc(0);
    let greeted = false;
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!greeted) {
        if (bytes.length < 24) return;
        bytes = bytes.subarray(24);
        greeted = true;
        socket.write(frame(4, 0, 0, Buffer.alloc(0)));
      }
      while (bytes.length >= 9) {
        const length = bytes.readUIntBE(0, 3);
        if (bytes.length < 9 + length) return;
        const [type, flags, stream] = [bytes[3], bytes[4] ?? 0, bytes.readUInt32BE(5)];
        bytes = bytes.subarray(9 + length);
        if (type === 4 && (flags & 1) === 0) socket.write(frame(4, 1, 0, Buffer.alloc(0)));
        // END_HEADERS; the stream of the last block ends.
        if (type !== 1) continue;
        for (const [nth, block] of blocks.entries()) {
          socket.write(frame(1, nth === blocks.length - 1 ? 5 : 4, stream, block));
        }
      }
    });
  });
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A field as a literal without indexing (RFC 7541, section 6.2.2). */
export function field(name: string, value: string): Buffer {
  const text = (of: string) => Buffer.concat([Buffer.from([of.length]), Buffer.from(of, "latin1")]);
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}
