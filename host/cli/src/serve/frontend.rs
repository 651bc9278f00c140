//! Where requests come in: who may, how large they are, and what handles them.

use super::body::{AnswerBody, boxed, until_answered};
use super::connection::{Connection, HEAD_SIZE, Work};
use super::connections::Answers;
use super::problem::Problem;
use super::reloadable_access::ReloadableAccess;
use crate::observe::{LIVE, LIVEZ, READYZ, Readiness};
use crate::output::Output;
use crate::small_server::{has_right_host, respond};
use bytes::Bytes;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use serde_json::{Map, Value};
use servo_webhooks::__internal::log_limit::{Kind, limited};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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

/// What takes the requests that came through the frontend.
pub trait Handler: Send + Sync + 'static {
    /// Whether it can take any. Nothing of whoever asks reaches it.
    fn is_well(&self) -> impl Future<Output = Result<(), Problem>> + Send;

    /// What else there is to say of its health: to those who may hand in events more.
    fn state(&self, may_know: bool) -> Map<String, Value>;

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
pub struct Frontend<B> {
    /// Who may.
    pub access: Arc<ReloadableAccess>,
    /// What takes them.
    pub handler: B,
    /// Where what becomes of events is written.
    pub output: Arc<Output>,
    /// Bytes of a body.
    longest: usize,
    permits: Arc<Semaphore>,
    /// Whether any event is taken.
    pub readiness: Arc<Readiness>,
    refused: AtomicU64,
}

impl<B: Handler> Frontend<B> {
    /// Open. An event has at most so many bytes, and its envelope as many again.
    pub fn new(
        access: impl Into<Arc<ReloadableAccess>>,
        handler: B,
        readiness: Arc<Readiness>,
        output: Arc<Output>,
        max_event: usize,
    ) -> Self {
        Self {
            access: access.into(),
            handler,
            output,
            longest: max_event.saturating_mul(2),
            permits: Arc::new(Semaphore::new(MOST)),
            readiness,
            refused: AtomicU64::new(0),
        }
    }

    /// Waits until what was read is handled, whether or not somebody waits for its answer.
    pub async fn idle(&self) {
        // Never closed.
        let _ = self
            .permits
            .acquire_many(u32::try_from(MOST).unwrap_or(u32::MAX))
            .await;
    }

    /// Requests that are being answered.
    pub fn unanswered(&self) -> usize {
        MOST - self.permits.available_permits()
    }

    /// Requests that were no event, or from somebody who may not.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Answers a request. When more than so many connections ask for health, those that do
    /// end with the answer, as do those that ask for nothing else for long.
    async fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
        health: usize,
    ) -> Result<Response<AnswerBody>, Infallible> {
        let (parts, body) = request.into_parts();
        let is_health = [HEALTH, LIVEZ, READYZ].contains(&parts.uri.path());
        let mut work = None;
        let answered = self.route(parts, body, &connection, &mut work).await;
        let mut response = answered.unwrap_or_else(|problem| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            limited(Kind::Request, &[problem.detail()], |repeated| {
                tracing::info!(
                    status = problem.status(),
                    repeated,
                    "request refused: {}",
                    problem.detail()
                );
            });
            boxed(problem.response())
        });
        if connection.overstays(is_health, health) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(match work {
            Some(work) => until_answered(response, work),
            None => response,
        })
    }

    async fn route(
        self: &Arc<Self>,
        parts: Parts,
        body: Incoming,
        connection: &Arc<Connection>,
        work: &mut Option<Work>,
    ) -> Result<Response<AnswerBody>, Problem> {
        fits(&parts)?;
        let access = self.access.current();
        access.admits(&parts)?;
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        match parts.uri.path() {
            HEALTH if reads => {
                self.takes()?;
                self.handler.is_well().await?;
                let mut state = Map::from_iter([
                    ("status".to_owned(), "ok".into()),
                    (
                        "reload_refused".to_owned(),
                        self.readiness.is_reload_refused().into(),
                    ),
                ]);
                let may_know = access.check(&parts.headers).is_ok();
                state.extend(self.handler.state(may_know));
                let well = Value::from(state).to_string() + "\n";
                Ok(boxed(respond(StatusCode::OK, "application/json", well)))
            }
            LIVEZ if reads => Ok(boxed(respond(StatusCode::OK, "application/json", LIVE))),
            READYZ if reads => {
                let (status, body) = self.readiness.answer();
                if status == StatusCode::OK {
                    self.handler.is_well().await?;
                }
                Ok(boxed(respond(status, "application/json", body)))
            }
            HEALTH | LIVEZ | READYZ => Err(Problem::method("GET, HEAD")),
            _ => {
                self.handler.knows(&parts)?;
                access.check(&parts.headers)?;
                *work = Some(connection.work());
                self.take(parts, body).await
            }
        }
    }

    async fn take(
        self: &Arc<Self>,
        parts: Parts,
        body: Incoming,
    ) -> Result<Response<AnswerBody>, Problem> {
        self.handler.fits(&parts)?;
        let Ok(permit) = Arc::clone(&self.permits).try_acquire_owned() else {
            return Err(Problem::unavailable("too many requests at once"));
        };
        self.takes()?;
        let body = self.read(body).await?;
        // What was read is taken, also if whoever sent it has gone: nobody can tell a client
        // that wants no answer from one that has said all.
        let frontend = Arc::clone(self);
        let taken = tokio::spawn(async move {
            let _permit = permit;
            // Whoever reads the outcomes may be a little late.
            let _ = timeout(PATIENCE, frontend.output.room()).await;
            frontend.takes()?;
            frontend.handler.take(parts, body).await
        });
        taken.await.unwrap_or_else(|_| {
            let detail = "the event could not be handled; the log says why";
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail))
        })
    }

    /// Whether any event is taken.
    fn takes(&self) -> Result<(), Problem> {
        if self.readiness.is_draining() || self.output.is_closed() {
            return Err(Problem::unavailable(
                "shutting down; no more events are taken",
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
            let detail = format!("the body is longer than {} bytes", self.longest);
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
        };
        let stated = usize::try_from(body.size_hint().lower());
        if stated.is_ok_and(|stated| stated > self.longest) {
            return Err(too_long());
        }
        match timeout(BODY, Limited::new(body, self.longest).collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_long()),
            Ok(Err(_)) => Err(Problem::event("the body ended early")),
            Err(_) => Err(Problem::new(
                StatusCode::REQUEST_TIMEOUT,
                format!("the body did not arrive within {} s", BODY.as_secs()),
            )),
        }
    }
}

impl<B: Handler> Answers for Frontend<B> {
    fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
        connection: Arc<Connection>,
        health: usize,
    ) -> impl Future<Output = Result<Response<AnswerBody>, Infallible>> + Send {
        self.answer(request, connection, health)
    }
}

/// Whether the head is one of HTTP/1.1, and as long as it may be.
fn fits(parts: &Parts) -> Result<(), Problem> {
    if !has_right_host(parts) {
        return Err(Problem::event(
            "a request needs exactly one valid Host header (RFC 9112, 3.2)",
        ));
    }
    let line = parts.method.as_str().len() + length(&parts.uri) + " HTTP/1.1\r\n ".len();
    let headers = parts.headers.iter();
    let fields = headers.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    if line + fields.sum::<usize>() + "\r\n".len() > HEAD_SIZE {
        return Err(Problem::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("the request head is longer than {HEAD_SIZE} bytes"),
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
