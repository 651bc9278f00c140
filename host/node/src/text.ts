/** Texts of a component, which end up in outcomes, in logs and on terminals. */

/** Bytes that are kept of one. */
const MOST = 1024;

/** At most 1 KiB, cut between characters, without control characters. */
export function capped(text: string): string {
  let kept = "";
  let bytes = 0;
  for (const character of text.slice(0, MOST).replace(/\p{Cc}/gu, "\ufffd")) {
    bytes += Buffer.byteLength(character);
    if (bytes > MOST) break;
    kept += character;
  }
  return kept;
}
