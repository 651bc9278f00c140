//! What goes wrong between a request and its answer, in short words without secrets.

use super::refused::Refused;
use super::scarcity::Scarcity;
use crate::event::time;
use std::time::Duration;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The host does not make this request.
    #[error(transparent)]
    Refused(Refused),
    /// Lookup, connect, TLS, reset, malformed HTTP.
    #[error("{0}")]
    NoAnswer(NoAnswer),
    /// None came within the limit.
    #[error("no answer within {}", time::display(*.0))]
    Late(Duration),
    /// This machine lacks something, and did so until the limit.
    #[error("not sent: {0}")]
    Lacking(Scarcity),
}

/// What went wrong, in words for people, which name hosts and addresses, never a path, a
/// query or a header.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct NoAnswer {
    kind: NoAnswerKind,
    why: String,
}

/// What there was none of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoAnswerKind {
    /// An address for the name.
    Address,
    /// Somebody who listens there.
    Listener,
    /// A route to it, or through the proxy.
    Route,
    /// A connection in time.
    Time,
    /// A certificate to trust.
    Certificate,
    /// TLS otherwise.
    Tls,
    /// An answer before the connection ended.
    Connection,
    /// HTTP in what came.
    Http,
    /// Something else.
    Other,
}

impl NoAnswer {
    pub(super) fn new(kind: NoAnswerKind, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { kind, why }
    }

    /// The kind of it.
    #[must_use]
    pub fn kind(&self) -> NoAnswerKind {
        self.kind
    }
}
