/**
 * Proxies that the environment names: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, as curl reads them.
 *
 * A proxy is exempt from the rule of where requests may go; what is asked of it is not. It is asked by name, as lists
 * of names in proxies and origins with several hosts want it, once the name was looked up and vetted here; it is
 * trusted to connect to what it was asked for.
 */

import { request } from "node:http";
import type { Socket } from "node:net";
import type { Environment } from "../config/reference.js";
import { ClientError, inWords, NoAnswer } from "./error.js";
import { type Exception, exceptions } from "./noproxy.js";
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
  readonly #except: Exception[];

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
    this.#except = exceptions(value("NO_PROXY"));
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
  const [, scheme = "http:", rest = ""] = /^([A-Za-z][\w+.-]*:(?=\/\/))?(?:\/\/)?(.*)$/s.exec(text) ?? [];
  const full = `${scheme}//${rest}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (!url) return fail(wrong(rest));
  if (url.protocol === "https:") fail("proxies reached by https:// are not supported; use http://");
  if (url.protocol.startsWith("socks")) fail("SOCKS proxies are not supported; use one reached by http://");
  if (url.protocol !== "http:" || url.hostname === "") fail(NO_URL);
  if (url.port === "0") fail(BAD_PORT);
  const host = bare(url.hostname);
  const port = Number(url.port) || 80;
  return { host, port, name: `${bracketed(host)}:${port}`, authorization: basic(url, fail) };
}

const NO_URL = "it is not a valid proxy URL; write http://HOST:PORT";
const BAD_PORT = "its port is not a number from 1 to 65535; write http://HOST:PORT";

/** What is wrong with what is no URL, of which nothing may be shown: it may hold a password. */
function wrong(rest: string): string {
  const authority = rest.split(/[/?#]/, 1)[0] ?? "";
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const port = /:([^:\]]*)$/.exec(host)?.[1];
  return (port !== undefined && !/^\d{1,5}$/.test(port)) || Number(port) > 65_535 ? BAD_PORT : NO_URL;
}

/** User and password as `Basic` carries them; none if there are none. */
function basic(url: URL, fail: (why: string) => never): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  try {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(user).toString("base64")}`;
  } catch {
    return fail("its credentials hold a % that encodes nothing; write it as %25");
  }
}

/** Asks over a connection to a proxy for one to a host, by its name (RFC 9110, 9.3.6). */
export function tunnel(
  proxy: HttpProxy,
  socket: Socket,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = `${bracketed(host)}:${port}`;
  const headers: Record<string, string> = { host: authority };
  if (proxy.authorization) headers["proxy-authorization"] = proxy.authorization;
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      socket.destroy();
      reject(new NoAnswer(why));
    };
    const broken = (why: string) => fail(`the proxy ${proxy.name} gave no usable answer to CONNECT: ${why}`);
    const aborted = () => fail(`the proxy ${proxy.name} gave no answer to CONNECT in time`);
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    const asked = request({ createConnection: () => socket, method: "CONNECT", path: authority, headers });
    asked.once("close", () => signal.removeEventListener("abort", aborted));
    asked.once("connect", ({ statusCode = 0 }, _socket, head) => {
      signal.removeEventListener("abort", aborted);
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
