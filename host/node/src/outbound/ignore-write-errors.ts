/**
 * Streams that go on reading when they cannot write: a responder may answer before it has read a request, and close.
 * Node.js ends a socket with the first error of writing, and what had arrived is lost with it.
 */

import type { Duplex } from "node:stream";

/** Ignores errors of writing on a stream: reading decides what came of it. */
export function ignoringWriteErrors<T extends Duplex>(stream: T): T {
  const one = stream._write.bind(stream);
  const many = stream._writev?.bind(stream);
  stream._write = (chunk, encoding, done) => one(chunk, encoding, () => done());
  if (many) stream._writev = (chunks, done) => many(chunks, () => done());
  return stream;
}
