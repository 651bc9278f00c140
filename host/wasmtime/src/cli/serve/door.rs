//! Where requests come in: who may, how large they are, and what is behind it.

use super::access::Access;
use super::problem::Problem;
use crate::cli::output::Output;
use crate::cli::server::respond;
use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

/// Requests at a time: each may hold a body and wait for a budget.
const MOST: usize = 256;

/// The time for a body to come.
const BODY: Duration = Duration::from_secs(30);

/// What answers have as their body.
pub type AnswerBody = UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>;

/// What takes the requests that came through the door.
pub trait Behind: Send + Sync + 'static {
    /// Whether it can take any. Nothing of whoever asks reaches it.
    fn is_well(&self) -> impl Future<Output = Result<(), Problem>> + Send;

    /// Whether there is such a thing, before it is asked who may.
    fn knows(&self, parts: &Parts) -> Result<(), Problem>;

    /// Whether it can be taken, before its body is read.
    fn fits(&self, parts: &Parts) -> Result<(), Problem>;

    /// Answers a request whose body is there.
    fn take(
        &self,
        parts: Parts,
        body: Bytes,
    ) -> impl Future<Output = Result<Response<AnswerBody>, Problem>> + Send;
}

/// Takes requests from those who may hand them in.
pub struct Door<B> {
    access: Access,
    /// What takes them.
    pub behind: B,
    output: Arc<Output>,
    /// Bytes of a body.
    longest: usize,
    room: Semaphore,
    closed: AtomicBool,
    deserted: Notify,
    refused: AtomicU64,
}

impl<B: Behind> Door<B> {
    /// Open. An event has at most so many bytes, and its envelope as many again.
    pub fn new(access: Access, behind: B, output: Arc<Output>, max_event: usize) -> Self {
        Self {
            access,
            behind,
            output,
            longest: max_event.saturating_mul(2),
            room: Semaphore::new(MOST),
            closed: AtomicBool::new(false),
            deserted: Notify::new(),
            refused: AtomicU64::new(0),
        }
    }

    /// Takes no more.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Waits until nobody reads the outcomes.
    pub async fn deserted(&self) {
        self.deserted.notified().await;
    }

    /// Requests that are being answered.
    pub fn unanswered(&self) -> usize {
        MOST - self.room.available_permits()
    }

    /// Requests that were no event, or from somebody who may not.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Answers a request.
    pub async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(self.route(parts, body).await.unwrap_or_else(|problem| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            tracing::info!(?problem, "refused");
            boxed(problem.response())
        }))
    }

    async fn route(&self, parts: Parts, body: Incoming) -> Result<Response<AnswerBody>, Problem> {
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        match parts.uri.path() {
            "/health" if reads && self.closed.load(Ordering::Acquire) => Err(ending()),
            "/health" if reads => {
                self.behind.is_well().await?;
                let well = "{\"status\":\"ok\"}\n";
                Ok(boxed(respond(StatusCode::OK, "application/json", well)))
            }
            "/health" => Err(Problem::method("GET, HEAD")),
            _ => self.take(parts, body).await,
        }
    }

    async fn take(&self, parts: Parts, body: Incoming) -> Result<Response<AnswerBody>, Problem> {
        self.behind.knows(&parts)?;
        self.access.check(&parts.headers)?;
        self.behind.fits(&parts)?;
        let Ok(_place) = self.room.try_acquire() else {
            return Err(Problem::unavailable("too many requests at a time"));
        };
        if self.closed.load(Ordering::Acquire) {
            return Err(ending());
        }
        if self.output.is_broken() {
            self.deserted.notify_one();
            return Err(ending());
        }
        let body = self.read(body).await?;
        self.behind.take(parts, body).await
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, Problem> {
        let too_long = || {
            let detail = format!("a body has at most {} bytes", self.longest);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        };
        let stated = usize::try_from(body.size_hint().lower());
        if stated.is_ok_and(|stated| stated > self.longest) {
            return Err(too_long());
        }
        match timeout(BODY, Limited::new(body, self.longest).collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
            Ok(Err(_)) => Err(Problem::event("the body was cut")),
            Err(_) => Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                format!("the body did not come within {} s", BODY.as_secs()),
            )),
        }
    }
}

/// An answer, whatever its body is.
pub fn boxed<T>(response: Response<T>) -> Response<AnswerBody>
where
    T: Body<Data = Bytes> + Send + 'static,
    T::Error: Into<Box<dyn Error + Send + Sync>>,
{
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}

fn ending() -> Problem {
    Problem::unavailable("it is ending, and takes no more events")
}
