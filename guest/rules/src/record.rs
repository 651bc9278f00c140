//! The records of hosts, as they are written: with the time, and with the names that all of
//! them share.

use crate::outcome::{EventDecision, EventOutcome, WebhookOutcome, WebhookStatus};
use serde::Serialize;

/// A record with the time at which it was written down.
#[derive(Debug, Serialize)]
pub struct Stamped<'a, R> {
    #[serde(flatten)]
    record: &'a R,
    time: String,
}

impl<'a, R: Serialize> Stamped<'a, R> {
    /// Of a time as [`created::at`](crate::created::at) writes it.
    pub fn new(record: &'a R, time: String) -> Self {
        Self { record, time }
    }
}

/// What became of an event or a message.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "event")]
pub struct EventRecord<'a> {
    event: &'a str,
    id: &'a str,
    outcome: EventDecision,
    reason: Option<&'a str>,
    webhooks: Vec<WebhookRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    time: String,
}

#[derive(Debug, Serialize)]
struct WebhookRecord<'a> {
    index: usize,
    webhook: Option<&'a str>,
    /// The same, for those who know it by this.
    name: Option<&'a str>,
    outcome: WebhookStatus,
    attempts: u32,
    status: Option<u16>,
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> EventRecord<'a> {
    /// Of a time as [`created::at`](crate::created::at) writes it; `warnings` say why it may
    /// not be what was meant.
    #[must_use]
    pub fn new(outcome: &'a EventOutcome, warnings: Vec<String>, time: String) -> Self {
        Self {
            event: &outcome.event,
            id: &outcome.id,
            outcome: outcome.outcome,
            reason: outcome.reason.as_deref(),
            webhooks: outcome.webhooks.iter().map(WebhookRecord::from).collect(),
            warnings,
            time,
        }
    }
}

impl<'a> From<&'a WebhookOutcome> for WebhookRecord<'a> {
    fn from(outcome: &'a WebhookOutcome) -> Self {
        let name = outcome.name.as_deref();
        Self {
            index: outcome.index,
            webhook: name,
            name,
            outcome: outcome.outcome,
            attempts: outcome.attempts,
            status: outcome.status,
            error: outcome.error.as_deref(),
            reason: outcome.reason.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::{Value, json};

    const TIME: &str = "2026-11-23T11:23:42.243402+00:00";

    #[test]
    fn an_event_has_all_that_its_outcome_says() {
        let webhook = WebhookOutcome::skipped(3, Some("store"), "false");
        let outcome = EventOutcome::told("after:a".to_owned(), "i".to_owned(), vec![webhook]);
        let record = EventRecord::new(&outcome, Vec::new(), TIME.to_owned());
        let mut known = serde_json::to_value(&outcome).unwrap();
        known["time"] = json!(TIME);
        known["webhooks"][0]["webhook"] = json!("store");
        assert_eq!(serde_json::to_value(record).unwrap(), known);
    }

    #[test]
    fn a_stamp_comes_last() {
        let record = json!({"b": 1, "a": 2});
        let text = serde_json::to_string(&Stamped::new(&record, TIME.to_owned())).unwrap();
        assert!(text.starts_with(r#"{"b":1,"a":2,"time":""#), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&read["a"], &read["time"]), (&json!(2), &json!(TIME)));
    }
}
