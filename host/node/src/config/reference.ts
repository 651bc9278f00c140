/**
 * Opens references: reads environment variables and files. Nothing that was read appears in a problem;
 * a file is named as the configuration names it.
 */

import { type FileHandle, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Secret } from "./secret.js";

/** Bytes in a file that is referred to, at most. */
const MAX_BYTES = 64 * 1024;

/** What a handle stands for; `invalid` was reported already. */
export type Target =
  | { kind: "literal"; secret: Secret }
  | { kind: "env"; name: string }
  | { kind: "file"; path: string }
  | { kind: "invalid" };

/** Variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value behind a target, none if it is invalid; throws an error for people. */
export async function openTarget(
  target: Target,
  folder: string,
  environment: Environment,
): Promise<Secret | undefined> {
  switch (target.kind) {
    case "literal":
      return target.secret;
    case "env":
      return variable(target.name, environment);
    case "file":
      return file(target.path, folder);
    case "invalid":
      return undefined;
  }
}

function variable(name: string, environment: Environment): Secret {
  // Objects inherit names such as `constructor`.
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined) throw new Error(`the environment variable \`${name}\` is not set: set it`);
  if (value === "") throw new Error(`the environment variable \`${name}\` is empty: give it a value`);
  return new Secret(value);
}

async function file(path: string, folder: string): Promise<Secret> {
  const bytes = await read(resolve(folder, path)).catch((error: unknown) => {
    throw new Error(`the file \`${path}\` cannot be read: ${reason(error)}`);
  });
  if (bytes.length > MAX_BYTES) throw new Error(`the file \`${path}\` is longer than 64 KiB`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error(`the file \`${path}\` is not UTF-8`);
  }
  text = text.replace(/\r?\n$/, "");
  if (text === "") throw new Error(`the file \`${path}\` is empty`);
  return new Secret(text);
}

async function read(path: string): Promise<Buffer> {
  // Opening a pipe would wait for its other end.
  if (!(await stat(path)).isFile()) throw new Error("it is not a regular file");
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
  } finally {
    await handle?.close();
  }
}

/** Without the path, which the system's messages repeat in full. */
export function reason(error: unknown): string {
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
