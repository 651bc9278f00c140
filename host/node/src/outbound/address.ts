/**
 * What kind of address an address is: the special-purpose registries of IANA (RFC 6890), the addresses
 * of cloud metadata services, and IPv6 forms that carry IPv4.
 */

import ipaddr, { type IPv4, type IPv6 } from "ipaddr.js";

export type Address = IPv4 | IPv6;
export type Network = [Address, number];

/** A kind of address; a later one is worse. */
export type Class = "public" | "loopback" | "private" | "linkLocal" | "metadata" | "special";

/** The kinds, from the harmless to the worst. */
export const CLASSES: readonly Class[] = ["public", "loopback", "private", "linkLocal", "metadata", "special"];

const IN_WORDS: Record<Class, string> = {
  public: "a public address",
  loopback: "a loopback address",
  private: "a private address",
  linkLocal: "a link-local address",
  metadata: "the address of a metadata service",
  special: "a special-purpose address",
};

/** A kind in words. */
export function inWords(kind: Class): string {
  return IN_WORDS[kind];
}

/**
 * Metadata services by their own addresses, some inside ranges of other kinds: AWS, GCP, Azure
 * (169.254.169.254), AWS ECS and EKS, Azure's wire server, Alibaba, Oracle.
 */
const METADATA = new Set([
  ..."169.254.169.254 169.254.170.2 169.254.170.23 168.63.129.16 100.100.100.200 192.0.0.192".split(" "),
  ..."fd00:ec2::254 fd00:ec2::23 fd20:ce::254".split(" "),
]);

const V4: [Network, Class][] = ranges({
  loopback: "127.0.0.0/8",
  // RFC 1918, and carrier-grade NAT (RFC 6598).
  private: "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10",
  linkLocal: "169.254.0.0/16",
  special:
    "0.0.0.0/8 192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 " +
    "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4",
});

const V6: [Network, Class][] = ranges({
  loopback: "::1/128",
  // Unique local (RFC 4193).
  private: "fc00::/7",
  linkLocal: "fe80::/10",
  // Site-local; protocol assignments with Teredo, benchmarking and ORCHID; documentation; 6to4; AS112;
  // 6bone, handed back by RFC 3701.
  special: "fec0::/10 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 3ffe::/16",
});

/** Global unicast; nothing outside of it is public (RFC 4291, section 2.4). */
const GLOBAL: Network = ipaddr.parseCIDR("2000::/3");

function ranges(texts: Partial<Record<Class, string>>): [Network, Class][] {
  return Object.entries(texts).flatMap(([kind, list]) =>
    list.split(" ").map((text): [Network, Class] => [ipaddr.parseCIDR(text), kind as Class]),
  );
}

/** Whether a network holds an address. */
export function contains([network, length]: Network, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network as IPv6, length);
}

/** What kind of address it is by itself, whatever it may carry. */
export function classify(address: Address): Class {
  if (METADATA.has(address.toString())) return "metadata";
  const known = (isV6(address) ? V6 : V4).find(([network]) => contains(network, address));
  if (known) return known[1];
  return !isV6(address) || contains(GLOBAL, address) ? "public" : "special";
}

/** Whether it is one of IPv6. */
export function isV6(address: Address): address is IPv6 {
  return address.kind() === "ipv6";
}

/**
 * The IPv4 address that this one stands for: a socket connects to that one in truth. Mapped (RFC 4291)
 * and NAT64's well-known prefix (RFC 6052).
 */
export function meant(address: Address): Address {
  if (!isV6(address)) return address;
  const [a, b, c, d, e, f, g = 0, h = 0] = address.parts;
  const mapped = !a && !b && !c && !d && !e && f === 0xffff;
  const translated = a === 0x64 && b === 0xff9b && !c && !d && !e && !f;
  return mapped || translated ? join(g, h) : address;
}

/**
 * Every IPv4 address that an IPv6 address carries in a transition mechanism: it is forbidden if any of
 * them is.
 */
export function carried(address: IPv6): IPv4[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = address.parts;
  const found: IPv4[] = [];
  const zeros = a === 0 && b === 0 && c === 0 && d === 0 && !isPlain(address);
  // Compatible (RFC 4291), mapped, and translated (SIIT, RFC 2765).
  if (zeros && ((e === 0 && (f === 0 || f === 0xffff)) || (e === 0xffff && f === 0))) found.push(join(g, h));
  // NAT64, well-known (RFC 6052), and local (RFC 8215): in any of the forms of RFC 6052, section 2.2.
  if (a === 0x64 && b === 0xff9b) {
    if ((c === 0 || c === 1) && d === 0 && e === 0 && f === 0) found.push(join(g, h));
    else if (c === 1) found.push(...local(d, e, f, g, h));
  }
  // 6to4 (RFC 3056).
  if (a === 0x2002) found.push(join(b, c));
  // Teredo (RFC 4380): the server, and the client with its bits turned.
  if (a === 0x2001 && b === 0) found.push(join(c, d), join(~g & 0xffff, ~h & 0xffff));
  // ISATAP (RFC 5214): in the interface identifier, under any prefix.
  if ((e === 0 || e === 0x200) && f === 0x5efe) found.push(join(g, h));
  return found;
}

/** The unspecified address and loopback are no compatible ones. */
function isPlain({ parts }: IPv6): boolean {
  return parts.slice(0, 7).every((group) => group === 0) && (parts[7] ?? 0) <= 1;
}

/**
 * What the groups behind 64:ff9b:1::/48 may carry: it is not known how long the prefix of a network is. What cannot be
 * connected to is a wrong reading.
 */
function local(d: number, e: number, f: number, g: number, h: number): IPv4[] {
  const pair = (high: number, low: number) => ((high & 0xff) << 8) | (low & 0xff);
  const readings: [number, number][] = [
    [d, pair(e, f >> 8)],
    [pair(d, e), f],
    [pair(e, f >> 8), pair(f, g >> 8)],
    [g, h],
  ];
  return readings.map(([high, low]) => join(high, low)).filter((address) => classify(address) !== "special");
}

function join(high: number, low: number): IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}
