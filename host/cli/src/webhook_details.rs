//! All that can be told of a webhook, in words and as JSON.

use super::columns::printable;
use super::units;
use serde_json::{Map, Value, json};
use servo_webhooks::__internal::config::{Written, without_strings, written};
use servo_webhooks::{Configuration, OnError, Options, Retries, Webhook};

const MASK: &str = "***";

/// A webhook with what its configuration says of it.
pub struct WebhookDetails<'a> {
    pub webhook: &'a Webhook,
    written: Written,
    /// Shows URL, values of headers and texts in the payload, which may be confidential.
    reveal: bool,
}

impl<'a> WebhookDetails<'a> {
    /// Of a configuration that was read to be looked at.
    pub fn new(configuration: &Configuration, webhook: &'a Webhook, reveal: bool) -> Self {
        Self {
            webhook,
            written: written(configuration, webhook.index)
                .cloned()
                .unwrap_or_default(),
            reveal,
        }
    }

    /// Whether a field is left out, so that its default holds.
    pub fn is_default(&self, field: &str) -> bool {
        self.written.get(field).is_none()
    }

    /// What it listens to.
    pub fn listens(&self) -> Vec<String> {
        let channels = self.webhook.channels.iter();
        let channels = channels.map(|channel| format!("channel:{channel}"));
        self.webhook
            .events
            .iter()
            .cloned()
            .chain(channels)
            .collect()
    }

    /// Whether it is asked before events, and told after them or of messages.
    pub fn sides(&self) -> (bool, bool) {
        let of = |side: &str| {
            let own = |event: &String| {
                event
                    .split_once(':')
                    .is_some_and(|(own, _)| own == side || own == "*")
            };
            self.webhook.events.iter().any(own)
        };
        (
            of("before"),
            of("after") || !self.webhook.channels.is_empty(),
        )
    }

    /// A field that is one word of several, or its default.
    pub fn word(&self, field: &str, default: &'static str) -> String {
        match self.written.get(field) {
            Some(Value::String(text)) => printable(text),
            Some(Value::Number(number)) => number.to_string(),
            _ => default.to_owned(),
        }
    }

    /// How it signs.
    pub fn signatures(&self) -> Vec<String> {
        match self.written.get("signatures") {
            Some(Value::Array(all)) => all
                .iter()
                .filter_map(Value::as_str)
                .map(printable)
                .collect(),
            _ => vec![self.word("signatures", "servo")],
        }
    }

    /// An expression; texts in a payload may be confidential.
    pub fn expression(&self, field: &str) -> Option<String> {
        let text = printable(self.written.get(field)?.as_str()?);
        Some(match field {
            "payload" if !self.reveal => without_strings(&text),
            _ => text,
        })
    }

    /// Where its secrets come from, the current one first.
    pub fn secrets(&self) -> Vec<String> {
        let secrets = self.written.secrets().into_iter();
        secrets
            .map(|secret| named(secret).unwrap_or_else(|| MASK.to_owned()))
            .collect()
    }

    /// Scheme, host and port of its URL, or all of it.
    pub fn url(&self) -> String {
        let whole = self.webhook.url().filter(|_| self.reveal);
        let origin = self
            .webhook
            .origin()
            .map(|origin| format!("{origin}/{MASK}"));
        whole
            .or(origin)
            .unwrap_or_else(|| "not resolved".to_owned())
    }

    /// Its own headers: name, and value or where it comes from.
    pub fn headers(&self) -> Vec<(String, String)> {
        let headers = self.written.headers().into_iter();
        let value = |name: &str, written: &Value| {
            let known = self.webhook.header(name).filter(|_| self.reveal);
            let value = known.or_else(|| named(written));
            printable(&value.unwrap_or_else(|| MASK.to_owned()))
        };
        headers
            .map(|(name, written)| (printable(name), value(name, written)))
            .collect()
    }

    /// What becomes of an event before which it is asked; none if it is not.
    pub fn before(&self) -> Option<String> {
        let outcome = match self.webhook.on_error {
            OnError::Proceed => "the event proceeds",
            OnError::Cancel => "the event is cancelled",
        };
        let attempts = self.attempts(&self.webhook.before);
        let budget = units::duration(Options::default().before_budget);
        self.sides().0.then(|| {
            format!("{attempts}, and no longer than --before-budget ({budget} by default); without an answer {outcome}")
        })
    }

    /// What becomes of a delivery; none if it has none.
    pub fn after(&self) -> Option<String> {
        let attempts = self.attempts(&self.webhook.after);
        self.sides()
            .1
            .then(|| format!("{attempts}; without success the delivery fails"))
    }

    fn attempts(&self, retries: &Retries) -> String {
        let timeout = units::duration(self.webhook.timeout);
        match retries.max_tries {
            1 => format!("one attempt of at most {timeout}"),
            tries => format!(
                "up to {tries} attempts of at most {timeout} each, within {}",
                units::duration(retries.max_time)
            ),
        }
    }

    /// For machines: durations in seconds.
    pub fn to_json(&self) -> Value {
        let webhook = self.webhook;
        let retries = |retries: &Retries| json!({"max_tries": retries.max_tries, "max_time": retries.max_time.as_secs_f64()});
        let headers: Map<String, Value> = self
            .headers()
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect();
        let defaults: Vec<&str> = documents::config::KEYS
            .into_iter()
            .filter(|key| self.is_default(key))
            .collect();
        let payload = self.expression("payload");
        let content_type = payload
            .as_ref()
            .map(|_| self.word("content_type", "application/json"));
        json!({
            "index": webhook.index,
            "name": webhook.name,
            "description": webhook.description,
            "enabled": webhook.enabled,
            "events": webhook.events,
            "channels": webhook.channels,
            "response_channel": webhook.response_channel,
            "target": webhook.origin(),
            "url": webhook.origin().map(|_| self.url()),
            "secrets": self.secrets(),
            "signatures": self.signatures(),
            "format": self.word("format", "servo"),
            "when": self.expression("when"),
            "payload": payload,
            "content_type": content_type,
            "payload_schema": self.written.get("payload_schema"),
            "headers": headers,
            "before": retries(&webhook.before),
            "after": retries(&webhook.after),
            "timeout": webhook.timeout.as_secs_f64(),
            "http_version": self.word("http_version", "auto"),
            "on_error": webhook.on_error.to_string(),
            "state": self.state(),
            "policy": {"before": self.before(), "after": self.after()},
            "defaults": defaults,
        })
    }

    /// Whether anything is sent.
    pub fn state(&self) -> &'static str {
        if self.webhook.enabled {
            "enabled"
        } else {
            "disabled"
        }
    }
}

/// Where a value comes from, if it was given by reference.
fn named(value: &Value) -> Option<String> {
    let of = |kind: &str| {
        let name = value.get(kind)?.as_str()?;
        Some(format!("{{{kind}: {}}}", printable(name)))
    };
    of("env").or_else(|| of("file"))
}
