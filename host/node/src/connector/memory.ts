/**
 * A bound on what the core modules of a component may have together, memories and tables: V8 has none of its own for
 * WebAssembly, so each declaration gets a maximum
 * (https://webassembly.github.io/spec/core/binary/modules.html#memory-section).
 */

const PAGE = 65_536;

/** Bytes of an element of a table, as V8 keeps it, about. */
const ELEMENT = 32;

const TABLE_SECTION = 4;
const MEMORY_SECTION = 5;

/** What a module may not declare. */
export class TooMuch extends Error {}

/** A module whose declarations have maxima. */
export interface Bound {
  bytes: Uint8Array;
  /** Bytes that its memories and tables take at the most. */
  most: number;
}

/** A declaration of a memory or a table: where its limits stand, and what a unit of them takes. */
interface Declaration {
  start: number;
  end: number;
  unit: number;
  least: number;
  declared: number;
}

/** Bytes that those of all modules may have together. */
export interface Most {
  memories: number;
  tables: number;
}

/**
 * Modules whose memories and tables cannot have more than so many bytes together: each what it begins with, and an
 * equal part of what that leaves to its kind. Throws `TooMuch` if they begin with more.
 */
export function boundMemory(modules: Uint8Array[], { memories, tables }: Most): Bound[] {
  const found = modules.map((module) => declarations(module));
  const parts = new Map([
    [PAGE, part(found.flat(), PAGE, memories)],
    [ELEMENT, part(found.flat(), ELEMENT, tables)],
  ]);
  const most = ({ least, declared, unit }: Declaration) =>
    Math.min(declared, least + Math.floor((parts.get(unit) ?? 0) / unit));
  return modules.map((module, nth) => {
    const own = found[nth] ?? [];
    return {
      bytes: rewritten(module, own, most),
      most: own.reduce((sum, declaration) => sum + most(declaration) * declaration.unit, 0),
    };
  });
}

/** The part of each of a kind in the bytes that its kind may have and does not begin with. */
function part(found: Declaration[], unit: number, bytes: number): number {
  const kind = found.filter((one) => one.unit === unit);
  const begun = kind.reduce((sum, { least }) => sum + least * unit, 0);
  if (begun <= bytes) return (bytes - begun) / Math.max(1, kind.length);
  const what = unit === PAGE ? "memories" : "tables";
  throw new TooMuch(`it begins with ${what} of ${begun} bytes; the limit is ${bytes}`);
}

/** Those of one module, in its order. */
function declarations(module: Uint8Array): Declaration[] {
  const found: Declaration[] = [];
  for (const { id, start, end } of sections(module)) {
    if (id !== TABLE_SECTION && id !== MEMORY_SECTION) continue;
    const reader = new Reader(module, start);
    for (let left = reader.number(); left > 0; left -= 1) {
      if (id === TABLE_SECTION && ![0x70, 0x6f].includes(reader.byte())) {
        throw new RangeError("only tables of functions and external values are supported");
      }
      const at = reader.at;
      const flags = reader.byte();
      if (flags > 1) throw new RangeError("shared and 64-bit memories and tables are not supported");
      const least = reader.number();
      const declared = flags === 1 ? reader.number() : Number.POSITIVE_INFINITY;
      const unit = id === TABLE_SECTION ? ELEMENT : PAGE;
      found.push({ start: at, end: reader.at, unit, least, declared: Math.max(least, declared) });
    }
    if (reader.at !== end) throw new RangeError("a section of the module does not have its declared length");
  }
  return found;
}

/** The module with a maximum in each declaration. */
function rewritten(module: Uint8Array, found: Declaration[], most: (of: Declaration) => number): Uint8Array {
  const pieces: Uint8Array[] = [module.subarray(0, 8)];
  for (const { id, head, start, end } of sections(module)) {
    const inside = found.filter((one) => one.start >= start && one.end <= end);
    if (inside.length === 0) {
      pieces.push(module.subarray(head, end));
      continue;
    }
    const content: Uint8Array[] = [];
    let at = start;
    for (const one of inside) {
      content.push(module.subarray(at, one.start), Uint8Array.from([1, ...encoded(one.least), ...encoded(most(one))]));
      at = one.end;
    }
    const section = Buffer.concat([...content, module.subarray(at, end)]);
    pieces.push(Uint8Array.from([id, ...encoded(section.length)]), section);
  }
  return Buffer.concat(pieces);
}

interface Section {
  id: number;
  /** Where its head begins, and its content begins and ends. */
  head: number;
  start: number;
  end: number;
}

function sections(module: Uint8Array): Section[] {
  const reader = new Reader(module, 8);
  const found: Section[] = [];
  while (!reader.done) {
    const head = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const start = reader.at;
    reader.at += size;
    if (reader.at > module.length) throw new RangeError("unexpected end of the module");
    found.push({ id, head, start, end: reader.at });
  }
  return found;
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
    throw new RangeError("a number in the module is too long");
  }
}

function encoded(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
