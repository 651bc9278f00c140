//! Where requests come in: who may, how large they are, and what is behind it.

use super::access::Access;
use super::connections::{Connection, HEAD_SIZE, Work};
use super::problem::Problem;
use crate::cli::output::Output;
use crate::cli::server::respond;
use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Requests at a time: each may hold a body and wait for a budget.
const MOST: usize = 256;

/// The time for a body to come.
const BODY: Duration = Duration::from_secs(30);

/// The time for whoever reads standard output to make room for another event.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where it is asked whether events are taken.
const HEALTH: &str = "/health";

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
    /// Where what becomes of events is written.
    pub output: Arc<Output>,
    /// Bytes of a body.
    longest: usize,
    room: Semaphore,
    closed: AtomicBool,
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
            refused: AtomicU64::new(0),
        }
    }

    /// Takes no more.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Requests that are being answered.
    pub fn unanswered(&self) -> usize {
        MOST - self.room.available_permits()
    }

    /// Requests that were no event, or from somebody who may not.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Answers a request. When more than so many connections ask for health, those that do
    /// end with the answer, as do those that ask for nothing else for long.
    pub async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
        health: usize,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let (parts, body) = request.into_parts();
        let is_health = parts.uri.path() == HEALTH;
        let mut work = None;
        let answered = self.route(parts, body, &connection, &mut work).await;
        let mut response = answered.unwrap_or_else(|problem| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            tracing::info!(?problem, "refused");
            boxed(problem.response())
        });
        if connection.overstays(is_health, health) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(match work {
            Some(work) => response.map(|body| Worked { body, _work: work }.boxed_unsync()),
            None => response,
        })
    }

    async fn route(
        &self,
        parts: Parts,
        body: Incoming,
        connection: &Arc<Connection>,
        work: &mut Option<Work>,
    ) -> Result<Response<AnswerBody>, Problem> {
        fits(&parts)?;
        self.access.admits(&parts)?;
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        match parts.uri.path() {
            HEALTH if reads => {
                self.takes()?;
                self.behind.is_well().await?;
                let well = "{\"status\":\"ok\"}\n";
                Ok(boxed(respond(StatusCode::OK, "application/json", well)))
            }
            HEALTH => Err(Problem::method("GET, HEAD")),
            _ => {
                self.behind.knows(&parts)?;
                self.access.check(&parts.headers)?;
                *work = Some(connection.work());
                self.take(parts, body).await
            }
        }
    }

    async fn take(&self, parts: Parts, body: Incoming) -> Result<Response<AnswerBody>, Problem> {
        self.behind.fits(&parts)?;
        let Ok(_place) = self.room.try_acquire() else {
            return Err(Problem::unavailable("too many requests at a time"));
        };
        self.takes()?;
        let body = self.read(body).await?;
        // Whoever reads the outcomes may be a little behind.
        let _ = timeout(PATIENCE, self.output.room()).await;
        self.takes()?;
        self.behind.take(parts, body).await
    }

    /// Whether any event is taken.
    fn takes(&self) -> Result<(), Problem> {
        if self.closed.load(Ordering::Acquire) || self.output.is_closed() {
            return Err(Problem::unavailable(
                "it is ending, and takes no more events",
            ));
        }
        match self.output.refusal() {
            Some(why) => Err(Problem::unavailable(&format!(
                "no events are taken while {why}"
            ))),
            None => Ok(()),
        }
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

/// Whether the head is one of HTTP/1.1, and as long as it may be.
fn fits(parts: &Parts) -> Result<(), Problem> {
    let hosts = parts.headers.get_all(HOST).iter().count();
    if hosts > 1 || hosts == 0 && parts.version == Version::HTTP_11 {
        return Err(Problem::event("a request has one Host"));
    }
    let line = parts.method.as_str().len() + length(&parts.uri) + " HTTP/1.1\r\n ".len();
    let headers = parts.headers.iter();
    let fields = headers.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    if line + fields.sum::<usize>() + "\r\n".len() > HEAD_SIZE {
        return Err(Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("a head has at most {HEAD_SIZE} bytes"),
        ));
    }
    Ok(())
}

/// Bytes of a request's target.
fn length(uri: &Uri) -> usize {
    let scheme = uri
        .scheme_str()
        .map_or(0, |scheme| scheme.len() + "://".len());
    let authority = uri
        .authority()
        .map_or(0, |authority| authority.as_str().len());
    scheme + authority + uri.path_and_query().map_or(0, |path| path.as_str().len())
}

/// An answer's body, until which it is worked at.
struct Worked {
    body: AnswerBody,
    _work: Work,
}

impl Body for Worked {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
