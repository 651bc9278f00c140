//! What answers requests instead of the network.

use super::answer::Answer;
use super::error::{NoAnswer, NoAnswerKind, SendError};
use bytes::Bytes;
use http::{Request, Response};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Answering = Pin<Box<dyn Future<Output = Result<Response<Bytes>, String>> + Send>>;

/// Answers requests instead of the network, for tests of a host: nothing is looked up, vetted
/// or connected to. Cloning shares it.
///
/// # Examples
/// ```
/// use servo_webhooks::Transport;
///
/// let busy = Transport::new(async |request: http::Request<bytes::Bytes>| {
///     assert_eq!(request.headers()["x-servo-event"], "after:measure");
///     let mut answer = http::Response::new(bytes::Bytes::new());
///     *answer.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
///     Ok(answer)
/// });
/// # let _ = busy;
/// ```
#[derive(Clone)]
pub struct Transport(Arc<dyn Fn(Request<Bytes>) -> Answering + Send + Sync>);

impl Transport {
    /// Answers by a function: with an answer, or with why there is none. What it takes longer
    /// than the attempt has is no answer either.
    pub fn new<F, A>(answer: F) -> Self
    where
        F: Fn(Request<Bytes>) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Response<Bytes>, String>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(answer(request))))
    }

    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Answer, SendError> {
        let answer = (self.0)(request).await;
        let answer = answer.map_err(|why| NoAnswer::new(NoAnswerKind::Other, why));
        answer.map(Answer::given).map_err(SendError::NoAnswer)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Transport")
    }
}
