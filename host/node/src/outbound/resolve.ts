/** Names: looked up once for a connection, and refused if any of their addresses is. */

import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Allow } from "./egress.js";
import { NoAnswer } from "./error.js";

/** Gives all addresses of a name. */
export type Lookup = (name: string) => Promise<string[]>;

/** Asks the operating system. */
export const system: Lookup = async (name) => {
  const found = await systemLookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

/** All addresses of a host, at least one. An address needs no lookup. */
export async function addressesOf(host: string, lookup: Lookup): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  let found: string[];
  try {
    found = await lookup(host);
  } catch (error) {
    throw new NoAnswer(`name lookup failed for "${host}": ${(error as NodeJS.ErrnoException).code ?? "unknown error"}`);
  }
  if (found.length === 0) throw new NoAnswer(`name lookup failed for "${host}": it has no address`);
  return found;
}

/**
 * The addresses of a host. One that is forbidden refuses them all: which of them is taken must not be
 * left to chance, or to whoever answers for the name.
 */
export async function vettedAddresses(host: string, allow: Allow, lookup: Lookup): Promise<string[]> {
  const addresses = await addressesOf(host, lookup);
  for (const address of addresses) allow.check(host, address);
  return addresses;
}
