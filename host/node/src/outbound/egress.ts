/** The rule of where requests may go: public addresses, and what is allowed by name. */

import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
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

  constructor(host: string, address: string, kind: Class) {
    const what = host === address ? address : `${host} has the address ${address}, which`;
    const option = kind === "loopback" || kind === "private" ? kind : address;
    super(`${what} is ${inWords(kind)}; allow it with the option allow: ["${option}"] (or SERVO_WEBHOOKS_ALLOW)`);
  }
}

/** What is allowed beside public addresses. */
export class Allow {
  readonly #words = new Set<Class>();
  readonly #networks: Network[] = [];
  readonly #hosts = new Set<string>();

  /**
   * Reads what is allowed: each item a CIDR, an address, a host name, or one of the words `private` and
   * `loopback`. Throws a `TypeError` that names an item that says nothing.
   */
  constructor(items: Iterable<string> = []) {
    for (const item of [...items].map((text) => text.trim()).filter((text) => text !== "")) this.#add(item);
  }

  #add(item: string): void {
    const bare = item.replace(/^\[(.*)\]$/, "$1");
    if (item === "private" || item === "loopback") this.#words.add(item);
    else if (isIP(bare) !== 0) this.#networks.push([ipaddr.parse(bare), isIP(bare) === 6 ? 128 : 32]);
    else if (isNetwork(item)) this.#networks.push(ipaddr.parseCIDR(item));
    else if (isHostName(item)) this.#hosts.add(plain(item));
    else {
      throw new TypeError(
        `${JSON.stringify(item)} is neither a CIDR, an address, a host name, "private" nor "loopback"`,
      );
    }
  }

  /** Throws `Refused` if a request for a host may not be sent to an address. */
  check(host: string, text: string): void {
    const address = ipaddr.parse(text.replace(/%.*$/, ""));
    const own = meant(address);
    const kind = this.#kindOf(address, own);
    if (!this.#allows(host, address, own, kind)) throw new Refused(host, text, kind);
  }

  /** What carries a forbidden address is forbidden like it. */
  #kindOf(address: Address, own: Address): Class {
    const kind = classify(own);
    if (!isV6(address) || (kind !== "public" && kind !== "special")) return kind;
    const inside = carried(address)
      .map(classify)
      .filter((inner) => inner !== "public");
    return CLASSES[Math.max(...inside.map((inner) => CLASSES.indexOf(inner)))] ?? kind;
  }

  #allows(host: string, address: Address, own: Address, kind: Class): boolean {
    if (kind === "public") return true;
    const listed = (network: Network) => contains(network, address) || contains(network, own);
    if (kind === "linkLocal" || kind === "metadata") {
      const exact = ([base, length]: Network) => length === (isV6(base) ? 128 : 32);
      return this.#networks.some((network) => exact(network) && listed(network));
    }
    if (this.#networks.some(listed) || this.#hosts.has(plain(host))) return true;
    // A carried address is no reason to allow the one that carries it.
    return this.#words.has(kind) && classify(own) === kind;
  }
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
    item.length <= 253 &&
    labels.every((label) => /^[A-Za-z0-9_-]{1,63}$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "")
  );
}

function plain(host: string): string {
  return host.replace(/\.$/, "").toLowerCase();
}
