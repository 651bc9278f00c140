/** Where a request goes: a URL, of which only the origin is ever shown. */

import { isIP } from "node:net";
import { inspect } from "node:util";

/** A checked URL. Printing and inspecting it shows its origin. */
export class Target {
  /** Scheme, host and port: the part that is no secret. */
  readonly origin: string;
  /** A name, or an address without brackets. */
  readonly host: string;
  /** The port, its scheme's default if none is written. */
  readonly port: number;
  /** Whether it is reached over TLS. */
  readonly secure: boolean;
  readonly #url: URL;

  private constructor(url: URL) {
    this.#url = url;
    this.origin = url.origin;
    this.host = bare(url.hostname);
    this.secure = url.protocol === "https:";
    this.port = Number(url.port) || (this.secure ? 443 : 80);
  }

  /**
   * Parses a URL as browsers do (WHATWG): odd spellings of an address, such as `0x7f.1`, become the
   * address they mean. A fragment is dropped. Throws a `TypeError` that says what to write and repeats
   * nothing behind the host.
   */
  static parse(text: string): Target {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url) throw new TypeError("is not a valid URL; for example https://example.com/");
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError("must start with http:// or https://");
    }
    if (url.username !== "" || url.password !== "") {
      throw new TypeError("must not hold a user or password; put credentials in a header such as Authorization");
    }
    if (url.port === "0") throw new TypeError("the port must be a number from 1 to 65535");
    url.hash = "";
    return new Target(url);
  }

  /** Host and port as `Host` names them. */
  get authority(): string {
    return this.#url.host;
  }

  /** Path and query: confidential. */
  get path(): string {
    return this.#url.pathname + this.#url.search;
  }

  toString(): string {
    return this.origin;
  }

  toJSON(): string {
    return this.origin;
  }

  [inspect.custom](): string {
    return this.origin;
  }
}

/** A host without the brackets of an address of IPv6. */
export function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}

/** An address as it stands before a colon and a port. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
