//! Why something is no event, no message or no catalogue.

use rules::created::EXPECTED;
use rules::notification::{CHANNEL_LIMIT, ID_LIMIT, NAME_LIMIT};
use std::borrow::Cow;

/// Why something is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EventError {
    /// The name is out of its grammar.
    #[error(
        "an event name starts with a letter or _, continues with letters, digits, _ . or -, and has at most {NAME_LIMIT} characters"
    )]
    Name,
    /// The id is empty or too long.
    #[error("id must have 1 to {ID_LIMIT} characters")]
    Id,
    /// A time that cannot be read.
    #[error("created_at must be {EXPECTED}")]
    Created,
    /// Parameters that are no JSON object.
    #[error("parameters must be a JSON object{}", detail(.0))]
    Parameters(String),
    /// Results that are no list of results.
    #[error("results must be a list of {{\"connector\", \"value\"}}{}", detail(.0))]
    Results(String),
    /// More bytes than the host takes.
    #[error("the event has {size} bytes; at most {limit} are accepted")]
    TooLarge {
        /// In bytes.
        size: usize,
        /// In bytes.
        limit: usize,
    },
    /// The connector refuses it, or it is not for these webhooks.
    #[error("{0}")]
    Refused(String),
}

fn detail(text: &str) -> Cow<'static, str> {
    if text.is_empty() {
        Cow::Borrowed("")
    } else {
        Cow::Owned(format!(": {text}"))
    }
}

/// Why something is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageError {
    /// The channel is out of its grammar.
    #[error(
        "a channel name has letters, digits, . - and _, starts and ends with a letter or digit, and has at most {CHANNEL_LIMIT} characters"
    )]
    Channel,
    /// The content type cannot be sent as one.
    #[error("content_type must be a media type such as text/plain")]
    ContentType,
    /// Not base64.
    #[error("content_base64 must be base64 (RFC 4648, section 4)")]
    Base64,
}

/// Why a catalogue cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("catalogue {file}: {why}")]
pub(crate) struct CatalogueError {
    pub file: String,
    pub why: String,
}
