//! Deliveries and decisions for machines: the members have the names and forms of the lines of
//! `run` and `serve`.

use crate::store::times::record;
use serde::Serialize;
use servo_webhooks_store::{
    AnswerRecord, AttemptRecord, DecisionRecord, DeliveryRecord, Details, State, StoredBody,
};

/// A delivery.
#[derive(Serialize)]
pub struct Delivery<'a> {
    r#type: &'static str,
    event: &'a str,
    /// Of the event.
    id: &'a str,
    delivery: String,
    webhook: &'a str,
    state: State,
    accepted: String,
    settled: Option<String>,
    due: Option<String>,
    attempts: u32,
    status: Option<u16>,
    error: Option<&'a str>,
    elapsed_ms: Option<i64>,
    replays: u32,
    has_body: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt_records: Option<Vec<Attempt<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
}

/// An attempt.
#[derive(Serialize)]
struct Attempt<'a> {
    replay: u32,
    attempt: u32,
    time: String,
    status: Option<u16>,
    error: Option<&'a str>,
    elapsed_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// A decision before an event.
#[derive(Serialize)]
pub struct Decision<'a> {
    r#type: &'static str,
    event: &'a str,
    id: &'a str,
    time: String,
    outcome: &'static str,
    reason: Option<&'a str>,
    failed_open: bool,
    elapsed_ms: i64,
    webhooks: Vec<Answer<'a>>,
}

/// What one webhook said before an event.
#[derive(Serialize)]
struct Answer<'a> {
    delivery: Option<String>,
    webhook: &'a str,
    outcome: &'a str,
    failed_open: bool,
    attempts: u32,
    status: Option<u16>,
    error: Option<&'a str>,
    elapsed_ms: i64,
}

/// What a decision came to, in the words of the event's outcome.
pub fn outcome(decision: &DecisionRecord) -> &'static str {
    if decision.cancelled {
        "cancelled"
    } else {
        "proceed"
    }
}

impl<'a> From<&'a DeliveryRecord> for Delivery<'a> {
    fn from(delivery: &'a DeliveryRecord) -> Self {
        Self {
            r#type: "delivery",
            event: &delivery.event,
            id: &delivery.event_id,
            delivery: delivery.id.to_string(),
            webhook: &delivery.webhook,
            state: delivery.state,
            accepted: record(delivery.accepted),
            settled: delivery.settled.map(record),
            due: delivery.due.map(record),
            attempts: delivery.attempts,
            status: delivery.status,
            error: delivery.error.as_deref(),
            elapsed_ms: delivery.elapsed,
            replays: delivery.replays,
            has_body: delivery.has_body,
            attempt_records: None,
            body_bytes: None,
            content_type: None,
        }
    }
}

impl<'a> From<&'a Details> for Delivery<'a> {
    fn from(details: &'a Details) -> Self {
        let body = details.body.as_ref();
        Self {
            attempt_records: Some(details.attempts.iter().map(Attempt::from).collect()),
            body_bytes: body.map(|body: &StoredBody| body.content.len()),
            content_type: body.map(|body| &*body.content_type),
            ..Self::from(&details.delivery)
        }
    }
}

impl<'a> From<&'a AttemptRecord> for Attempt<'a> {
    fn from(attempt: &'a AttemptRecord) -> Self {
        let text = |answer: &Vec<u8>| String::from_utf8_lossy(answer).into_owned();
        Self {
            replay: attempt.replay,
            attempt: attempt.number,
            time: record(attempt.at),
            elapsed_ms: attempt.elapsed,
            status: attempt.status,
            error: attempt.error.as_deref(),
            answer: attempt.answer.as_ref().map(text),
        }
    }
}

impl<'a> From<&'a DecisionRecord> for Decision<'a> {
    fn from(decision: &'a DecisionRecord) -> Self {
        Self {
            r#type: "decision",
            event: &decision.event,
            id: &decision.event_id,
            outcome: outcome(decision),
            reason: decision.reason.as_deref(),
            failed_open: decision.failed_open,
            webhooks: decision.answers.iter().map(Answer::from).collect(),
            elapsed_ms: decision.elapsed,
            time: record(decision.at),
        }
    }
}

impl<'a> From<&'a AnswerRecord> for Answer<'a> {
    fn from(answer: &'a AnswerRecord) -> Self {
        Self {
            webhook: &answer.webhook,
            outcome: &answer.result,
            failed_open: answer.failed_open,
            delivery: answer.delivery.map(|id| id.to_string()),
            attempts: answer.attempts,
            status: answer.status,
            error: answer.error.as_deref(),
            elapsed_ms: answer.elapsed,
        }
    }
}
