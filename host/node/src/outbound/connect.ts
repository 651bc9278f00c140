/** Connections: to vetted addresses alone, straight or through a proxy. */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { alarm } from "../alarm.js";
import type { wit } from "../connector/contract.js";
import { inWords, NoAnswer, tcpInWords } from "./error.js";
import { type HttpProxy, tunnel } from "./proxy.js";
import { addressesOf, type Lookup } from "./resolve.js";
import { bracketed } from "./target.js";

/** Milliseconds until a connection must stand, TLS included. The limit of an attempt is usually shorter. */
const PATIENCE = 30_000;

/**
 * What the addresses of a name share before the last is tried, and the most and the least that one gets, in
 * milliseconds: less than the default limit of an attempt, so that a dead address does not hide a living one.
 */
const SHARED = 4000;
const MOST = 1500;
const LEAST = 250;

/** Connects to an address. */
export function open(address: string, port: number, limit: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: address, port, noDelay: true, keepAlive: true });
    const cancel = alarm(limit, () => {
      socket.destroy();
      reject(new NoAnswer(`no connection to ${bracketed(address)}:${port} in time`));
    });
    socket.once("connect", () => {
      cancel();
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error) => {
      cancel();
      reject(new NoAnswer(tcpInWords(address, port, error)));
    });
  });
}

/** Tries addresses one after the other; the last has the patience of the caller. */
export async function inTurn(
  addresses: string[],
  connect: (address: string, limit: number) => Promise<Socket>,
): Promise<Socket> {
  const share = Math.min(MOST, Math.max(LEAST, SHARED / addresses.length));
  let failure: unknown;
  for (const [index, address] of addresses.entries()) {
    try {
      return await connect(address, index === addresses.length - 1 ? PATIENCE : share);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Connects to the proxy itself, which no rule forbids. */
export async function reach(proxy: HttpProxy, lookup: Lookup): Promise<Socket> {
  try {
    return await inTurn(await addressesOf(proxy.host, lookup), (address, limit) => open(address, proxy.port, limit));
  } catch (error) {
    throw new NoAnswer(`the proxy ${proxy.name} cannot be used: ${inWords(error, proxy.host)}`);
  }
}

/** Connects to an address through a proxy. */
export async function through(proxy: HttpProxy, lookup: Lookup, address: string, port: number): Promise<Socket> {
  const socket = await reach(proxy, lookup);
  const cancel = alarm(PATIENCE, () => socket.destroy());
  return tunnel(proxy, socket, address, port).finally(cancel);
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
  ca: string[] | undefined,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const tls = connectTls({
      socket,
      host,
      servername: isIP(host) === 0 ? host : "",
      ALPNProtocols: PROTOCOLS[version],
      ...(ca ? { ca } : {}),
    });
    const fail = (why: string) => {
      cancel();
      socket.destroy();
      tls.destroy();
      reject(new NoAnswer(why));
    };
    const closed = () => fail("TLS handshake failed: the connection was closed");
    const cancel = alarm(PATIENCE, () => fail("TLS handshake failed: it took too long"));
    tls.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? closed() : fail(inWords(error, host)),
    );
    tls.once("close", closed);
    tls.once("secureConnect", () => {
      if (version === "http2" && tls.alpnProtocol !== "h2") {
        return fail("TLS handshake failed: the server does not offer the HTTP version asked for");
      }
      cancel();
      tls.removeAllListeners("error").removeListener("close", closed);
      return resolve(tls);
    });
  });
}
