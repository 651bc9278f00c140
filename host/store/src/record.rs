//! What a reader is told. As JSON these are what `export` writes, a line each.

use crate::body::StoredBody;
use crate::delivery::State;
use serde::Serialize;
use uuid::Uuid;

/// A delivery. Times are milliseconds since 1970, spans milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryRecord {
    /// The order of acceptance.
    #[serde(skip)]
    pub seq: i64,
    /// As `X-Servo-Delivery` carries it.
    #[serde(serialize_with = "display")]
    pub id: Uuid,
    /// The webhook's name.
    pub webhook: String,
    /// As `X-Servo-Event` carries it.
    pub event: String,
    /// Of the event.
    pub event_id: String,
    /// Where it stands.
    pub state: State,
    /// When it was accepted.
    pub accepted: i64,
    /// When it was settled.
    pub settled: Option<i64>,
    /// Until when it waits, if it does.
    pub due: Option<i64>,
    /// Attempts that began, since it was last replayed.
    pub attempts: u32,
    /// How long the last attempt took.
    pub elapsed: Option<i64>,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Of the last attempt.
    pub error: Option<String>,
    /// How often it was replayed.
    pub replays: u32,
    /// Whether its body is kept.
    pub has_body: bool,
}

/// An attempt of a delivery. One that never ended, as when the process was killed, has none:
/// it is in the count of its delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AttemptRecord {
    /// After how many replays.
    pub replay: u32,
    /// From 1.
    pub number: u32,
    /// When it began.
    pub at: i64,
    /// How long it took.
    pub elapsed: i64,
    /// Of the answer.
    pub status: Option<u16>,
    /// Why it did not get through.
    pub error: Option<String>,
    /// The first bytes of the answer, if they were kept.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "text")]
    pub answer: Option<Vec<u8>>,
}

/// A delivery with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// The delivery.
    pub delivery: DeliveryRecord,
    /// Its attempts, in order.
    pub attempts: Vec<AttemptRecord>,
    /// Its body, if it is kept.
    pub body: Option<StoredBody>,
}

/// A decision before an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionRecord {
    /// The order of decisions.
    #[serde(skip)]
    pub seq: i64,
    /// As `X-Servo-Event` carries it.
    pub event: String,
    /// Of the event.
    pub event_id: String,
    /// When the webhooks were asked.
    pub at: i64,
    /// How long it took.
    pub elapsed: i64,
    /// Whether the event was cancelled.
    pub cancelled: bool,
    /// Whether it went on although a webhook gave no answer that counts.
    pub failed_open: bool,
    /// Why, as the servo was told.
    pub reason: Option<String>,
    /// What each webhook said.
    pub answers: Vec<AnswerRecord>,
}

/// What one webhook said before an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerRecord {
    /// The webhook's name.
    pub webhook: String,
    /// As `X-Servo-Delivery` carried it, if anything was sent.
    #[serde(serialize_with = "display_some")]
    pub delivery: Option<Uuid>,
    /// What it came to.
    pub result: String,
    /// Whether the event went on although there was no answer that counts.
    pub failed_open: bool,
    /// Attempts that were made.
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Why it failed, or the reason of a cancel.
    pub error: Option<String>,
    /// How long it took.
    pub elapsed: i64,
}

fn text<S: serde::Serializer>(answer: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
    let answer = answer.as_deref().unwrap_or_default();
    to.serialize_str(&String::from_utf8_lossy(answer))
}

fn display<S: serde::Serializer>(id: &Uuid, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(id)
}

fn display_some<S: serde::Serializer>(id: &Option<Uuid>, to: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => to.collect_str(id),
        None => to.serialize_none(),
    }
}
