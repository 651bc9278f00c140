//! What a configuration means: each webhook with every default applied, or all that
//! is wrong with it.

mod backoff;
mod channel_cycle;
mod channels;
mod events;
mod expressions;
mod fields;
mod format;
mod header_name;
mod headers;
pub mod placeholder;
mod pointer;
mod problem;
#[cfg(feature = "expressions")]
mod reads;
mod secret;
mod signatures;
mod url;
mod values;
mod webhook;

pub use events::unknown as unknown_event;
pub use header_name::refusal as refused_header;
pub use problem::{Problem, Severity};
pub use url::check as check_url;
pub use webhook::{
    Configuration, CustomHeader, HttpVersion, OnError, Retries, Setting, Value, Webhook,
};

use fields::Fields;
use problem::Report;
use rules::answer;
use rules::notification::Side;
use rules::selector;
use rules::shape::Shape;
use serde_json::Value as Json;
use std::collections::HashMap;

/// The keys that a webhook has.
pub const KEYS: [&str; 19] = [
    "name",
    "description",
    "enabled",
    "events",
    "channels",
    "response_channel",
    "url",
    "secret",
    "signatures",
    "format",
    "when",
    "payload",
    "content_type",
    "payload_schema",
    "headers",
    "backoff",
    "timeout",
    "http_version",
    "on_error",
];

const SECOND: u64 = 1_000_000_000;
const TIMEOUT: u64 = 5 * SECOND;
/// Nobody waits that long for an answer: it is milliseconds taken for seconds.
const LONGEST_TIMEOUT: u64 = 3_600 * SECOND;

const LIST: &str = "for example [{events: after:measure, url: URL, secret: {env: NAME}}]";
const MAPPING: &str = "for example {events: after:measure, url: URL, secret: {env: NAME}}";

/// Reads the list of webhooks, as JSON; `events` are the host's own beyond the
/// standard catalogue, `source` names the servo.
#[must_use]
pub fn parse(document: &str, events: &[String], source: &str) -> Configuration {
    let mut report = Report::default();
    let mut webhooks = Vec::new();
    let document: Json = document.parse().unwrap_or_else(|error: serde_json::Error| {
        report.error("", format!("the document is not JSON: {error}"));
        Json::Array(Vec::new())
    });
    match &document {
        Json::Array(items) => webhooks = read(items, events, source, &mut report),
        other => report.error(
            "",
            format!(
                "webhooks must be a list, not {}; {LIST}",
                values::kind(other)
            ),
        ),
    }
    Configuration {
        webhooks: if report.has_errors() {
            Vec::new()
        } else {
            webhooks
        },
        problems: report.into_problems(&document),
        answer_headers: answer::HEADERS.map(str::to_owned).to_vec(),
    }
}

fn read(items: &[Json], events: &[String], source: &str, report: &mut Report) -> Vec<Webhook> {
    if items.is_empty() && !report.has_errors() {
        report.warning(
            "",
            format!("no webhooks are configured and nothing will be sent; {LIST}"),
        );
    }
    let mut names: HashMap<String, usize> = HashMap::new();
    let mut webhooks = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = format!("/{index}");
        let Json::Object(members) = item else {
            report.error(
                &path,
                format!(
                    "a webhook must be a mapping, not {}; {MAPPING}",
                    values::kind(item)
                ),
            );
            continue;
        };
        let mut fields = Fields::new(members, path, report);
        let webhook = webhook(&mut fields, events, source);
        if let Some(name) = &webhook.name {
            match names.get(name) {
                Some(first) => fields.error(
                    "name",
                    format!("webhooks[{first}] already has this name; choose another"),
                ),
                None => drop(names.insert(name.clone(), index)),
            }
        }
        webhooks.push((index, webhook));
    }
    channel_cycle::refuse(&webhooks, report);
    webhooks.into_iter().map(|(_, webhook)| webhook).collect()
}

fn webhook(fields: &mut Fields<'_>, known: &[String], source: &str) -> Webhook {
    fields.refuse_unknown(&KEYS);
    let name = name(fields);
    let description = fields.text("description");
    let enabled = fields.boolean("enabled").unwrap_or(true);
    let events = events::read(fields, known);
    let channels = channels::read(fields, "channels");
    let response_channel = channels::read_one(fields, "response_channel");
    let url = url::read(fields);
    let secrets = secret::read(fields);
    let scheme = signatures::read(fields);
    let format = format::read(fields, source);
    let shape = Shape {
        source: source.to_owned(),
        format,
        when: expressions::condition(fields, &events),
        payload: expressions::payload(fields, &events),
    };
    let headers = headers::read(fields);
    let limits = backoff::read(fields);
    let timeout = fields.duration("timeout").unwrap_or(TIMEOUT);
    if timeout == 0 || timeout > LONGEST_TIMEOUT {
        fields.error(
            "timeout",
            "must be more than 0 and at most 1h; for example 5s".to_owned(),
        );
    }
    let http_version = fields
        .choice("http_version", &HTTP_VERSIONS)
        .unwrap_or(HttpVersion::Auto);
    let on_error = fields
        .choice("on_error", &ON_ERROR)
        .unwrap_or(OnError::Proceed);
    check_listening(fields, &events, &channels);
    let publishes = response_channel.is_some();
    Webhook {
        name,
        description,
        enabled,
        events,
        channels,
        response_channel,
        url,
        headers,
        secrets,
        timeout,
        http_version,
        on_error,
        before: limits.before.retries(Side::Before, publishes),
        after: limits.after.retries(Side::After, publishes),
        shape: shape.token(),
        warm: shape.has_expressions(),
        scheme: scheme.token().to_owned(),
        settings: Vec::new(),
    }
}

fn name(fields: &mut Fields<'_>) -> Option<String> {
    let name = fields.text("name")?;
    if !name.trim().is_empty() && !name.chars().any(char::is_control) {
        return Some(name);
    }
    fields.error(
        "name",
        "must not be empty or contain control characters; write one, or remove the key".to_owned(),
    );
    None
}

/// Whether what a webhook listens to makes sense as a whole.
fn check_listening(fields: &mut Fields<'_>, events: &[String], channels: &[String]) {
    // What was refused has been reported, and is not missing.
    let none = |value: Option<&Json>| {
        value.is_none_or(|value| value.as_array().is_some_and(Vec::is_empty))
    };
    if none(fields.get("events")) && none(fields.get("channels")) {
        let path = ["events", "channels"]
            .into_iter()
            .find(|key| fields.has(key))
            .unwrap_or_default();
        fields.error(
            path,
            "listens to nothing; for example events: after:measure".to_owned(),
        );
    }
    if !events.is_empty() && !channels.is_empty() {
        fields.warning(
            "channels",
            "publishers on a channel choose the body, and it is signed with the secret for events; \
             use a separate webhook with another secret for the channels"
                .to_owned(),
        );
    }
    let listens = !events.is_empty() || !channels.is_empty();
    let asks = events.iter().any(|event| selector::is_of(event, "before"));
    if listens && fields.has("on_error") && !asks {
        fields.warning(
            "on_error",
            "has no effect without a before event; remove it".to_owned(),
        );
    }
}

const HTTP_VERSIONS: [(&str, HttpVersion); 3] = [
    ("auto", HttpVersion::Auto),
    ("1.1", HttpVersion::Http1),
    ("2", HttpVersion::Http2),
];

const ON_ERROR: [(&str, OnError); 2] = [("proceed", OnError::Proceed), ("cancel", OnError::Cancel)];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod test_webhook;
#[cfg(test)]
mod tests;
