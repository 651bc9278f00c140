/** A file's text: whatever is not UTF-8 of bounded size is refused here. */

import { YamlFailure } from "./yaml.js";

/** Bytes in a configuration file, at most. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Decodes a file, without a byte order mark; throws a `YamlFailure`. */
export function decode(bytes: Uint8Array): string {
  const fail = (message: string): never => {
    throw new YamlFailure({ line: 1, column: 1 }, message);
  };
  if (bytes.length > MAX_BYTES) fail("the file is larger than 16 MiB, the most that a configuration may be");
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) fail("the file is in UTF-16: save it as UTF-8");
  if (first === 0xfe && second === 0xff) fail("the file is in UTF-16: save it as UTF-8");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return fail("the file is not UTF-8: save it as UTF-8");
  }
}
