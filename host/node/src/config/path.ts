/**
 * Places in the tree as paths: JSON pointers from the connector, and what people read.
 *
 * A readable path is `webhooks[2].headers["X-Foo"]`; a key that may hide a value (`secret=hunter2`)
 * is cut before it.
 */

/** Characters of a key that are shown, at most. */
const MAX_KEY = 64;

/** The keys of a configuration, which are never mistaken for a value that lost its key. */
const KNOWN = new Set([
  ..."name description enabled events channels response_channel url secret signatures format when payload".split(" "),
  ..."content_type payload_schema headers backoff timeout http_version on_error".split(" "),
  ..."webhooks max_tries max_time value file env".split(" "),
]);

/** A step into the tree; null is a key that is not to be shown. */
export type Step = number | string | null;

/** Whether a key is one of a configuration's own. */
export function isKnown(key: string): boolean {
  return KNOWN.has(key);
}

/** Writes a path for people. */
export function readable(root: string, steps: Step[]): string {
  return root + steps.map(part).join("");
}

function part(step: Step): string {
  if (typeof step === "number") return `[${step}]`;
  if (step === null) return '["…"]';
  return step.length <= MAX_KEY && /^[A-Za-z_]\w*$/.test(step) ? `.${step}` : `["${label(step)}"]`;
}

/**
 * A key as it may be shown: one with odd characters may have swallowed a value, and of it only a known
 * key at its start is shown.
 */
export function label(key: string): string {
  const start = /^[\p{L}\p{N}_\-.$]{0,64}/u.exec(key)?.[0] ?? "";
  if (start === key) return start;
  return isKnown(start) ? `${start}…` : "…";
}

/** The tokens of a JSON pointer, unescaped (RFC 6901, section 4). */
export function tokens(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}
