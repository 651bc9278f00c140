/** What calls of the connector may use: all limits of the sandbox in one table. They grow with the input. */

const MIB = 1 << 20;

/** Bytes of a guest's memories, at most: a large configuration, or an event's values in an expression. And its tables. */
export const MEMORY = { memories: 256 * MIB, tables: 16 * MIB };

/** Calls after which a warm instance is replaced by a fresh one. */
export const CALLS = 1000;

/** Limits of a worker's JavaScript, beside the guest's own memory. */
export const WORKER = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** Milliseconds in which a component must have been transpiled. */
export const TRANSPILING = 60_000;

/**
 * Milliseconds of a call in a worker, by the bytes that go in. The calls take microseconds, or milliseconds
 * in an instance that is new; the rest is for a machine that is busy with other things.
 */
export const time = {
  configuration: (size: number): number => 5000 + megabytes(size) * 1000,
  event: (size: number): number => 1000 + megabytes(size) * 10,
  expressions: (size: number): number => 1000 + megabytes(size) * 100,
  people: 2000,
};

/** Characters that a rendering of an event of so many bytes may have. */
export function rendered(size: number): number {
  return 4 * MIB + 4 * size;
}

function megabytes(size: number): number {
  return Math.ceil(size / MIB);
}
