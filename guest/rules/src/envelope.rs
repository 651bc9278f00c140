//! The JSON object by which a servo states an event or a message: its form. The values in
//! it are checked by whoever takes them.

use crate::foreign::capped;
use crate::occasion::Side;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// What every statement has, and what it is about; results are read as an `R`.
#[derive(Debug)]
pub struct Envelope<'a, R = &'a RawValue> {
    /// As it stands there.
    pub id: Option<Cow<'a, str>>,
    /// As it stands there.
    pub created_at: Option<Cow<'a, str>>,
    /// An event or a message.
    pub subject: Subject<'a, R>,
}

/// What a statement is about.
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
    /// Neither an event nor a message, or both.
    Form(&'static str),
}

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
    /// Reads one JSON object.
    ///
    /// # Errors
    /// If it is not as it should be; the column says where.
    pub fn parse(text: &'a str) -> Result<Self, Malformed> {
        let mut fields: Fields<'a, R> = serde_json::from_str(text).map_err(|error| {
            let full = error.to_string();
            let message = full.split(" at line ").next().unwrap_or_default();
            Malformed::Json {
                // It names keys of the text, which may be anything.
                message: capped(message),
                line: error.line(),
                column: error.column(),
            }
        })?;
        let id = fields.id.take();
        let created_at = fields.created_at.take();
        let subject = match (fields.event.take(), fields.channel.take()) {
            (Some(_), Some(_)) => Err("both an event and a channel; write one of them"),
            (Some(name), None) => event(fields, &name),
            (None, Some(channel)) => message(fields, channel),
            (None, None) => {
                Err("neither \"event\" nor \"channel\"; for example {\"event\": \"after:measure\"}")
            }
        };
        Ok(Self {
            id,
            created_at,
            subject: subject.map_err(Malformed::Form)?,
        })
    }
}

fn event<'a, R>(fields: Fields<'a, R>, name: &str) -> Result<Subject<'a, R>, &'static str> {
    if fields.content.is_some() || fields.content_base64.is_some() || fields.content_type.is_some()
    {
        return Err("an event has parameters and results, no content");
    }
    let (side, name) = match name.split_once(':') {
        Some(("before", name)) => (Side::Before, name),
        Some(("after", name)) => (Side::After, name),
        _ => return Err("an event's name starts with before: or after:"),
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
        return Err("a message has a content_type, such as text/plain");
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
