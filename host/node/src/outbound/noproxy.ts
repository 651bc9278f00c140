/** `NO_PROXY`: what is reached without a proxy. */

import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import { contains, type Network } from "./address.js";
import { ClientError } from "./error.js";
import { bare, type Target } from "./target.js";

/** Whether a target is excepted. */
export type Exception = (target: Target) => boolean;

/** An address or CIDR in brackets, else without: with a prefix length or none, with a port or none. */
const BRACKETED = /^\[([0-9a-f:.]+)(?:\/(\d{1,3}))?\](?:\/(\d{1,3}))?(?::(\d{1,5}))?$/;
const NETWORK = /^([0-9a-f:.]+)\/(\d{1,3})(?::(\d{1,5}))?$/;
const NAMED = /^(?:\*?\.)?([^:[\]/*\s]+?)\.?(?::(\d{1,5}))?$/;

/**
 * Reads the items, separated by commas or blanks: `*`, a name with all below it (`name`, `.name`, `*.name`), an address
 * or a CIDR, each with a port or without. Throws a `ClientError` that says which one cannot be read.
 */
export function exceptions(text: string): Exception[] {
  const items = text.split(/[\s,]+/).filter((item) => item !== "");
  return items.map((item, index) => {
    const found = exception(item.toLowerCase());
    if (found) return found;
    throw new ClientError(
      `item ${index + 1} of the environment variable NO_PROXY cannot be read: write *, a name, an address or a CIDR, ` +
        "each with a port behind a colon or without, an address of IPv6 before a port in brackets",
    );
  });
}

function exception(item: string): Exception | undefined {
  if (item === "*") return () => true;
  if (isIP(item) !== 0) return address(item, undefined, undefined);
  const [, inside, within, behind, bracketPort] = BRACKETED.exec(item) ?? [];
  if (inside !== undefined) return within && behind ? undefined : address(inside, within ?? behind, bracketPort);
  const [, base, length, networkPort] = NETWORK.exec(item) ?? [];
  if (base !== undefined) return address(base, length, networkPort);
  const [, name, port] = NAMED.exec(item) ?? [];
  if (name === undefined || !isPort(port)) return undefined;
  if (isIP(name) !== 0) return address(name, undefined, port);
  const domain = domainToASCII(name);
  if (domain === "" || isIP(domain) !== 0) return undefined;
  return (target) => {
    const host = target.host.replace(/\.$/, "").toLowerCase();
    const below = host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
    return below && meets(port, target);
  };
}

function address(text: string, length: string | undefined, port: string | undefined): Exception | undefined {
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(text)] ?? -1;
  if (bits < 0 || Number(length ?? bits) > bits || !isPort(port)) return undefined;
  const network: Network = [ipaddr.parse(text), Number(length ?? bits)];
  return (target) => {
    const host = bare(target.host);
    return isIP(host) !== 0 && contains(network, ipaddr.parse(host)) && meets(port, target);
  };
}

function isPort(text: string | undefined): boolean {
  return text === undefined || (Number(text) >= 1 && Number(text) <= 65_535);
}

function meets(port: string | undefined, target: Target): boolean {
  return port === undefined || Number(port) === target.port;
}
