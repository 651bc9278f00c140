/** The client: requests over kept-alive connections, each to an address that was vetted when it was opened. */

import type { Socket } from "node:net";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import type { Environment } from "../config/reference.js";
import type { wit } from "../connector/contract.js";
import { MOST, readBoundedNow } from "../files.js";
import type { Headers } from "../headers.js";
import { sanitize } from "../text.js";
import { again } from "./again.js";
import type { Answer } from "./answer.js";
import { reach, reachAny, secure, through } from "./connect.js";
import { HEADER_BYTES, type Keeper } from "./connection.js";
import { type Allow, Refused } from "./egress.js";
import { ClientError, inWords, Lacking, NoAnswer, OVERSIZED } from "./error.js";
import { Http1Connection } from "./http1.js";
import { Http2Connection } from "./http2.js";
import { Pools } from "./pools.js";
import { type HttpProxy, Proxies } from "./proxy.js";
import { type Lookup, Resolver, system, Unresolved } from "./resolve.js";
import type { Wish } from "./scarcity.js";
import type { Target } from "./target.js";

/** What a client may do. */
export interface ClientOptions {
  /** Where requests may go beside public addresses. */
  allow: Allow;
  /** CA certificates to trust beside those of Node.js: a PEM file. */
  caFile: string | undefined;
  /** Its variables name proxies. */
  environment: Environment;
  /** Who looks names up; left out: the system. */
  lookup: Lookup | undefined;
}

/** One request. */
export interface Sending {
  target: Target;
  version: wit.HttpVersion;
  headers: Headers;
  body: Buffer;
  /** An event waits for the answer. */
  question: boolean;
  /** Ends it; its reason is told. */
  signal: AbortSignal;
}

/** Sends requests. Shared by all webhooks. */
export class Client {
  readonly #allow: Allow;
  readonly #resolver: Resolver;
  readonly #proxies: Proxies;
  readonly #caFile: string | undefined;
  readonly #pools = new Pools();
  #authorities: SecureContext;
  #closed = false;

  /** Throws a `ClientError` if the CA file or a proxy of the environment cannot be used. */
  constructor(options: ClientOptions) {
    this.#allow = options.allow;
    this.#resolver = new Resolver(options.lookup ?? system);
    this.#proxies = new Proxies(options.environment);
    this.#caFile = options.caFile;
    this.#authorities = authorities(this.#caFile);
  }

  /** Reads the CA file anew, for connections from here on. Throws a `ClientError`, and leaves all as it was. */
  renew(): void {
    this.#authorities = authorities(this.#caFile);
    this.#pools.renew();
  }

  /**
   * Posts a body. Returns when status and headers of the answer are there; redirects are not followed. What the
   * responder has not processed is sent again.
   *
   * Throws `Refused` if the target is not allowed, `Lacking` if this machine could not, `NoAnswer` if no answer comes.
   */
  async send(sending: Sending): Promise<Answer> {
    const { target, signal } = sending;
    try {
      const answer = await again(signal, (after) => this.#once(sending, after));
      if (answer.size <= HEADER_BYTES) return answer;
      answer.drop();
      throw new NoAnswer(OVERSIZED);
    } catch (error) {
      if (error instanceof Refused || error instanceof Lacking) throw error;
      if (signal.aborted && signal.reason instanceof Error) throw signal.reason;
      throw new NoAnswer(inWords(error, target.host));
    }
  }

  /** Closes all connections; nothing is sent any more. */
  close(): void {
    this.#closed = true;
    this.#pools.destroy();
  }

  async #once({ target, version, headers, body, question, signal }: Sending, after: number | undefined) {
    if (this.#closed) throw new NoAnswer("the webhooks have been shut down");
    const proxy = this.#proxies.of(target);
    const clear = proxy && !target.secure && version !== "http2" ? proxy : undefined;
    const wish = { question, signal };
    const posting = { scheme: target.secure ? "https" : "http", authority: target.authority, body, signal };
    if (clear) {
      // A proxy is asked in clear by absolute URL (RFC 9112, 3.2.2).
      await this.#pools.patiently(wish, () => this.#vetted(target, clear, wish));
      const open = async (keeper: Keeper, given: AbortSignal) =>
        new Http1Connection(await reach(clear, this.#resolver, { question, signal: given }), keeper);
      const connection = await this.#pools.take(`proxy ${clear.name}`, open, false, wish, after);
      const authorization = clear.authorization ? ["Proxy-Authorization", clear.authorization] : [];
      const path = `http://${target.authority}${target.path}`;
      return connection.post({ ...posting, path, headers: [...headers.flat(), ...authorization] });
    }
    const open = (keeper: Keeper, given: AbortSignal) =>
      this.#open(target, version, proxy, keeper, { question, signal: given });
    const shares = version === "http2" || (version === "auto" && target.secure);
    const connection = await this.#pools.take(`${version} ${target.origin}`, open, shares, wish, after);
    return connection.post({ ...posting, path: target.path, headers: headers.flat() });
  }

  /** The addresses of a target, which may be none where a proxy is asked for a name that is allowed by itself. */
  async #vetted(target: Target, proxy: HttpProxy | undefined, wish: Wish): Promise<string[]> {
    const { host } = target;
    try {
      return await this.#resolver.vetted(host, this.#allow, wish);
    } catch (error) {
      if (!proxy || !(error instanceof Unresolved)) throw error;
      if (this.#allow.names(host)) return [];
      if (error.code === "ENOTFOUND") throw Refused.unknown(host);
      throw error;
    }
  }

  async #open(
    target: Target,
    version: wit.HttpVersion,
    proxy: HttpProxy | undefined,
    keeper: Keeper,
    wish: Wish,
  ): Promise<Http1Connection | Http2Connection> {
    const { host, port } = target;
    const { signal } = wish;
    const addresses = await this.#vetted(target, proxy, wish);
    let socket: Socket = proxy
      ? await through(proxy, this.#resolver, host, port, wish)
      : await reachAny(addresses, port, signal);
    let speaksHttp2 = version === "http2";
    if (target.secure) {
      const tls = await secure(socket, host, version, this.#authorities, signal);
      speaksHttp2 = tls.alpnProtocol === "h2";
      socket = tls;
    }
    return speaksHttp2 ? new Http2Connection(socket, target.origin, keeper) : new Http1Connection(socket, keeper);
  }
}

/** Whom to trust. It is made once: reading all roots takes a tenth of a second. */
function authorities(file: string | undefined): SecureContext {
  if (file === undefined) return createSecureContext();
  const fail = (why: string): never => {
    throw new ClientError(`the CA file ${sanitize(file)} cannot be used: ${why}`);
  };
  let text = "";
  try {
    text = readBoundedNow(file, MOST.authorities).toString();
  } catch (error) {
    fail((error as Error).message);
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) fail("it has no certificate in PEM format");
  try {
    return createSecureContext({ ca: [...rootCertificates, text] });
  } catch {
    return fail("it has something that is not a certificate in PEM format");
  }
}
