//! What became of an event and of each delivery: the records that hosts get and
//! that `run` prints, one JSON object a line.

use crate::breaker::Change;
use crate::parcel::Occasion;
use crate::webhook::Webhook;
use serde::Serialize;
use std::time::Duration;
use uuid::Uuid;

/// What became of one side of an event, or of a channel message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "event")]
pub struct EventOutcome {
    /// `before:adjust`, `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// What it came to.
    pub outcome: Decision,
    /// Why it was cancelled.
    pub reason: Option<String>,
    /// Every enabled webhook that it concerned, in the order of the configuration.
    pub webhooks: Vec<WebhookOutcome>,
}

/// What an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Before an event: it may happen.
    Proceed,
    /// Before an event: it may not.
    Cancelled,
    /// After an event, or a message: a webhook took it, or none listens.
    Accepted,
    /// After an event, or a message: no webhook took it.
    Rejected,
}

/// What became of an event at one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WebhookOutcome {
    /// Its place in the configuration, from 0.
    pub index: usize,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What it came to.
    pub outcome: Settlement,
    /// How often it was tried.
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// Why it does not fire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl WebhookOutcome {
    pub(crate) fn new(webhook: &Webhook, outcome: Settlement) -> Self {
        Self {
            index: webhook.index,
            name: webhook.name.clone(),
            outcome,
            attempts: 0,
            status: None,
            error: None,
            reason: None,
        }
    }

    /// Of a webhook whose condition does not hold.
    pub(crate) fn skipped(webhook: &Webhook, why: &str) -> Self {
        Self {
            reason: Some(why.to_owned()),
            ..Self::new(webhook, Settlement::Skipped)
        }
    }
}

/// What an event came to at one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Before: it has nothing against the event.
    Proceeded,
    /// Before: it cancelled the event.
    Cancelled,
    /// Before: no answer could be had; its `on_error` decided.
    NoAnswer,
    /// Before: another one decided first.
    NotAwaited,
    /// It is switched off, until the host restarts or reloads or by its breaker.
    SwitchedOff,
    /// Its condition does not hold.
    Skipped,
    /// After: its delivery is on its way.
    Accepted,
    /// After: too many deliveries are waiting.
    Rejected,
}

/// What became of the delivery of an after event or a message to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "delivery")]
pub struct DeliveryOutcome {
    /// `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// The delivery's own id, `X-Servo-Delivery`.
    pub delivery: String,
    /// The webhook's name, if it has one.
    pub webhook: Option<String>,
    /// The webhook's place in the configuration, from 0.
    pub index: usize,
    /// What it came to.
    pub outcome: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// From its acceptance, in milliseconds.
    pub elapsed_ms: u64,
}

impl DeliveryOutcome {
    /// One that failed before it could be attempted.
    pub(crate) fn unsent(occasion: &Occasion<'_>, webhook: &Webhook, why: &str) -> Self {
        Self {
            event: occasion.name.clone(),
            id: occasion.id.to_string(),
            delivery: Uuid::now_v7().to_string(),
            webhook: webhook.name.clone(),
            index: webhook.index,
            outcome: DeliveryState::Failed,
            attempts: 0,
            status: None,
            error: Some(why.to_owned()),
            elapsed_ms: 0,
        }
    }
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Answered with a 2xx.
    Delivered,
    /// Given up.
    Failed,
    /// Still waiting when the host shut down.
    Undelivered,
}

/// An answer's body, for a pub/sub channel of the servo.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "publish")]
pub struct Publication {
    /// Where it goes: the webhook's `response_channel`.
    pub channel: String,
    /// As the responder said.
    pub content_type: String,
    /// The bytes, unchanged.
    #[serde(flatten, serialize_with = "crate::message::serialize_content")]
    pub content: bytes::Bytes,
    /// The webhook's name, if it has one.
    pub webhook: Option<String>,
    /// The id of the delivery that was answered.
    pub delivery: String,
}

impl std::fmt::Debug for Publication {
    /// Without the content, which belongs to the channel and not into logs.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Publication")
            .field("channel", &self.channel)
            .field("content_type", &self.content_type)
            .field("bytes", &self.content.len())
            .field("delivery", &self.delivery)
            .finish_non_exhaustive()
    }
}

/// A webhook's breaker, which holds what keeps failing, changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "breaker")]
pub struct BreakerRecord {
    /// The webhook's name, if it has one.
    pub webhook: Option<String>,
    /// The webhook's place in the configuration, from 0.
    pub index: usize,
    /// What it is now.
    pub state: BreakerState,
    /// Failures in a row, when it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<u32>,
    /// Until a probe may go out, in milliseconds, when it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<u64>,
    /// Of the last attempt, when it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a breaker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Everything is sent.
    Closed,
    /// Nothing is sent.
    Open,
    /// One probe is out.
    HalfOpen,
}

impl BreakerRecord {
    pub(crate) fn new(webhook: &Webhook, change: Change, error: Option<&str>) -> Self {
        let (state, failures, hold) = match change {
            Change::Opened { failures, hold, .. } => {
                (BreakerState::Open, Some(failures), Some(hold))
            }
            Change::Reopened { hold } => (BreakerState::Open, None, Some(hold)),
            Change::Probing => (BreakerState::HalfOpen, None, None),
            Change::Closed => (BreakerState::Closed, None, None),
        };
        let milliseconds = |hold: Duration| u64::try_from(hold.as_millis()).unwrap_or(u64::MAX);
        Self {
            webhook: webhook.name.clone(),
            index: webhook.index,
            state,
            failures,
            hold_ms: hold.map(milliseconds),
            error: error.filter(|_| hold.is_some()).map(str::to_owned),
        }
    }
}

/// Is told what becomes of deliveries. Called from the deliveries' own tasks: be
/// quick, and do not block for long.
pub trait Observer: Send + Sync + 'static {
    /// A delivery is settled. Each accepted one is reported exactly once.
    fn delivery(&self, outcome: DeliveryOutcome) {
        let _ = outcome;
    }

    /// An answer is to be published on a channel of the servo.
    fn publication(&self, publication: Publication) {
        let _ = publication;
    }

    /// A breaker opened, lets a probe out, or closed.
    fn breaker(&self, record: BreakerRecord) {
        let _ = record;
    }
}

/// Looks at nothing.
impl Observer for () {}
