//! A webhook of a configuration that is written in Rust.

use crate::config::configuration::Configuration;
use crate::config::error::ConfigurationError;
use crate::config::load_options::LoadOptions;
use crate::config::problems::Problems;
use crate::config::resolver::Reference;
use crate::connector::Connector;
use crate::error::Error;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// A webhook, as a configuration has it; [`Configuration::of`] makes one of them.
///
/// What is left out has its default, and whatever is wrong is found when the configuration is
/// made, as in one that is written as text.
///
/// # Examples
/// ```
/// use servo_webhooks::{Configuration, Connector, LoadOptions, WebhookSpec};
/// use std::time::Duration;
///
/// let approve = WebhookSpec::new("https://example.com/approve", "a secret of 32 bytes or more")
///     .with_name("approve")
///     .with_event("before:adjust")
///     .with_timeout(Duration::from_secs(2))
///     .with_field("on_error", "cancel");
/// let connector = Connector::built_in()?;
/// let configuration = Configuration::of(&connector, &[approve], &LoadOptions::default())?;
/// assert_eq!(configuration.webhooks()[0].timeout, Duration::from_secs(2));
/// # Ok::<(), servo_webhooks::Error>(())
/// ```
#[derive(Clone)]
pub struct WebhookSpec {
    fields: BTreeMap<&'static str, Value>,
    headers: BTreeMap<String, Value>,
}

impl WebhookSpec {
    /// One that posts to a URL, signed with a secret: each a text, or a [`Reference`] to one.
    #[must_use]
    pub fn new(url: impl Into<Text>, secret: impl Into<Text>) -> Self {
        let (url, secret) = (url.into().0, secret.into().0);
        Self {
            fields: BTreeMap::from([("url", url), ("secret", secret)]),
            headers: BTreeMap::new(),
        }
    }

    /// With a unique name.
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        self.with_field("name", name.into())
    }

    /// With one more event to listen to, such as `before:adjust`.
    #[must_use]
    pub fn with_event(self, event: impl Into<String>) -> Self {
        self.with_one_more("events", event.into())
    }

    /// With one more pub/sub channel to listen to.
    #[must_use]
    pub fn with_channel(self, channel: impl Into<String>) -> Self {
        self.with_one_more("channels", channel.into())
    }

    /// With a header of its own, whose value is confidential.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Text>) -> Self {
        self.headers.insert(name.to_owned(), value.into().0);
        self
    }

    /// With a limit for one attempt.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.with_field("timeout", written(timeout))
    }

    /// With so many tries, the first one counted, within a time from the first one.
    #[must_use]
    pub fn with_retries(self, max_tries: u32, max_time: Duration) -> Self {
        let backoff = [
            ("max_tries".to_owned(), max_tries.into()),
            ("max_time".to_owned(), written(max_time).into()),
        ];
        self.with_field("backoff", Value::Object(backoff.into_iter().collect()))
    }

    /// With a single try.
    #[must_use]
    pub fn without_retries(self) -> Self {
        self.with_field("backoff", false)
    }

    /// With any field of a configuration, by its name there: the reference has all of them.
    #[must_use]
    pub fn with_field(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value.into());
        self
    }

    fn with_one_more(mut self, name: &'static str, value: String) -> Self {
        let known = self
            .fields
            .entry(name)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = known {
            all.push(value.into());
        }
        self
    }
}

/// A text of a webhook, or a reference to one.
#[derive(Clone)]
pub struct Text(Value);

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Reference<'_>> for Text {
    fn from(reference: Reference<'_>) -> Self {
        let reference = match reference {
            Reference::Env(name) => json!({"env": name}),
            Reference::File(path) => json!({"file": path}),
        };
        Self(reference)
    }
}

impl fmt::Debug for Text {
    /// Without the text, which may be confidential.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Text")
    }
}

/// As a configuration writes a duration, to the nanosecond.
fn written(duration: Duration) -> String {
    format!("{}s{}ns", duration.as_secs(), duration.subsec_nanos())
}

impl Serialize for WebhookSpec {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        for (name, value) in &self.fields {
            map.serialize_entry(name, value)?;
        }
        if !self.headers.is_empty() {
            map.serialize_entry("headers", &self.headers)?;
        }
        map.end()
    }
}

impl fmt::Debug for WebhookSpec {
    /// Without URL, headers and secrets.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WebhookSpec")
            .field("name", &self.fields.get("name"))
            .finish_non_exhaustive()
    }
}

impl Configuration {
    /// Makes a configuration of webhooks that are written in Rust. Problems in it show the
    /// same webhooks as JSON, one on each line, confidential parts masked.
    ///
    /// Blocks while it reads the files that they refer to, which are relative to the folder
    /// that this process works in.
    ///
    /// # Errors
    /// For all that is wrong in them.
    pub fn of(
        connector: &Connector,
        webhooks: &[WebhookSpec],
        options: &LoadOptions,
    ) -> Result<Self, Error> {
        let lines: Result<Vec<_>, _> = webhooks.iter().map(serde_json::to_string).collect();
        let name = "webhooks";
        let lines = lines.map_err(|error| {
            let problems = Problems::of_file(name, &error.to_string());
            ConfigurationError::Problems(problems)
        })?;
        let text = format!("[\n{}\n]\n", lines.join(",\n"));
        Self::read(connector, name, Path::new(""), text.as_bytes(), options)
    }
}
