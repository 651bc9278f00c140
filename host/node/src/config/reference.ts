/**
 * Opens references: reads environment variables and files. Nothing that was read appears in a problem;
 * a file is named as the configuration names it.
 */

import { resolve } from "node:path";
import { MOST, readBounded } from "../files.js";
import { Secret } from "./secret.js";

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

/** What to say of a secret from elsewhere that spans lines. */
export function lineEnd(target: Target): string | undefined {
  if (target.kind === "env") {
    return `the environment variable \`${target.name}\` holds a line end, which is part of the secret; set it without one`;
  }
  if (target.kind === "file") {
    return `the file \`${target.path}\` holds a line end that is not its last, which is part of the secret; remove it`;
  }
  return undefined;
}

function variable(name: string, environment: Environment): Secret {
  // Objects inherit names such as `constructor`.
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
  if (value === undefined) throw new Error(`the environment variable \`${name}\` is not set`);
  if (value === "") throw new Error(`the environment variable \`${name}\` is empty`);
  return new Secret(value);
}

async function file(path: string, folder: string): Promise<Secret> {
  const bytes = await readBounded(resolve(folder, path), MOST.reference).catch((error: Error) => {
    throw new Error(`the file \`${path}\` cannot be read: ${error.message}`);
  });
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
