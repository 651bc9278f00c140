/** The log. */

import { sanitize } from "./text.js";

/** The fields of a line, which never hold a secret, a header's value or the path of a URL. */
export type Fields = Readonly<Record<string, unknown>>;

/** Receives log lines; `console` and most loggers are easily adapted. */
export interface Logger {
  debug(message: string, fields: Fields): void;
  info(message: string, fields: Fields): void;
  warn(message: string, fields: Fields): void;
  error(message: string, fields: Fields): void;
}

/** Warnings and errors on standard error. */
export const CONSOLE: Logger = {
  debug() {},
  info() {},
  warn: (message, fields) => console.warn(`servo-webhooks: ${message}`, fields),
  error: (message, fields) => console.error(`servo-webhooks: ${message}`, fields),
};

/** Logs nothing. */
export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * A logger that harms nobody: whatever it throws, or rejects with, is lost, and nothing that a responder, an event or
 * a file says moves a terminal's cursor or makes up a line.
 */
export function guarded(logger: Logger): Logger {
  const calm = (level: keyof Logger) => (message: string, fields: Fields) => {
    const shown = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "string" ? sanitize(value) : value,
    ]);
    harmless(
      () => logger[level](sanitize(message), Object.fromEntries(shown)),
      () => {},
    );
  };
  return { debug: calm("debug"), info: calm("info"), warn: calm("warn"), error: calm("error") };
}

/** Calls a function of others; `failed` gets what it throws or rejects with. */
export function harmless(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const result = call();
    if (result instanceof Promise) result.catch(failed);
  } catch (error) {
    failed(error);
  }
}
