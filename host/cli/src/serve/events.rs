//! The handler of `serve`: `POST /events`, taken by the hooks of this program.

use super::body::{AnswerBody, boxed};
use super::frontend::Handler;
use super::health;
use super::listener::Idle;
use super::problem::{Problem, RETRY_SECONDS};
use crate::output::Output;
use crate::progress;
use crate::records::EventRecord;
use crate::small_server::respond;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use serde_json::{Map, Value};
use servo_webhooks::{EventDecision, Input, Webhooks};
use std::sync::Arc;

const JSON: &str = "application/json";

/// Fires the hooks.
pub struct Events {
    pub webhooks: Webhooks,
    pub output: Arc<Output>,
}

impl Handler for Events {
    async fn is_well(&self) -> Result<(), Problem> {
        let Some(why) = health::refusal(&self.webhooks) else {
            return Ok(());
        };
        // In numbers: whoever asks has shown no token.
        let state = health::of(&self.webhooks, false);
        Err(Problem::unavailable(&why).with(state))
    }

    fn state(&self, may_know: bool) -> Map<String, Value> {
        health::of(&self.webhooks, may_know)
    }

    fn knows(&self, parts: &Parts) -> Result<(), Problem> {
        match parts.uri.path() {
            "/events" if parts.method == Method::POST => Ok(()),
            "/events" => Err(Problem::method("POST")),
            _ => Err(Problem::new(
                StatusCode::NOT_FOUND,
                "not found; use POST /events or GET /health",
            )),
        }
    }

    fn fits(&self, parts: &Parts) -> Result<(), Problem> {
        if is_json(&parts.headers) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "an event is JSON; send Content-Type: application/json",
        ))
    }

    async fn take(&self, parts: Parts, body: Bytes) -> Result<Response<AnswerBody>, Problem> {
        let text = std::str::from_utf8(&body).map_err(|error| {
            Problem::event(format!(
                "the body is not UTF-8 after {} bytes",
                error.valid_up_to()
            ))
        })?;
        let input = Input::parse(text).map_err(|error| Problem::event(error.to_string()))?;
        let input = in_trace(input, &parts.headers);
        let input = match self.output.failed {
            // The same for all webhooks, delivered now or later.
            Some(_) => input.dated(),
            None => input,
        };
        let handled = self.webhooks.handle(&input).await;
        let outcome = handled.map_err(|error| match error.is_too_large() {
            true => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
            false => Problem::event(error.to_string()),
        })?;
        // Who is told that nothing was taken states it again.
        if outcome.outcome != EventDecision::Rejected {
            self.output.keep_rejected(&input, &outcome);
        }
        let warnings = self.webhooks.warnings(&input);
        answer(outcome.outcome, &self.output.outcome(&outcome, warnings))
    }
}

impl Idle for Events {
    async fn idle(&self) {
        progress::shown(&self.webhooks).await;
    }
}

/// As part of the trace of the request, unless the event states its own. Of several
/// `traceparent` none counts; of several `tracestate` all do (W3C Trace Context, 3.2.2, 3.3.1).
fn in_trace(input: Input, headers: &HeaderMap) -> Input {
    let all = |name: &str| {
        let values = headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        values.collect::<Vec<_>>().join(",")
    };
    let traceparent = all("traceparent");
    match traceparent.is_empty() {
        true => input,
        false => input.with_trace_parent(&traceparent, &all("tracestate")),
    }
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
fn answer(
    outcome: EventDecision,
    record: &EventRecord<'_>,
) -> Result<Response<AnswerBody>, Problem> {
    let status = match outcome {
        EventDecision::Proceed | EventDecision::Cancelled => StatusCode::OK,
        EventDecision::Accepted => StatusCode::ACCEPTED,
        EventDecision::Rejected => StatusCode::SERVICE_UNAVAILABLE,
    };
    let body = serde_json::to_vec(record)
        .map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let mut response = boxed(respond(status, JSON, body));
    if outcome == EventDecision::Rejected {
        let after = HeaderValue::from_static(RETRY_SECONDS);
        response.headers_mut().insert(RETRY_AFTER, after);
    }
    Ok(response)
}
