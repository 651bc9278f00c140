//! A request without an answer, and whether its responder can have processed it.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::TrySendError;

/// A request that has no answer.
pub(super) struct Unanswered {
    pub(super) error: hyper::Error,
    pub(super) processed: Processed,
    /// What came was no HTTP/2, whatever the error says.
    pub(super) malformed: bool,
    /// Its connection takes no more, though it may still be open.
    pub(super) ended: bool,
}

/// Whether the responder can have processed a request that has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processed {
    /// It has not: HTTP says so, or no byte of it was written.
    No,
    /// A connection that had served others ended without a byte of an answer, as one does
    /// that its server had given up meanwhile.
    Hardly,
    /// It may have been.
    Maybe,
}

impl Unanswered {
    pub(super) fn new(
        error: TrySendError<Request<Full<Bytes>>>,
        processed: Processed,
        ended: bool,
    ) -> Self {
        Self {
            error: error.into_error(),
            processed,
            malformed: false,
            ended,
        }
    }
}
