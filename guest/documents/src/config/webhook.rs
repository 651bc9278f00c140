//! A webhook with every default applied: the records of the WIT, one to one.

use super::Problem;
use std::fmt;

/// What a configuration came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// In document order; empty if any problem is an error.
    pub webhooks: Vec<Webhook>,
    /// In document order.
    pub problems: Vec<Problem>,
    /// Lower-case names of the answer headers that `judge` wants to see.
    pub answer_headers: Vec<String>,
}

/// A value of the document, or the handle of one that the host keeps.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// As written.
    Text(String),
    /// The host's.
    Handle(u32),
}

impl fmt::Debug for Value {
    /// Without the text, which may be confidential.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => out.write_str("Text(..)"),
            Self::Handle(handle) => write!(out, "Handle({handle})"),
        }
    }
}

/// A header of the webhook's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomHeader {
    /// As written.
    pub name: String,
    /// As written.
    pub value: Value,
}

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpVersion {
    /// By ALPN over TLS, 1.1 in clear.
    Auto,
    /// 1.1.
    Http1,
    /// 2; in clear by prior knowledge.
    Http2,
}

/// What an event does when one of its before webhooks had no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It happens.
    Proceed,
    /// It does not.
    Cancel,
}

/// How often one side of a webhook is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// The first attempt counted.
    pub max_tries: u32,
    /// Nanoseconds from the start of the first attempt.
    pub max_time: u64,
    /// For `judge`.
    pub policy: String,
}

/// What a host must act on and may not know; none so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What it is called.
    pub name: String,
    /// What it is set to.
    pub value: String,
    /// JSON pointer.
    pub path: String,
}

/// One webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the WIT describes each field")]
pub struct Webhook {
    pub name: Option<String>,
    pub description: Option<String>,
    pub enabled: bool,
    pub events: Vec<String>,
    pub channels: Vec<String>,
    pub response_channel: Option<String>,
    pub url: Value,
    pub headers: Vec<CustomHeader>,
    pub secrets: Vec<u32>,
    pub timeout: u64,
    pub http_version: HttpVersion,
    pub on_error: OnError,
    pub before: Retries,
    pub after: Retries,
    pub shape: String,
    pub warm: bool,
    pub scheme: String,
    pub settings: Vec<Setting>,
}
