//! What became of an event and of each delivery: the records that `servo-webhooks run` and
//! `serve` write.

use crate::configuration::Prepared;
use serde::Serialize;

/// What became of one side of an event, or of a message.
#[derive(Serialize)]
#[serde(tag = "type", rename = "event")]
pub struct EventOutcome {
    pub event: String,
    pub id: String,
    pub outcome: Decision,
    pub reason: Option<String>,
    pub webhooks: Vec<WebhookOutcome>,
}

/// What an event came to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Proceed,
    Cancelled,
    Accepted,
    /// No webhook took it.
    Rejected,
}

/// What became of an event at one webhook.
#[derive(Serialize)]
pub struct WebhookOutcome {
    pub index: usize,
    pub name: Option<String>,
    pub outcome: Settlement,
    pub attempts: u32,
    pub status: Option<u16>,
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl WebhookOutcome {
    pub fn new(webhook: &Prepared, outcome: Settlement) -> Self {
        Self {
            index: webhook.index,
            name: webhook.read.name.clone(),
            outcome,
            attempts: 0,
            status: None,
            error: None,
            reason: None,
        }
    }
}

/// What an event came to at one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    Proceeded,
    Cancelled,
    NoAnswer,
    NotAwaited,
    SwitchedOff,
    Skipped,
    Accepted,
}

/// What became of a delivery.
#[derive(Serialize)]
#[serde(tag = "type", rename = "delivery")]
pub struct DeliveryOutcome<'a> {
    pub event: &'a str,
    pub id: &'a str,
    pub delivery: &'a str,
    pub webhook: Option<&'a str>,
    pub index: usize,
    /// `delivered` or `failed`: what an engine ends before says nothing more.
    pub outcome: &'static str,
    pub attempts: u32,
    pub status: Option<u16>,
    pub error: Option<&'a str>,
    pub elapsed_ms: u64,
}

/// An answer's body, for a pub/sub channel of the servo.
#[derive(Serialize)]
#[serde(tag = "type", rename = "publish")]
pub struct Publication<'a> {
    pub channel: &'a str,
    pub content_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_base64: Option<String>,
    pub webhook: Option<&'a str>,
    pub delivery: &'a str,
}
