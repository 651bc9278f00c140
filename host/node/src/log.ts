/** What is told to whoever runs the servo. */

/** What belongs to a line. It never holds a secret, a header's value or the path of a URL. */
export type Fields = Readonly<Record<string, unknown>>;

/** Takes lines; `console` and most loggers can be made to fit. */
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

/** Says nothing. */
export const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} };
