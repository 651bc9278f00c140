//! The records of the commands, as they are written: with the time, and with the names
//! that all of them share.

use rules::created;
use serde::Serialize;
use servo_webhooks::{Decision, EventOutcome, Settlement, WebhookOutcome};
use std::time::{SystemTime, UNIX_EPOCH};

/// Now: RFC 3339 in UTC, to the microsecond. A clock before 1970 stands still there.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    created::at(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// A record with the time at which it was written down.
#[derive(Serialize)]
pub struct Stamped<'a, R> {
    #[serde(flatten)]
    record: &'a R,
    time: String,
}

impl<'a, R: Serialize> Stamped<'a, R> {
    /// Of now.
    pub fn new(record: &'a R) -> Self {
        Self {
            record,
            time: now(),
        }
    }
}

/// What became of an event or a message.
#[derive(Serialize)]
#[serde(tag = "type", rename = "event")]
pub struct EventRecord<'a> {
    event: &'a str,
    id: &'a str,
    outcome: Decision,
    reason: Option<&'a str>,
    webhooks: Vec<WebhookRecord<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    time: String,
}

#[derive(Serialize)]
struct WebhookRecord<'a> {
    index: usize,
    webhook: Option<&'a str>,
    /// The same, for those who know it by this.
    name: Option<&'a str>,
    outcome: Settlement,
    attempts: u32,
    status: Option<u16>,
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

impl<'a> EventRecord<'a> {
    /// Of now; `warnings` say why it may not be what was meant.
    pub fn new(outcome: &'a EventOutcome, warnings: Vec<String>) -> Self {
        Self {
            event: &outcome.event,
            id: &outcome.id,
            outcome: outcome.outcome,
            reason: outcome.reason.as_deref(),
            webhooks: outcome.webhooks.iter().map(WebhookRecord::from).collect(),
            warnings,
            time: now(),
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

    #[test]
    fn an_event_has_all_that_the_library_says_of_it() {
        let webhook = WebhookOutcome::skipped(3, Some("store"), "false");
        let outcome = EventOutcome::told("after:a".to_owned(), "i".to_owned(), vec![webhook]);
        let written = serde_json::to_value(EventRecord::new(&outcome, Vec::new())).unwrap();
        let mut known = serde_json::to_value(&outcome).unwrap();
        known["time"] = written["time"].clone();
        known["webhooks"][0]["webhook"] = json!("store");
        assert_eq!(written, known);
        assert!(created::parse(written["time"].as_str().unwrap()).is_some());
    }

    #[test]
    fn a_stamp_comes_last() {
        let text = serde_json::to_string(&Stamped::new(&json!({"b": 1, "a": 2}))).unwrap();
        assert!(text.starts_with(r#"{"b":1,"a":2,"time":""#), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["a"], 2);
    }
}
