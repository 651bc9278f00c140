//! What an instance hears of a request of its own that has no answer.

use super::guest_stdio::GuestStdio;
use crate::outbound::{NoAnswerKind, SendError};
use wasmtime_wasi_http::Error;

/// Why there is no answer, for the log and for the instance.
pub(super) fn unanswered(error: &SendError, stdio: &GuestStdio) -> Error {
    match error {
        SendError::Refused(refused) => {
            stdio.warn(&format!("a request was refused: {refused}"));
            Error::DestinationIpProhibited
        }
        SendError::NoAnswer(error) => {
            tracing::debug!("a request of the component had no answer: {error}");
            code(error.kind())
        }
        SendError::Late(_) => Error::HttpResponseTimeout,
        SendError::Lacking(_) => {
            stdio.warn(&format!("a request was {error}"));
            Error::ConnectionLimitReached
        }
    }
}

/// A code for the instance: words could say more of this machine's network.
fn code(kind: NoAnswerKind) -> Error {
    match kind {
        NoAnswerKind::Address => Error::DnsError {
            rcode: None,
            info_code: None,
        },
        NoAnswerKind::Listener => Error::ConnectionRefused,
        NoAnswerKind::Route => Error::DestinationUnavailable,
        NoAnswerKind::Time => Error::ConnectionTimeout,
        NoAnswerKind::Certificate => Error::TlsCertificateError,
        NoAnswerKind::Tls => Error::TlsProtocolError,
        NoAnswerKind::Connection => Error::ConnectionTerminated,
        NoAnswerKind::Http => Error::HttpProtocolError,
        _ => Error::InternalError(None),
    }
}
