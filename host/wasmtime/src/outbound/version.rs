//! Versions of HTTP.

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// By ALPN over TLS, 1.1 in clear.
    Auto,
    /// 1.1.
    Http1,
    /// 2, in clear by prior knowledge (RFC 9113, 3.3).
    Http2,
}
