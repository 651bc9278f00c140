/** What goes wrong between a request and its answer, in short words without secrets. */

import { bracketed } from "./target.js";

/**
 * No answer came: lookup, connect, TLS, reset, malformed HTTP. Its words are for people; they name hosts
 * and addresses, never a path, a query or a header.
 */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Why a client cannot be set up: a CA file or a proxy of the environment. */
export class ClientError extends Error {
  override readonly name = "ClientError";
}

const CLOSED = "the connection was closed before an answer";
const RESET = "the connection was reset before an answer";

const WORDS: Record<string, string> = {
  ECONNRESET: RESET,
  ECONNABORTED: RESET,
  EPIPE: RESET,
  ETIMEDOUT: "the connection was lost before an answer",
  UND_ERR_SOCKET: CLOSED,
  UND_ERR_CLOSED: CLOSED,
  UND_ERR_DESTROYED: CLOSED,
  UND_ERR_INFO: CLOSED,
  UND_ERR_HEADERS_OVERFLOW: "answer headers over 16 KiB",
  HPE_HEADER_OVERFLOW: "answer headers over 16 KiB",
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
    if (cause instanceof NoAnswer) return cause.message;
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    if (UNKNOWN_ISSUER.has(code)) {
      return "TLS handshake failed: certificate of an unknown issuer; the option caFile adds a CA to trust";
    }
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
      return `TLS handshake failed: certificate not valid for name "${host}"`;
    }
    if (code === "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL") {
      return "TLS handshake failed: the server does not offer the HTTP version asked for";
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
