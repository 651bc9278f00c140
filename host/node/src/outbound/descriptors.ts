/** How many descriptors this process may have, and what of them deliveries may use. Node.js raises its limit at start. */

import { readFileSync } from "node:fs";

/** What is supposed where the system does not say. */
const SUPPOSED = 1024;

/** What the servo itself, the standard streams and the threads have open. */
const OTHERS = 64;

/**
 * Connections that deliveries after events may have at a time, so that questions before events have as many, whatever
 * becomes of the deliveries.
 */
export function forDeliveries(): number {
  return Math.max(1, Math.floor((limit() - OTHERS) / 2));
}

function limit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "latin1")) ?? [];
    if (soft === "unlimited") return Number.POSITIVE_INFINITY;
    return Number(soft) || SUPPOSED;
  } catch {
    return SUPPOSED;
  }
}
