//! Why there is no connection, and what that says: of the endpoint, or of this machine.

use super::error::{NoAnswer, NoAnswerKind, SendError};
use super::refused::Refused;
use super::scarcity::Scarcity;
use super::target::Target;
use super::wording::{hyper_in_words, tcp_in_words, tls_failure};
use crate::option_names::OptionNames;
use http::StatusCode;
use std::io;
use std::net::SocketAddr;

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("name lookup failed for \"{host}\": {error}")]
    Lookup { host: String, error: io::Error },
    #[error("{}", tcp_in_words(*address, error))]
    Tcp {
        address: SocketAddr,
        error: io::Error,
    },
    #[error("no connection in time")]
    Late,
    #[error(
        "name lookup failed for \"{host}\": {error}; a name that only the proxy can look up must be allowed: {}", OptionNames::get().allow_name(host)
    )]
    LookupForProxy { host: String, error: io::Error },
    #[error("TLS cannot be begun: {why}")]
    Trust {
        why: String,
        scarcity: Option<Scarcity>,
    },
    #[error("TLS handshake failed: {why}")]
    Tls {
        lack: NoAnswerKind,
        why: String,
        scarcity: Option<Scarcity>,
    },
    #[error(
        "the server does not offer HTTP/2 (it agreed to nothing by ALPN); write http_version: auto or 1.1"
    )]
    WithoutAlpn,
    #[error("{}", hyper_in_words(.0))]
    Handshake(hyper::Error),
    #[error("the proxy {proxy} cannot be used: {why}")]
    Proxy {
        proxy: String,
        why: Box<ConnectError>,
    },
    #[error("the proxy {proxy} answered {} to CONNECT", status.as_u16())]
    Tunnel { proxy: String, status: StatusCode },
    #[error("the proxy {proxy} gave no usable answer to CONNECT: {why}")]
    TunnelBroken { proxy: String, why: String },
}

impl From<ConnectError> for NoAnswer {
    fn from(error: ConnectError) -> Self {
        Self::new(error.lack(), error.to_string())
    }
}

impl ConnectError {
    fn lack(&self) -> NoAnswerKind {
        match self {
            Self::Lookup { .. } | Self::LookupForProxy { .. } => NoAnswerKind::Address,
            Self::Tcp { error, .. } => match error.kind() {
                io::ErrorKind::ConnectionRefused => NoAnswerKind::Listener,
                io::ErrorKind::TimedOut => NoAnswerKind::Time,
                _ => NoAnswerKind::Route,
            },
            Self::Late => NoAnswerKind::Time,
            Self::Tls { lack, .. } => *lack,
            Self::Trust { .. } | Self::WithoutAlpn => NoAnswerKind::Tls,
            Self::Handshake(_) => NoAnswerKind::Connection,
            _ => NoAnswerKind::Route,
        }
    }

    /// What this machine lacks, if that is why.
    pub(super) fn scarcity(&self) -> Option<Scarcity> {
        match self {
            Self::Tcp { address, error } => Scarcity::of_connecting(*address, error),
            Self::Lookup { error, .. } | Self::LookupForProxy { error, .. } => {
                // It runs in a thread of its own.
                if error.kind() == io::ErrorKind::WouldBlock {
                    return Some(Scarcity::Threads);
                }
                Scarcity::of(error).or_else(Scarcity::behind)
            }
            Self::Proxy { why, .. } => why.scarcity(),
            Self::Tls { scarcity, .. } | Self::Trust { scarcity, .. } => *scarcity,
            Self::Handshake(error) => Scarcity::in_chain(error),
            _ => None,
        }
    }

    /// Why TLS could not be begun.
    pub(super) fn tls(error: &io::Error, target: &Target) -> Self {
        let (lack, why) = tls_failure(error, target);
        let scarcity = Scarcity::of(error);
        Self::Tls {
            lack,
            why,
            scarcity,
        }
    }
}

impl From<ConnectError> for SendError {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Refused(refused) => Self::Refused(refused),
            other => Self::NoAnswer(other.into()),
        }
    }
}
