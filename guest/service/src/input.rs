//! An event or message as a servo hands it in, as the connector takes it.

use crate::clock;
use crate::connector::{Content, Event, Message, Notification};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use rules::addressee::Addressee;
use rules::created;
use rules::envelope::{self, Envelope, Subject};
use rules::json::check_results;
use rules::notification::{CHANNEL_LIMIT, ID_LIMIT, Side, is_channel_name, is_id, split_name};
use rules::trace_context::{ReadTrace, TraceContext};
use serde_json::value::RawValue;

/// What a servo handed in.
pub struct Input {
    /// For the connector.
    pub notification: Notification,
    /// `before:adjust`, `after:measure` or `channel:the_news`.
    pub name: String,
    /// The event's id, or the message's.
    pub id: String,
    /// Bytes that it carries, about.
    pub size: usize,
    /// What it asks of whoever takes it.
    pub addressee: Addressee,
    /// The trace that it is part of.
    pub trace: ReadTrace,
}

impl Input {
    /// Reads one JSON object.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let envelope =
            Envelope::<&RawValue>::parse(text).map_err(|malformed| malformed.to_string())?;
        let id = match envelope.id {
            Some(id) if is_id(&id) => id.into_owned(),
            Some(_) => return Err(format!("id must have 1 to {ID_LIMIT} characters")),
            None => clock::id(),
        };
        let created = match &envelope.created_at {
            None => created::at(clock::unix()),
            Some(text) => created::parse(text)
                .ok_or_else(|| format!("created_at must be {}", created::EXPECTED))?,
        };
        let (addressee, trace) = (envelope.addressee, envelope.trace);
        let (notification, name, size) = notification(envelope.subject, &id, created)?;
        Ok(Self {
            notification,
            name,
            id,
            size,
            addressee,
            trace,
        })
    }

    /// As part of the trace of the request that it came with, unless it states its own.
    pub fn in_trace(&mut self, traceparent: &str, tracestate: &str) {
        if self.trace.context.is_none() && !traceparent.is_empty() {
            self.trace = TraceContext::read(traceparent, tracestate);
        }
    }
}

/// What the connector is given, its name, and about how many bytes it carries.
fn notification(
    subject: Subject<'_, &RawValue>,
    id: &str,
    created: String,
) -> Result<(Notification, String, usize), String> {
    match subject {
        Subject::Event {
            side,
            name,
            parameters,
            results,
        } => {
            let event = Event {
                name: event_name(side, &name)?,
                parameters: object(parameters.map(|text| text.get()))?,
                results: match side {
                    Side::Before => None,
                    Side::After => Some(list(results.map(|text| text.get()))?),
                },
                id: id.to_owned(),
                created,
            };
            let results = event.results.as_ref().map_or(0, String::len);
            let (name, size) = (event.name.clone(), event.parameters.len() + results);
            Ok((Notification::Event(event), name, size))
        }
        Subject::Message {
            channel,
            content_type,
            content,
        } => {
            let (content, size) = bytes(content)?;
            let message = Message {
                channel: channel_name(&channel)?,
                id: id.to_owned(),
                created,
                content_type: media_type(&content_type)?,
                content,
            };
            let name = format!("channel:{channel}");
            Ok((Notification::Message(message), name, size))
        }
    }
}

fn event_name(side: Side, name: &str) -> Result<String, String> {
    let side = match side {
        Side::Before => "before",
        Side::After => "after",
    };
    let name = format!("{side}:{name}");
    split_name(&name)?;
    Ok(name)
}

fn object(text: Option<&str>) -> Result<String, String> {
    let text = text.unwrap_or("{}");
    if !text.starts_with('{') {
        return Err("parameters must be a JSON object".to_owned());
    }
    Ok(text.to_owned())
}

fn list(text: Option<&str>) -> Result<String, String> {
    let text = text.unwrap_or("[]");
    check_results(text)
        .map_err(|why| format!("results must be a list of {{\"connector\", \"value\"}}: {why}"))?;
    Ok(text.to_owned())
}

fn channel_name(name: &str) -> Result<String, String> {
    if is_channel_name(name) {
        Ok(name.to_owned())
    } else {
        Err(format!(
            "a channel name has letters, digits, . - and _, starts and ends with a letter or digit, and has at most {CHANNEL_LIMIT} characters"
        ))
    }
}

fn media_type(text: &str) -> Result<String, String> {
    let parts = text.split_once('/');
    let typed = parts.is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
    let value = HeaderValue::from_str(text).ok();
    match value.filter(|value| typed && value.to_str().is_ok()) {
        Some(_) => Ok(text.to_owned()),
        None => Err("content_type must be a media type such as text/plain".to_owned()),
    }
}

/// Text wherever it is UTF-8.
fn bytes(content: envelope::Content<'_>) -> Result<(Content, usize), String> {
    match content {
        envelope::Content::Text(text) => {
            let size = text.len();
            Ok((Content::Text(text.into_owned()), size))
        }
        envelope::Content::Base64(text) => {
            let bytes = STANDARD
                .decode(&*text)
                .map_err(|_| "content_base64 must be base64 (RFC 4648, section 4)")?;
            let size = bytes.len();
            let content = String::from_utf8(bytes)
                .map_or_else(|error| Content::Binary(error.into_bytes()), Content::Text);
            Ok((content, size))
        }
    }
}

#[cfg(test)]
mod tests;
