/**
 * A bound on the memory of a core module: V8 has none of its own for WebAssembly, so the module's own
 * declaration gets a maximum (https://webassembly.github.io/spec/core/binary/modules.html#memory-section).
 */

const PAGE = 65_536;
const MEMORY_SECTION = 5;

/** The module with at most so many bytes for each memory that it defines. */
export function limitMemory(module: Uint8Array, bytes: number): Uint8Array {
  const reader = new Reader(module, 8);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    if (id !== MEMORY_SECTION) {
      reader.at += size;
      continue;
    }
    const section = memories(reader, Math.floor(bytes / PAGE));
    const head = [MEMORY_SECTION, ...encoded(section.length)];
    return Buffer.concat([
      module.subarray(0, start),
      Uint8Array.from([...head, ...section]),
      module.subarray(reader.at),
    ]);
  }
  return module;
}

function memories(reader: Reader, most: number): number[] {
  const count = reader.number();
  const section = encoded(count);
  for (let nth = 0; nth < count; nth += 1) {
    const flags = reader.byte();
    if (flags > 1) throw new RangeError("shared and 64-bit memories are not supported");
    const least = reader.number();
    const declared = flags === 1 ? reader.number() : most;
    section.push(1, ...encoded(least), ...encoded(Math.max(least, Math.min(declared, most))));
  }
  return section;
}

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new RangeError("unexpected end of the module");
    this.at += 1;
    return byte;
  }

  /** An unsigned LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number of the module is too long");
  }
}

function encoded(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}
