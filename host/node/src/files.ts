/**
 * Files, read to a bound that is known before: regular ones alone, so that neither a device nor a pipe which
 * nobody writes to holds up a servo or fills its memory. Errors are for people; whoever reads names the file.
 */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { pause } from "./timer.js";

const MIB = 1 << 20;

/** Bytes that files may have, at most. */
export const MOST = { configuration: 16 * MIB, component: 64 * MIB, authorities: 16 * MIB, reference: 64 << 10 };

/** Opening a pipe would wait for its other end. */
const HOW = constants.O_RDONLY | constants.O_NONBLOCK;

/** What a shell makes of `<(..)`, and standard input. */
const DESCRIPTOR = /^\/(?:dev\/(?:fd\/\d+|stdin)|proc\/self\/fd\/\d+)$/;

/** Bytes that are asked for at once. */
const PIECE = 64 << 10;

/** Milliseconds until a pipe is looked at again. */
const LOOK = 10;

/** Reads a file of at most so many bytes; with `pipes` an open descriptor such as `/dev/fd/3` may be a pipe. */
export async function readBounded(path: string, most: number, pipes = false): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, HOW);
    const stats = await file.stat();
    const pipe = pipes && DESCRIPTOR.test(path) && (stats.isFIFO() || stats.isSocket());
    if (!pipe) checkKind(stats, most);
    const pieces = new Pieces(most);
    for (;;) {
      const { bytesRead } = await file.read(pieces.next, 0).catch(waited);
      if (bytesRead === 0) return pieces.all;
      if (bytesRead > 0) pieces.took(bytesRead);
      else await pause(LOOK);
    }
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  } finally {
    await file?.close();
  }
}

/** The same at once, for what is read while a servo starts. */
export function readBoundedNow(path: string, most: number): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, HOW);
    checkKind(fstatSync(file), most);
    const pieces = new Pieces(most);
    for (;;) {
      const length = readSync(file, pieces.next);
      if (length === 0) return pieces.all;
      pieces.took(length);
    }
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Without the path, which the system's messages repeat in full. */
function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    case "EISDIR":
      return "it is not a regular file";
    default:
      return code ?? message;
  }
}

function checkKind(stats: Stats, most: number): void {
  if (!stats.isFile()) throw new Error("it is not a regular file");
  if (stats.size > most) throw tooLong(most);
}

function tooLong(most: number): Error {
  const size = most >= MIB ? `${most / MIB} MiB` : `${most >> 10} KiB`;
  return new Error(`it is longer than ${size}`);
}

/** The other end of a pipe has written nothing yet. */
function waited(error: NodeJS.ErrnoException): { bytesRead: number } {
  if (error.code === "EAGAIN") return { bytesRead: -1 };
  throw error;
}

/** What was read. A file may grow while it is: the bound holds for what came. */
class Pieces {
  readonly next = Buffer.allocUnsafe(PIECE);
  readonly #most: number;
  readonly #read: Buffer[] = [];
  #length = 0;

  constructor(most: number) {
    this.#most = most;
  }

  took(length: number): void {
    this.#length += length;
    if (this.#length > this.#most) throw tooLong(this.#most);
    this.#read.push(Buffer.from(this.next.subarray(0, length)));
  }

  get all(): Buffer {
    return Buffer.concat(this.#read);
  }
}
