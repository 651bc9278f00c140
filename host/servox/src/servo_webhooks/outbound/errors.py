"""What goes wrong between a request and its answer, in short words without secrets."""

from __future__ import annotations

import errno
import ssl

CLOSED = "the connection was closed before an answer"
RESET = "the connection was reset before an answer"
NO_HTTP2 = "the server does not offer this HTTP version by ALPN; write `http_version: auto`"


class NoAnswer(Exception):
    """Lookup, connect, TLS, reset, malformed HTTP: in words for people, which name hosts
    and addresses, never a path, a query or a header."""


def tcp_in_words(at: str, error: OSError) -> str:
    """Why there is no connection to an address."""
    if isinstance(error, TimeoutError) or error.errno == errno.ETIMEDOUT:
        return f"no connection to {at} in time"
    if error.errno == errno.ECONNREFUSED:
        return f"connection refused by {at}"
    if error.errno == errno.ECONNRESET:
        return f"connection reset by {at}"
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return f"{at} cannot be reached from this machine"
    return f"no connection to {at}: {error.strerror or type(error).__name__}"


def tls_in_words(host: str, error: Exception) -> str:
    """Why a TLS handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message or error.reason
        if error.verify_code == 62:
            why = f'certificate not valid for name "{host}"'
        elif error.verify_code in (18, 19, 20, 21):
            why = "certificate of an unknown issuer; SSL_CERT_FILE names the CA certificates to trust"
        elif error.verify_code == 10:
            why = "certificate expired"
        return f"TLS handshake failed: {why}"
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "").replace("_", " ").lower()
        if "no application protocol" in reason:
            reason = NO_HTTP2
        if "wrong version" in reason or "packet length" in reason:
            reason = "the other side does not speak TLS"
        return f"TLS handshake failed: {reason or 'no reason was given'}"
    return "TLS handshake failed: the connection was closed"
