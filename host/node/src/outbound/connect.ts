/** Connections: to vetted addresses alone, straight or through a proxy. */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type SecureContext, type TLSSocket } from "node:tls";
import type { wit } from "../connector/contract.js";
import { inWords, Lacking, lacked, NO_ALPN, NoAnswer, tcpInWords } from "./error.js";
import { ignoringWriteErrors } from "./ignore-write-errors.js";
import { type HttpProxy, tunnel } from "./proxy.js";
import { race } from "./race.js";
import type { Resolver } from "./resolve.js";
import type { Wish } from "./scarcity.js";

/** Connects to the first of some addresses that lets itself be connected to. */
export function reachAny(addresses: string[], port: number, signal: AbortSignal): Promise<Socket> {
  return race(addresses, (address, given) => open(address, port, given), signal);
}

function open(address: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = ignoringWriteErrors(connectTcp({ host: address, port, noDelay: true, keepAlive: true }));
    const aborted = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", aborted, { once: true });
    socket.once("connect", () => {
      signal.removeEventListener("abort", aborted);
      // Who uses it listens too; between two of them nobody does.
      socket.removeAllListeners("error").on("error", () => {});
      resolve(socket);
    });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", aborted);
      const scarcity = lacked(error);
      reject(scarcity === undefined ? new NoAnswer(tcpInWords(address, port, error)) : new Lacking(scarcity));
    });
  });
}

/** Connects to the proxy itself, which no rule forbids. */
export async function reach(proxy: HttpProxy, resolver: Resolver, wish: Wish): Promise<Socket> {
  const { signal } = wish;
  try {
    return await reachAny(await resolver.addresses(proxy.host, wish), proxy.port, signal);
  } catch (error) {
    if (error instanceof Lacking || signal.aborted) throw error;
    throw new NoAnswer(`the proxy ${proxy.name} cannot be used: ${inWords(error, proxy.host)}`);
  }
}

/** Connects to a host through a proxy, which is told its name. */
export async function through(
  proxy: HttpProxy,
  resolver: Resolver,
  host: string,
  port: number,
  wish: Wish,
): Promise<Socket> {
  return tunnel(proxy, await reach(proxy, resolver, wish), host, port, wish.signal);
}

const PROTOCOLS: Record<wit.HttpVersion, string[]> = {
  auto: ["h2", "http/1.1"],
  http1: ["http/1.1"],
  http2: ["h2"],
};

/** TLS over a connection, for the name of a host. */
export function secure(
  socket: Socket,
  host: string,
  version: wit.HttpVersion,
  authorities: SecureContext,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({
      socket,
      host,
      servername: isIP(host) === 0 ? host : "",
      ALPNProtocols: PROTOCOLS[version],
      secureContext: authorities,
    });
    const end = (error: unknown) => {
      signal.removeEventListener("abort", aborted);
      socket.destroy();
      tls.destroy();
      reject(error);
    };
    const aborted = () => end(signal.reason);
    const fail = (why: string) => end(new NoAnswer(why));
    const closed = () => fail("TLS handshake failed: the connection was closed");
    tls.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? closed() : fail(inWords(error, host)),
    );
    tls.once("close", closed);
    tls.once("secureConnect", () => {
      if (version === "http2" && tls.alpnProtocol !== "h2") return fail(`TLS handshake failed: ${NO_ALPN}`);
      signal.removeEventListener("abort", aborted);
      tls.removeAllListeners("error").removeListener("close", closed);
      tls.on("error", () => {});
      return resolve(ignoringWriteErrors(tls));
    });
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();
  });
}
