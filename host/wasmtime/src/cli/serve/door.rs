//! Where events are handed in: `POST /events`.

use super::access::Access;
use super::problem::{Problem, RETRY_SECONDS};
use crate::cli::output::Output;
use crate::cli::server::respond;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use servo_webhooks::{Decision, EventError, EventOutcome, Stated, Webhooks};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

/// Requests at a time: each may hold a body and wait for a budget.
const MOST: usize = 256;

/// The time for a body to come.
const BODY: Duration = Duration::from_secs(30);

const JSON: &str = "application/json";

/// Takes events from those who may hand them in.
pub struct Door {
    access: Access,
    webhooks: Webhooks,
    output: Arc<Output>,
    /// Bytes of a body.
    longest: usize,
    room: Semaphore,
    closed: AtomicBool,
    deserted: Notify,
    refused: AtomicU64,
}

impl Door {
    /// Open. An event has at most so many bytes, and its envelope as many again.
    pub fn new(access: Access, webhooks: Webhooks, output: Arc<Output>, max_event: usize) -> Self {
        Self {
            access,
            webhooks,
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
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(self.route(&parts, body).await.unwrap_or_else(|problem| {
            self.refused.fetch_add(1, Ordering::Relaxed);
            tracing::info!(?problem, "refused");
            problem.response()
        }))
    }

    async fn route(&self, parts: &Parts, body: Incoming) -> Result<Response<Full<Bytes>>, Problem> {
        let reads = parts.method == Method::GET || parts.method == Method::HEAD;
        match parts.uri.path() {
            "/events" if parts.method == Method::POST => self.take(parts, body).await,
            "/events" => Err(Problem::method("POST")),
            "/health" if reads && self.closed.load(Ordering::Acquire) => Err(ending()),
            "/health" if reads => Ok(respond(StatusCode::OK, JSON, "{\"status\":\"ok\"}\n")),
            "/health" => Err(Problem::method("GET, HEAD")),
            _ => Err(Problem::new(
                StatusCode::NOT_FOUND,
                "there is POST /events and GET /health",
            )),
        }
    }

    async fn take(&self, parts: &Parts, body: Incoming) -> Result<Response<Full<Bytes>>, Problem> {
        self.access.check(&parts.headers)?;
        if !is_json(&parts.headers) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "an event is JSON: write Content-Type: application/json",
            ));
        }
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
        let text = std::str::from_utf8(&body).map_err(|error| {
            Problem::event(format!("not UTF-8, after {} bytes", error.valid_up_to()))
        })?;
        let stated = Stated::parse(text).map_err(|error| Problem::event(error.to_string()))?;
        let handled = self.webhooks.handle(&stated).await;
        let outcome = handled.map_err(|error| match error {
            EventError::TooLarge { .. } => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string())
            }
            error => Problem::event(error.to_string()),
        })?;
        self.output.outcome(&outcome);
        answer(&outcome)
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

fn ending() -> Problem {
    Problem::unavailable("it is ending, and takes no more events")
}

/// Without it a form of any web page could hand in events.
fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let media_type = given.unwrap_or_default().split(|byte| *byte == b';').next();
    media_type
        .unwrap_or_default()
        .trim_ascii()
        .eq_ignore_ascii_case(JSON.as_bytes())
}

/// The outcome: of an event before which was asked at once whole, of others that it was
/// accepted.
fn answer(outcome: &EventOutcome) -> Result<Response<Full<Bytes>>, Problem> {
    let status = match outcome.outcome {
        Decision::Proceed | Decision::Cancelled => StatusCode::OK,
        Decision::Accepted => StatusCode::ACCEPTED,
        Decision::Rejected => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = serde_json::to_vec(outcome)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let mut response = respond(status, JSON, body);
    if outcome.outcome == Decision::Rejected {
        let after = HeaderValue::from_static(RETRY_SECONDS);
        response.headers_mut().insert(RETRY_AFTER, after);
    }
    Ok(response)
}
