//! The members of the JSON object by which a servo states an event or a message.

use crate::envelope::EnvelopeError;
use crate::event::Results;
use crate::terms::{Recipient, Terms};
use rules::foreign::capped;
use rules::occasion::Side;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// As they stand there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields<'a> {
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub created_at: Option<Cow<'a, str>>,
    #[serde(borrow)]
    source: Option<Cow<'a, str>>,
    #[serde(borrow)]
    webhook: Option<&'a RawValue>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    results: Option<Results>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
    #[serde(borrow)]
    content_base64: Option<Cow<'a, str>>,
}

/// What a statement is about.
pub enum Subject<'a> {
    Event {
        side: Side,
        /// Without the side.
        name: String,
        parameters: Option<&'a RawValue>,
        results: Option<Results>,
    },
    Message {
        channel: Cow<'a, str>,
        content_type: Cow<'a, str>,
        content: Content<'a>,
    },
}

/// The content of a message.
pub enum Content<'a> {
    Text(Cow<'a, str>),
    Base64(Cow<'a, str>),
}

impl<'a> Fields<'a> {
    /// Reads one JSON object.
    ///
    /// # Errors
    /// If it is none, or has members that are unknown or given twice.
    pub fn parse(text: &'a str) -> Result<Self, EnvelopeError> {
        // The reader of JSON would name its own types.
        match text.trim_start().chars().next() {
            Some('[') => return Err(EnvelopeError::Form(ARRAY)),
            None | Some('{') => {}
            Some(_) => return Err(EnvelopeError::Form(NO_OBJECT)),
        }
        serde_json::from_str(text).map_err(|error| {
            let full = error.to_string();
            let message = full.split(" at line ").next().unwrap_or_default();
            EnvelopeError::Json {
                // It names keys of the text, which may be anything.
                message: capped(message),
                line: error.line(),
                column: error.column(),
            }
        })
    }

    /// What is asked of whoever takes it.
    ///
    /// # Errors
    /// If that is nothing that can be asked.
    pub fn terms(&self) -> Result<Terms, EnvelopeError> {
        let recipient = match self.webhook {
            None => None,
            Some(raw) => Some(Recipient::read(raw).ok_or(EnvelopeError::Form(
                "\"webhook\" must be the name of a webhook, or its index",
            ))?),
        };
        let before = |event: &Cow<'_, str>| event.starts_with("before:");
        if recipient.is_some() && self.event.as_ref().is_some_and(before) {
            return Err(EnvelopeError::Form(
                "before an event all its webhooks are asked; leave out \"webhook\"",
            ));
        }
        Ok(Terms {
            source: self.source.as_deref().map(Into::into),
            recipient,
        })
    }

    /// What it is about.
    ///
    /// # Errors
    /// If it is neither an event nor a message, or both.
    pub fn subject(self) -> Result<Subject<'a>, EnvelopeError> {
        let subject = match (&self.event, &self.channel) {
            (Some(_), Some(_)) => Err("both an event and a channel; write one of them"),
            (Some(_), None) => self.event(),
            (None, Some(_)) => self.message(),
            (None, None) => Err(
                "neither \"event\" nor \"channel\"; write for example {\"event\": \"after:measure\"}",
            ),
        };
        subject.map_err(EnvelopeError::Form)
    }

    fn event(self) -> Result<Subject<'a>, &'static str> {
        if self.content.is_some() || self.content_base64.is_some() || self.content_type.is_some() {
            return Err("an event has parameters and results, no content");
        }
        let (side, name) = match self.event.as_deref().and_then(|name| name.split_once(':')) {
            Some(("before", name)) => (Side::Before, name),
            Some(("after", name)) => (Side::After, name),
            _ => return Err("event needs a before: or after: prefix"),
        };
        if side == Side::Before && self.results.is_some() {
            return Err("there are no results before an event");
        }
        Ok(Subject::Event {
            side,
            name: name.to_owned(),
            parameters: self.parameters,
            results: self.results,
        })
    }

    fn message(self) -> Result<Subject<'a>, &'static str> {
        if self.parameters.is_some() || self.results.is_some() {
            return Err("a message has content, no parameters or results");
        }
        let (Some(channel), Some(content_type)) = (self.channel, self.content_type) else {
            return Err("a message needs a content_type, such as text/plain");
        };
        let content = match (self.content, self.content_base64) {
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
}

const ARRAY: &str = "it is a JSON array; one JSON object is expected for each event";

const NO_OBJECT: &str = "one JSON object is expected, such as {\"event\": \"after:measure\"}";
