/** Components that are no good connectors, made with wasm-tools. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { componentEmbed, componentNew, parse, print } from "@bytecodealliance/jco-transpile/wasm-tools";

const WIT = new URL("../../../../wit/connector.wit", import.meta.url);

/** The component that this package was built from. */
export const CONNECTOR = new URL("../../generated/component.wasm", import.meta.url);

/** Files of a test, in a folder that is removed. */
export class Folder {
  readonly #path = mkdtempSync(join(tmpdir(), "components-"));

  /** Writes a file; its path. */
  write(name: string, bytes: Uint8Array): string {
    const file = join(this.#path, name);
    writeFileSync(file, bytes);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true });
  }
}

/** A component in the text format. */
export function component(text: string): Promise<Uint8Array> {
  return parse(text);
}

/**
 * A connector, of the right world, whose functions all do the same: instructions in the text format. Its memory begins
 * with so many pages.
 */
export async function connector(instructions: string, pages = 0): Promise<Uint8Array> {
  const dummy = await componentEmbed({ dummy: true, witSource: readFileSync(WIT, "utf8"), world: "webhook-connector" });
  const text = (await print(dummy))
    .replaceAll(/^(\s*)unreachable$/gm, `$1${instructions}`)
    .replace(/\(memory \(;0;\) 0\)/, `(memory ${pages})`);
  return componentNew(await parse(text), []);
}
