/** The rule of where requests may go: public addresses, and what is allowed by name. */

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { nearest } from "../suggestion.js";
import { sanitize } from "../text.js";
import {
  type Address,
  CLASSES,
  type Class,
  carried,
  classify,
  contains,
  inWords,
  isV6,
  meant,
  type Network,
} from "./address.js";

/** A request that the host does not make. It is never tried again. */
export class Refused extends Error {
  override readonly name = "Refused";

  /** For an address of a kind; `inner` is the one of that kind: itself, or one that it carries. */
  static address(host: string, address: string, kind: Class, inner: string): Refused {
    const what = host === address ? address : `${host} has the address ${address}, which`;
    const is = inner === address ? "is" : `carries ${inner},`;
    const option = kind === "loopback" || kind === "private" ? kind : inner;
    return new Refused(`${what} ${is} ${inWords(kind)}; ${allowing(option)}`);
  }

  /** For a name that only a proxy can look up. */
  static unknown(host: string): Refused {
    return new Refused(`${host} has no address here, so it cannot be checked; ${allowing(host)}`);
  }
}

function allowing(item: string): string {
  return `allow it with the option allow: ["${item}"] (or SERVO_WEBHOOKS_ALLOW)`;
}

/** What allows all addresses of a kind. */
const WORDS = ["private", "loopback"] as const;

/** What is allowed beside public addresses. */
export class Allow {
  readonly #where: string;
  readonly #words = new Set<Class>();
  readonly #networks: Network[] = [];
  readonly #hosts = new Set<string>();

  /** Items that may not mean what they are taken for, for people. */
  readonly warnings: string[] = [];

  /**
   * Reads what is allowed: each item one of the words `private` and `loopback` in any case, a CIDR, an address, or a
   * host name. Throws a `TypeError` that names an item that is none of these.
   */
  constructor(items: Iterable<string> = [], where = "allow") {
    this.#where = where;
    for (const item of [...items].map((text) => text.trim()).filter((text) => text !== "")) this.#add(item);
  }

  #add(item: string): void {
    const bare = item.replace(/^\[(.*)\]$/, "$1");
    const word = WORDS.find((known) => known === item.toLowerCase());
    if (word !== undefined) this.#words.add(word);
    else if (isIP(bare) !== 0) this.#networks.push(single(meant(ipaddr.parse(bare))));
    else if (isNetwork(item)) this.#networks.push(ipaddr.parseCIDR(item));
    else if (isHostName(item)) this.#addHost(item);
    else {
      throw new TypeError(`"${sanitize(item)}" is not a CIDR, an address, a host name, "private" or "loopback"`);
    }
  }

  #addHost(item: string): void {
    if (!item.includes(".") && plain(item) !== "localhost") {
      const word = nearest(item, WORDS);
      if (word !== undefined) {
        throw new TypeError(`"${item}" is not known; did you mean "${word}"? For a host of that name write "${item}."`);
      }
      this.warnings.push(`${this.#where}: "${item}" is taken as a host name; write "${item}." to say so`);
    }
    this.#hosts.add(plain(item));
  }

  /** Whether a host is allowed by its own name. */
  names(host: string): boolean {
    return this.#hosts.has(plain(host));
  }

  /**
   * Throws `Refused` if a request for a host may not be sent to an address: itself and all that it carries must be
   * allowed, each by itself.
   */
  check(host: string, text: string): void {
    const address = ipaddr.parse(text.replace(/%.*$/, ""));
    const own = meant(address);
    const all = own === address && isV6(address) ? [address, ...carried(address)] : [own];
    let worst: [Class, Address] | undefined;
    for (const one of all) {
      const kind = classify(one);
      if (this.#allows(host, one, kind)) continue;
      if (!worst || CLASSES.indexOf(kind) > CLASSES.indexOf(worst[0])) worst = [kind, one];
    }
    if (worst) throw Refused.address(host, text, worst[0], worst[1] === address ? text : worst[1].toString());
  }

  #allows(host: string, address: Address, kind: Class): boolean {
    if (kind === "public") return true;
    if (kind === "linkLocal" || kind === "metadata") {
      const exact = ([base, length]: Network) => length === (isV6(base) ? 128 : 32);
      return this.#networks.some((network) => exact(network) && contains(network, address));
    }
    return this.#words.has(kind) || this.names(host) || this.#networks.some((network) => contains(network, address));
  }
}

function single(address: Address): Network {
  return [address, isV6(address) ? 128 : 32];
}

function isNetwork(item: string): boolean {
  const [address = "", length = "", ...more] = item.split("/");
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits;
}

/** What ends in a number is an address, spelled oddly or wrongly. */
function isHostName(item: string): boolean {
  const labels = plain(item).split(".");
  return (
    plain(item).length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "")
  );
}

function plain(host: string): string {
  return host.replace(/\.$/, "").toLowerCase();
}
