/** An answer: status and headers are there, the body is read only if it is wanted. */

import type { Readable } from "node:stream";

/**
 * A body that nobody wants is taken off the connection if it is no longer than this, in bytes, and there
 * before `PATIENCE`, in milliseconds, ends. Else the connection is given up.
 */
const COURTESY = 8 << 10;
const PATIENCE = 25;

/** A body, as far as it was read. */
export interface Body {
  /** At most as many as were asked for. */
  bytes: Buffer;
  /** To its end, with more than was asked for, or reset, late or of the wrong length. */
  ending: "whole" | "oversized" | "broken";
}

/** An answer whose body has not been read. */
export class Answer {
  readonly status: number;
  /** Names and values as they came, but for bytes that are not of ASCII: each is U+FFFD. */
  readonly headers: readonly (readonly [string, string])[];
  /** Bytes of the headers, about. */
  readonly size: number;
  readonly #body: Readable;

  /** `raw` has names and values in turn, a character for each byte. */
  constructor(status: number, raw: readonly string[], body: Readable) {
    this.status = status;
    const headers: [string, string][] = [];
    let size = 0;
    for (let nth = 0; nth < raw.length; nth += 2) {
      const [name, value] = [raw[nth] ?? "", ascii(raw[nth + 1] ?? "")];
      headers.push([name, value]);
      size += name.length + value.length + 4;
    }
    this.headers = headers;
    this.size = size;
    this.#body = body;
    // What goes wrong with a body that nobody reads is nobody's business.
    body.on("error", () => {});
  }

  /** All values of a header, whatever its spelling. */
  values(name: string): string[] {
    return this.headers.filter(([known]) => known.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  }

  /** Ends it: its body is not wanted, nor its connection. */
  drop(): void {
    this.#body.destroy();
  }

  /** Reads the body, at most `cap` bytes of it; the rest is dropped, and the connection closed. */
  read(cap: number): Promise<Body> {
    const body = this.#body;
    const chunks: Buffer[] = [];
    let left = cap;
    return new Promise((resolve) => {
      const end = (ending: Body["ending"]) => {
        body.off("data", take);
        body.destroy();
        resolve({ bytes: Buffer.concat(chunks), ending });
      };
      const take = (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, left));
        if (chunk.length > left) return end("oversized");
        left -= chunk.length;
        return undefined;
      };
      if (body.destroyed) return end("broken");
      body.once("end", () => end("whole"));
      // Whatever ends it otherwise; after the end it says nothing.
      body.once("close", () => end("broken"));
      return body.on("data", take);
    });
  }

  /** Gives the connection back for the next request, if the rest of the body is small and quickly there. */
  async finish(): Promise<void> {
    const length = Number(this.values("content-length")[0] ?? 0);
    const timer = setTimeout(() => this.#body.destroy(), PATIENCE);
    if (!(length > COURTESY)) await this.read(COURTESY);
    clearTimeout(timer);
    this.#body.destroy();
  }
}

/** What else a value holds cannot change what its ASCII says, whoever takes it for UTF-8. */
function ascii(value: string): string {
  return value.replace(/[^\0-\x7f]/g, "\ufffd");
}
