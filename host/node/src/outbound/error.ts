/** What goes wrong between a request and its answer, in short words without secrets. */

import { bracketed } from "./target.js";

/**
 * No answer came: lookup, connect, TLS, reset, malformed HTTP. Its words are for people; they name hosts
 * and addresses, never a path, a query or a header.
 */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** The time of an attempt was over. */
export class TooLate extends NoAnswer {}

/**
 * This machine lacks what a request needs: descriptors, ports, memory. It says nothing of the responder, and nothing
 * was sent.
 */
export class Lacking extends Error {
  override readonly name = "Lacking";
  /** Of the system: `EMFILE`. */
  readonly code: string;

  constructor(code: string) {
    super(`this machine lacks ${LACKED[code] ?? "what it takes"} (${code}); nothing was sent`);
    this.code = code;
  }
}

/**
 * A request that came to no answer and may be sent again. `provably`: the responder has not processed it; else its
 * connection, which was used before, ended without a byte of an answer.
 */
export class Unprocessed extends Error {
  override readonly name = "Unprocessed";
  readonly provably: boolean;

  constructor(provably: boolean, cause: unknown) {
    super("not processed", { cause });
    this.provably = provably;
  }
}

/** Why a client cannot be set up: a CA file or a proxy of the environment. */
export class ClientError extends Error {
  override readonly name = "ClientError";
}

const LACKED: Record<string, string> = {
  EMFILE: "file descriptors for this process: raise its limit, or lower `connections`",
  ENFILE: "file descriptors",
  ENOBUFS: "memory for sockets",
  ENOMEM: "memory",
  EADDRNOTAVAIL: "a free local port or address",
  EAGAIN: "a thread or memory",
};

/** The code of what this machine lacks, if an error says that. */
export function lacked(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
  return Object.hasOwn(LACKED, code) ? code : undefined;
}

const CLOSED = "the connection was closed before an answer";
const RESET = "the connection was reset before an answer";

/** The same over TLS, where the versions are agreed upon. */
export const NO_ALPN = "the server offers none of the HTTP versions asked for (ALPN); http_version: auto takes any";

/** What is wrong with a server that does not speak HTTP/2 where it must. */
export const NO_HTTP2 = "the server does not speak HTTP/2, and http_version is 2: write auto or 1.1";

/** What is wrong with an answer whose headers are too long. */
export const OVERSIZED = "answer headers over 16 KiB";

const WORDS: Record<string, string> = {
  ECONNRESET: RESET,
  ECONNABORTED: RESET,
  EPIPE: RESET,
  ETIMEDOUT: "the connection was lost before an answer",
  HPE_HEADER_OVERFLOW: OVERSIZED,
  HPE_CLOSED_CONNECTION: "malformed HTTP answer: more than one came",
  ERR_HTTP2_STREAM_CANCEL: CLOSED,
  ERR_HTTP2_STREAM_ERROR: "the server gave the request up",
  ERR_HTTP2_SESSION_ERROR: "malformed HTTP answer: no HTTP/2",
  ERR_HTTP2_ERROR: "malformed HTTP answer: no HTTP/2",
  CERT_HAS_EXPIRED: "TLS handshake failed: certificate expired",
  CERT_NOT_YET_VALID: "TLS handshake failed: certificate not valid yet",
  CERT_SIGNATURE_FAILURE: "TLS handshake failed: certificate with a wrong signature",
};

const UNKNOWN_ISSUER = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The words for what an attempt ended with; nothing is quoted but codes. */
export function inWords(error: unknown, host: string): string {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof NoAnswer || cause instanceof Lacking) return cause.message;
    if (cause instanceof Unprocessed) continue;
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    if (UNKNOWN_ISSUER.has(code)) {
      return "TLS handshake failed: certificate of an unknown issuer; the option caFile adds a CA to trust";
    }
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
      return `TLS handshake failed: certificate not valid for name "${host}"`;
    }
    if (code === "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL") {
      return `TLS handshake failed: ${NO_ALPN}`;
    }
    if (code === "EPROTO" || code.startsWith("ERR_SSL_")) {
      return `TLS handshake failed: ${code.replace("ERR_SSL_", "").toLowerCase().replaceAll("_", " ")}`;
    }
    if (WORDS[code]) return WORDS[code];
    if (code.startsWith("HPE_") || cause.name === "HTTPParserError") return "malformed HTTP answer";
    if (code !== "") return `no answer: ${code}`;
  }
  return `no answer: ${error instanceof Error ? error.name : "unknown error"}`;
}

/** The words for a connection that could not be made. */
export function tcpInWords(address: string, port: number, error: NodeJS.ErrnoException): string {
  const at = `${bracketed(address)}:${port}`;
  switch (error.code) {
    case "ECONNREFUSED":
      return `connection refused by ${at}`;
    case "ECONNRESET":
      return `connection reset by ${at}`;
    case "ETIMEDOUT":
      return `no connection to ${at} in time`;
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return `${at} cannot be reached from this machine`;
    default:
      return `no connection to ${at}: ${error.code ?? error.name}`;
  }
}
