/**
 * The client: pools of kept-alive connections, one for each way of speaking HTTP. All connect by the same
 * rule, so a connection that is taken from a pool was vetted when it was opened.
 */

import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { rootCertificates } from "node:tls";
import { Agent, type buildConnector, type Dispatcher } from "undici";
import { type Environment, reason } from "../config/reference.js";
import type { wit } from "../connector/contract.js";
import type { Headers } from "../headers.js";
import { Answer } from "./answer.js";
import { inTurn, open, reach, secure, through } from "./connect.js";
import { type Allow, Refused } from "./egress.js";
import { ClientError, inWords, NoAnswer } from "./error.js";
import { type HttpProxy, Proxies } from "./proxy.js";
import { type Lookup, system, vettedAddresses } from "./resolve.js";
import { bare, bracketed, Target } from "./target.js";

/** The most bytes that an answer's headers may hold. */
const HEADER_BYTES = 16 << 10;

/** What is taken of an HTTP/2 body that nobody has read yet (the default of RFC 9113, 6.9.2). */
const WINDOW = 65_535;

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
  /** Ends it; its reason is told. */
  signal: AbortSignal;
}

/** Sends requests. Shared by all webhooks. */
export class Client {
  readonly #allow: Allow;
  readonly #lookup: Lookup;
  readonly #proxies: Proxies;
  readonly #ca: string[] | undefined;
  readonly #pools = new Map<string, Agent>();
  #closed = false;

  /** Throws a `ClientError` if the CA file or a proxy of the environment cannot be used. */
  constructor(options: ClientOptions) {
    this.#allow = options.allow;
    this.#lookup = options.lookup ?? system;
    this.#proxies = new Proxies(options.environment);
    this.#ca = options.caFile === undefined ? undefined : [...rootCertificates, certificates(options.caFile)];
  }

  /**
   * Posts a body. Returns when status and headers of the answer are there; redirects are not followed.
   * Throws `Refused` if the target is not allowed, `NoAnswer` if no answer comes.
   */
  async send(sending: Sending): Promise<Answer> {
    const { target, signal } = sending;
    try {
      if (this.#closed) throw new NoAnswer("the webhooks have been drained");
      const { statusCode, headers, body } = await this.#request(sending);
      const raw = headers as unknown as string[];
      const pairs = raw.flatMap((name, nth) => (nth % 2 === 0 ? [[name, raw[nth + 1] ?? ""] as const] : []));
      const size = pairs.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
      const answer = new Answer(statusCode, pairs, body);
      if (size <= HEADER_BYTES) return answer;
      body.destroy();
      throw new NoAnswer("answer headers over 16 KiB");
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (signal.aborted && signal.reason instanceof Error) throw signal.reason;
      throw new NoAnswer(inWords(error, target.host));
    }
  }

  /** Closes all connections; nothing is sent any more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
  }

  async #request({ target, version, headers, body, signal }: Sending): Promise<Dispatcher.ResponseData> {
    const options = { method: "POST" as const, body, signal, responseHeaders: "raw" as const };
    const proxy = this.#proxies.of(target);
    if (!proxy || target.secure || version === "http2") {
      const pool = this.#pool(version, (origin) => this.#toTarget(origin, version));
      return pool.request({ ...options, origin: target.origin, path: target.path, headers: headers.flat() });
    }
    // In clear a proxy is asked by absolute URL (RFC 9112, 3.2.2), which names a vetted address.
    const [address = ""] = await vettedAddresses(target.host, this.#allow, this.#lookup);
    const pool = this.#pool("proxied", () => reach(proxy, this.#lookup));
    return pool.request({
      ...options,
      origin: `http://${proxy.name}`,
      path: `http://${bracketed(address)}:${target.port}${target.path}`,
      headers: [...headers.flat(), "Host", target.authority, ...authorization(proxy)],
    });
  }

  #pool(kind: wit.HttpVersion | "proxied", connect: (origin: Origin) => Promise<Socket>): Agent {
    const known = this.#pools.get(kind);
    if (known) return known;
    const connector: buildConnector.connector = ({ hostname, port, protocol }, done) => {
      const origin = { host: bare(hostname), port: Number(port) || (protocol === "https:" ? 443 : 80), protocol };
      connect(origin).then(
        (socket) => done(null, socket),
        (error: Error) => done(error, null),
      );
    };
    const pool = new Agent({
      connect: connector,
      allowH2: kind === "auto" || kind === "http2",
      initialWindowSize: WINDOW,
      maxHeaderSize: HEADER_BYTES,
      // The limit of an attempt is set by its signal.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#pools.set(kind, pool);
    return pool;
  }

  async #toTarget({ host, port, protocol }: Origin, version: wit.HttpVersion): Promise<Socket> {
    const addresses = await vettedAddresses(host, this.#allow, this.#lookup);
    const proxy = this.#proxies.of(Target.parse(`${protocol}//${bracketed(host)}:${port}/`));
    const socket = await inTurn(addresses, (address, limit) =>
      proxy ? through(proxy, this.#lookup, address, port) : open(address, port, limit),
    );
    if (protocol === "https:") return secure(socket, host, version, this.#ca);
    // By prior knowledge (RFC 9113, 3.3): undici takes a connection's protocol from here.
    return version === "http2" ? Object.assign(socket, { alpnProtocol: "h2" }) : socket;
  }
}

/** Where a pool connects to. */
interface Origin {
  host: string;
  port: number;
  protocol: string;
}

function authorization(proxy: HttpProxy): string[] {
  return proxy.authorization ? ["Proxy-Authorization", proxy.authorization] : [];
}

function certificates(file: string): string {
  const fail = (why: string): never => {
    throw new ClientError(`the CA file ${file} cannot be used: ${why}`);
  };
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    fail(reason(error));
  }
  return text.includes("-----BEGIN CERTIFICATE-----") ? text : fail("it holds no certificate in PEM");
}
