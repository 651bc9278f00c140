/** How expectations that are kept as data are held against what came. */

/**
 * What does not fit, and where. An object fits if it has everything that is expected; a text that starts
 * with `~` stands for any text that contains the rest, `*` for any text, null for null or nothing.
 */
export function misfit(expected: unknown, actual: unknown, path = ""): string | undefined {
  const says = (what: string) => `${path || "it"}: ${what}`;
  const shown = (value: unknown) => (JSON.stringify(value, plain) ?? "nothing").slice(0, 500);
  if (expected === null) return actual == null ? undefined : says(`${shown(actual)}, and nothing was expected`);
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) {
      return says(`${shown(actual)}, and ${expected.length} items were expected: ${shown(expected)}`);
    }
    return first(expected.map((item, nth) => misfit(item, actual[nth], `${path}[${nth}]`)));
  }
  if (typeof expected === "object") {
    if (typeof actual !== "object" || actual === null) return says(`${shown(actual)} is no object`);
    const found = actual as Record<string, unknown>;
    return first(Object.entries(expected).map(([key, value]) => misfit(value, found[key], `${path}.${key}`)));
  }
  if (expected === "*" && typeof actual === "string") return undefined;
  if (typeof expected === "string" && expected.startsWith("~")) {
    const contains = typeof actual === "string" && actual.includes(expected.slice(1));
    return contains ? undefined : says(`${shown(actual)} does not contain ${shown(expected.slice(1))}`);
  }
  return expected === actual ? undefined : says(`${shown(actual)}, and ${shown(expected)} was expected`);
}

/** The same for a list whose order does not matter. */
export function misfitInAnyOrder(expected: unknown[], actual: unknown[], path: string): string | undefined {
  const left = [...actual];
  for (const item of expected) {
    const found = left.findIndex((candidate) => misfit(item, candidate) === undefined);
    if (found < 0) return `${path}: nothing fits ${JSON.stringify(item)}; left are ${JSON.stringify(left, plain)}`;
    left.splice(found, 1);
  }
  return left.length === 0 ? undefined : `${path}: nobody expects ${JSON.stringify(left, plain)}`;
}

function first(found: (string | undefined)[]): string | undefined {
  return found.find((item) => item !== undefined);
}

function plain(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
