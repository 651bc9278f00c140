//! The JSON object by which a servo states an event or a message: its form. The values in
//! it are checked by whoever takes them.

use crate::addressee::{Addressee, WebhookRef};
use crate::notification::Side;
use crate::sanitize::sanitize;
use crate::trace_context::{ReadTrace, TraceContext};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// What every input has, and what it is about; results are read as an `R`.
#[derive(Debug)]
pub struct Envelope<'a, R = &'a RawValue> {
    /// As it stands there.
    pub id: Option<Cow<'a, str>>,
    /// As it stands there.
    pub created_at: Option<Cow<'a, str>>,
    /// What it asks of whoever takes it.
    pub addressee: Addressee,
    /// The trace that it is part of.
    pub trace: ReadTrace,
    /// An event or a message.
    pub subject: Subject<'a, R>,
}

/// What an input is about.
#[derive(Debug)]
pub enum Subject<'a, R = &'a RawValue> {
    /// One side of an event.
    Event {
        /// Before an event there are no results.
        side: Side,
        /// Without the side.
        name: String,
        /// Any JSON.
        parameters: Option<&'a RawValue>,
        /// As whoever asks reads them.
        results: Option<R>,
    },
    /// A message on a channel.
    Message {
        /// As it stands there.
        channel: Cow<'a, str>,
        /// As it stands there.
        content_type: Cow<'a, str>,
        /// Text, or base64.
        content: Content<'a>,
    },
}

/// The content of a message.
#[derive(Debug)]
pub enum Content<'a> {
    /// Under `content`.
    Text(Cow<'a, str>),
    /// Under `content_base64`.
    Base64(Cow<'a, str>),
}

/// Why a text states nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Not JSON, or with keys that are unknown or given twice.
    Json {
        /// What is wrong.
        message: String,
        /// Counts from 1.
        line: usize,
        /// Counts from 1, in bytes.
        column: usize,
    },
    /// No object, neither an event nor a message, or both.
    Form(&'static str),
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(why) => out.write_str(why),
            // Most texts are one line.
            Self::Json {
                message,
                line: 0 | 1,
                column,
            } => write!(out, "{message}, at column {column}"),
            Self::Json {
                message,
                line,
                column,
            } => write!(out, "{message}, at line {line}, column {column}"),
        }
    }
}

impl std::error::Error for Malformed {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields<'a, R> {
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    created_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    webhook: Option<&'a RawValue>,
    #[serde(borrow)]
    traceparent: Option<&'a RawValue>,
    #[serde(borrow)]
    tracestate: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    results: Option<R>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_base64: Option<Cow<'a, str>>,
}

impl<'a, R: Deserialize<'a>> Envelope<'a, R> {
    /// Reads one JSON object. A byte order mark before it is skipped.
    ///
    /// # Errors
    /// If it is not as it should be; the column says where.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // The reader of JSON would name its own types.
        match text.trim_start().chars().next() {
            Some('[') => return Err(Malformed::Form(ARRAY)),
            None | Some('{') => {}
            Some(_) => return Err(Malformed::Form(NO_OBJECT)),
        }
        let fields: Fields<'a, R> = serde_json::from_str(text).map_err(|error| {
            let full = error.to_string();
            let message = full.split(" at line ").next().unwrap_or_default();
            Malformed::Json {
                // It names keys of the text, which may be anything.
                message: sanitize(message),
                line: error.line(),
                column: error.column(),
            }
        })?;
        fields.envelope().map_err(Malformed::Form)
    }
}

impl<'a, R> Fields<'a, R> {
    fn envelope(mut self) -> Result<Envelope<'a, R>, &'static str> {
        let addressee = self.addressee()?;
        let trace = self.trace();
        let (id, created_at) = (self.id.take(), self.created_at.take());
        let subject = match (self.event.take(), self.channel.take()) {
            (Some(_), Some(_)) => return Err("both an event and a channel; write one of them"),
            (Some(name), None) => event(self, &name)?,
            (None, Some(channel)) => message(self, channel)?,
            (None, None) => return Err(NEITHER),
        };
        Ok(Envelope {
            id,
            created_at,
            addressee,
            trace,
            subject,
        })
    }

    /// Whatever stands there is no reason to refuse the event.
    fn trace(&self) -> ReadTrace {
        let text = |member: Option<&RawValue>| {
            let json = member.map_or("\"\"", RawValue::get);
            // What is no text is none of both.
            serde_json::from_str(json).unwrap_or_else(|_| "?".to_owned())
        };
        match (self.traceparent, self.tracestate) {
            (None, None) => ReadTrace::default(),
            (parent, state) => TraceContext::read(&text(parent), &text(state)),
        }
    }

    fn addressee(&mut self) -> Result<Addressee, &'static str> {
        let webhook = match self.webhook {
            None => None,
            Some(raw) => Some(
                WebhookRef::read(raw)
                    .ok_or("\"webhook\" must be the name of a webhook, or its index")?,
            ),
        };
        let before = |event: &Cow<'_, str>| event.starts_with("before:");
        if webhook.is_some() && self.event.as_ref().is_some_and(before) {
            return Err("before an event all its webhooks are asked; leave out \"webhook\"");
        }
        Ok(Addressee {
            source: self.source.take().map(Into::into),
            webhook,
        })
    }
}

const ARRAY: &str = "it is a JSON array; one JSON object is expected for each event";

const NO_OBJECT: &str = "one JSON object is expected, such as {\"event\": \"after:measure\"}";

const NEITHER: &str =
    "neither \"event\" nor \"channel\"; write for example {\"event\": \"after:measure\"}";

fn event<'a, R>(fields: Fields<'a, R>, name: &str) -> Result<Subject<'a, R>, &'static str> {
    if fields.content.is_some() || fields.content_base64.is_some() || fields.content_type.is_some()
    {
        return Err("an event has parameters and results, no content");
    }
    let (side, name) = match name.split_once(':') {
        Some(("before", name)) => (Side::Before, name),
        Some(("after", name)) => (Side::After, name),
        _ => return Err("event needs a before: or after: prefix"),
    };
    if side == Side::Before && fields.results.is_some() {
        return Err("there are no results before an event");
    }
    Ok(Subject::Event {
        side,
        name: name.to_owned(),
        parameters: fields.parameters,
        results: fields.results,
    })
}

fn message<'a, R>(
    fields: Fields<'a, R>,
    channel: Cow<'a, str>,
) -> Result<Subject<'a, R>, &'static str> {
    if fields.parameters.is_some() || fields.results.is_some() {
        return Err("a message has content, no parameters or results");
    }
    let Some(content_type) = fields.content_type else {
        return Err("a message needs a content_type, such as text/plain");
    };
    let content = match (fields.content, fields.content_base64) {
        (Some(text), None) => Content::Text(text),
        (None, Some(text)) => Content::Base64(text),
        _ => return Err("a message has either content or content_base64"),
    };
    Ok(Subject::Message {
        channel,
        content_type,
        content,
    })
}

#[cfg(test)]
mod tests;
