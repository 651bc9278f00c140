//! What became of an event and of each delivery: the records that hosts get and
//! that `run` prints, one JSON object a line.

use lifecycle::Change;
use serde::Serialize;
use std::time::Duration;

pub use rules::outcome::{
    DeliveryOutcome, DeliveryStatus, EventDecision, EventOutcome, WebhookOutcome, WebhookStatus,
};

/// An answer's body, for a pub/sub channel of the servo.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
#[serde(tag = "type", rename = "publish")]
pub struct Publication {
    /// Where it goes: the webhook's `response_channel`.
    pub channel: String,
    /// As the responder said.
    pub content_type: String,
    /// The bytes, unchanged.
    #[serde(flatten, serialize_with = "crate::event::message::serialize_content")]
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

/// A webhook's breaker, which holds the deliveries of what keeps failing, changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
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
    /// Deliveries wait.
    Open,
    /// One probe is out.
    HalfOpen,
}

impl BreakerRecord {
    /// What changed at the webhook of this name and place.
    pub(crate) fn new(
        name: Option<&str>,
        index: usize,
        change: Change,
        error: Option<&str>,
    ) -> Self {
        let milliseconds = |hold: Duration| u64::try_from(hold.as_millis()).unwrap_or(u64::MAX);
        let (state, failures, hold) = match change {
            Change::Opened { failures, hold, .. } => {
                (BreakerState::Open, Some(failures), Some(hold))
            }
            Change::Reopened { hold } => (BreakerState::Open, None, Some(hold)),
            Change::Closed => (BreakerState::Closed, None, None),
        };
        Self {
            failures,
            hold_ms: hold.map(milliseconds),
            error: error.filter(|_| hold.is_some()).map(str::to_owned),
            ..Self::of(name, index, state)
        }
    }

    /// That a probe is out.
    pub(crate) fn probing(name: Option<&str>, index: usize) -> Self {
        Self::of(name, index, BreakerState::HalfOpen)
    }

    fn of(name: Option<&str>, index: usize, state: BreakerState) -> Self {
        Self {
            webhook: name.map(str::to_owned),
            index,
            state,
            failures: None,
            hold_ms: None,
            error: None,
        }
    }
}
