/** Happy Eyeballs (RFC 8305) among addresses: the first that can be connected to wins. */

import { isIP, type Socket } from "node:net";
import { startTimer } from "../timer.js";
import { Lacking } from "./error.js";

/** Milliseconds until the next address is tried beside those before it (RFC 8305, section 5). */
const DELAY = 250;

/** Connects to an address, until the signal is aborted. */
export type Connect = (address: string, signal: AbortSignal) => Promise<Socket>;

/**
 * Connects to the first of some addresses that lets itself be connected to: the families in turn, each when one before
 * it failed or 250 ms are over. Throws what the last one failed with, `Lacking` if this machine is at fault.
 */
export function race(addresses: string[], connect: Connect, signal: AbortSignal): Promise<Socket> {
  const left = interleaved(addresses);
  const running = new Map<string, AbortController>();
  return new Promise((resolve, reject) => {
    const failures: unknown[] = [];
    let over = false;
    let cancel = () => {};
    const end = () => {
      over = true;
      cancel();
      signal.removeEventListener("abort", aborted);
      for (const controller of running.values()) controller.abort(new Error("another one was faster"));
    };
    const aborted = () => {
      end();
      reject(signal.reason);
    };
    const next = () => {
      cancel();
      const address = left.shift();
      if (address === undefined) return;
      const controller = new AbortController();
      running.set(address, controller);
      if (left.length > 0) cancel = startTimer(DELAY, next);
      connect(address, controller.signal).then(
        (socket) => {
          running.delete(address);
          if (over) return socket.destroy();
          end();
          return resolve(socket);
        },
        (error: unknown) => {
          running.delete(address);
          if (over) return;
          failures.push(error);
          if (left.length > 0) return next();
          if (running.size > 0) return;
          end();
          reject(told(failures));
        },
      );
    };
    if (signal.aborted) return aborted();
    signal.addEventListener("abort", aborted, { once: true });
    return next();
  });
}

/** One of each family in turn, the family of the first one first; each address once. */
export function interleaved(addresses: string[]): string[] {
  const all = [...new Set(addresses)];
  const first = isIP(all[0] ?? "");
  const [same, other] = [all.filter((one) => isIP(one) === first), all.filter((one) => isIP(one) !== first)];
  const longest = Math.max(same.length, other.length);
  return Array.from({ length: longest }, (_, nth) => [same[nth], other[nth]].filter((one) => one !== undefined)).flat();
}

/** A machine without a family of addresses has no address of it to connect from: that alone is no scarcity. */
function told(failures: unknown[]): unknown {
  const scarcity = failures.find((one) => one instanceof Lacking && one.code !== "EADDRNOTAVAIL");
  return scarcity ?? failures.findLast((one) => !(one instanceof Lacking)) ?? failures.at(-1);
}
