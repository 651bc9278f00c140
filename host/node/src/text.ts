/** Foreign text: whatever a responder, an event, a file or a component says, on its way to a log or a terminal. */

/** Bytes that are kept of one. */
const MOST = 1024;

/** What moves a cursor, ends a line, turns the direction of writing, or is not seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** What needs no second look. */
const HARMLESS = /^[\x20-\x7e]{0,1024}$/;

/**
 * At most 1 KiB of UTF-8, cut between characters; control and format characters and the separators of lines
 * and paragraphs (Cc, Cf, Zl, Zp) are replaced by U+FFFD.
 */
export function sanitize(text: string): string {
  if (HARMLESS.test(text)) return text;
  let kept = "";
  let bytes = 0;
  for (const character of text.slice(0, MOST).toWellFormed().replace(UNSEEN, "\ufffd")) {
    bytes += Buffer.byteLength(character);
    if (bytes > MOST) break;
    kept += character;
  }
  return kept;
}
