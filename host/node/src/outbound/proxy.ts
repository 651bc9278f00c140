/**
 * Proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, as curl reads them.
 *
 * A proxy is exempt from the rule of where requests may go; what is asked of it is not. It is asked by
 * vetted address, so that it cannot look the name up otherwise.
 */

import { request } from "node:http";
import { BlockList, isIP, type Socket } from "node:net";
import type { Environment } from "../config/reference.js";
import { ClientError, inWords, NoAnswer } from "./error.js";
import { bare, bracketed, type Target } from "./target.js";

/** A proxy for one request. */
export interface HttpProxy {
  host: string;
  port: number;
  /** Host and port, as errors show it. */
  name: string;
  /** `Proxy-Authorization` (RFC 9110, 11.7.2), if it wants credentials. */
  authorization: string | undefined;
}

/** Which proxy a request goes through, if any. */
export class Proxies {
  readonly #clear: HttpProxy | undefined;
  readonly #secure: HttpProxy | undefined;
  readonly #except: ((target: Target) => boolean)[];

  /**
   * Reads variables, each in upper case or else in lower case. In a CGI program, where a request can set
   * HTTP_PROXY (CVE-2016-5385), none. Throws a `ClientError` for what cannot be spoken to.
   */
  constructor(environment: Environment) {
    const value = (name: string) => environment[name] || environment[name.toLowerCase()] || "";
    const cgi = environment.REQUEST_METHOD !== undefined;
    const named = (name: string) =>
      cgi ? undefined : (read(name, value(name)) ?? read("ALL_PROXY", value("ALL_PROXY")));
    this.#clear = named("HTTP_PROXY");
    this.#secure = named("HTTPS_PROXY");
    this.#except = value("NO_PROXY")
      .split(",")
      .map((item) => item.trim().toLowerCase())
      .filter((item) => item !== "")
      .map(exception);
  }

  /** The proxy for a target. */
  of(target: Target): HttpProxy | undefined {
    const proxy = target.secure ? this.#secure : this.#clear;
    return proxy && !this.#except.some((matches) => matches(target)) ? proxy : undefined;
  }
}

function read(variable: string, text: string): HttpProxy | undefined {
  if (text === "") return undefined;
  const fail = (why: string): never => {
    throw new ClientError(`the proxy of the environment variable ${variable} cannot be used: ${why}`);
  };
  const full = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : fail("it is no URL of a proxy; write http://HOST:PORT");
  if (url.protocol === "https:") fail("proxies reached by https:// are not supported; use http://");
  if (url.protocol.startsWith("socks")) fail("SOCKS proxies are not supported; use one reached by http://");
  if (url.protocol !== "http:" || url.hostname === "") fail("it is no URL of a proxy; write http://HOST:PORT");
  const host = bare(url.hostname);
  const port = Number(url.port) || 80;
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const authorization = user === ":" ? undefined : `Basic ${Buffer.from(user).toString("base64")}`;
  return { host, port, name: `${bracketed(host)}:${port}`, authorization };
}

/** An item of NO_PROXY: `*`, a domain with all below it, an address or a CIDR, each with a port or without. */
function exception(item: string): (target: Target) => boolean {
  if (item === "*") return () => true;
  const [network = "", length] = item.split("/", 2);
  const family = isIP(network);
  if (family !== 0 && length !== undefined && /^\d+$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)) {
    const list = new BlockList();
    list.addSubnet(network, Number(length), family === 4 ? "ipv4" : "ipv6");
    return ({ host }) => isIP(host) !== 0 && list.check(host, isIP(host) === 4 ? "ipv4" : "ipv6");
  }
  const [, name = item, port] = isIP(item) === 0 ? (/^(.*):(\d+)$/.exec(item) ?? []) : [];
  const domain = bare(name).replace(/^\*?\./, "");
  return (target) => {
    const host = target.host.replace(/\.$/, "").toLowerCase();
    const within = host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
    return within && (port === undefined || Number(port) === target.port);
  };
}

/** Asks over a connection to a proxy for one to an address (RFC 9110, 9.3.6). */
export function tunnel(proxy: HttpProxy, socket: Socket, address: string, port: number): Promise<Socket> {
  const authority = `${bracketed(address)}:${port}`;
  const headers: Record<string, string> = { host: authority };
  if (proxy.authorization) headers["proxy-authorization"] = proxy.authorization;
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      socket.destroy();
      reject(new NoAnswer(why));
    };
    const broken = (why: string) => fail(`the proxy ${proxy.name} gave no usable answer to CONNECT: ${why}`);
    const asked = request({ createConnection: () => socket, method: "CONNECT", path: authority, headers });
    asked.once("connect", ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299)
        return fail(`the proxy ${proxy.name} answered ${statusCode} to CONNECT`);
      // The server speaks after the client in TLS and in HTTP.
      if (head.length > 0) return broken("it sent more than the answer");
      return resolve(socket);
    });
    asked.once("response", (answer) => fail(`the proxy ${proxy.name} answered ${answer.statusCode} to CONNECT`));
    asked.once("error", (error) => broken(inWords(error, proxy.host)));
    asked.end();
  });
}
