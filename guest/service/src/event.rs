//! An event or message as a servo states it: one JSON object.

use crate::clock;
use crate::connector::{Content, Event, Message, Occasion};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rules::occasion::{is_channel_name, is_event_name, is_id};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    event: Option<String>,
    id: Option<String>,
    created_at: Option<String>,
    #[serde(borrow)]
    parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    results: Option<&'a RawValue>,
    channel: Option<String>,
    content_type: Option<String>,
    content: Option<String>,
    content_base64: Option<String>,
}

/// What results must look like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcome<'a> {
    #[serde(rename = "connector")]
    _connector: String,
    #[serde(borrow, rename = "value")]
    _value: &'a RawValue,
}

/// Reads one; an error says what is wrong.
pub fn parse(text: &str) -> Result<Occasion, String> {
    let envelope: Envelope<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let id = envelope.id.clone().unwrap_or_else(clock::id);
    if !is_id(&id) {
        return Err("id must have 1 to 256 characters".to_owned());
    }
    let created = match &envelope.created_at {
        None => clock::created(),
        Some(text) => clock::parse(text)
            .ok_or("created_at must be a time such as 2026-11-23T11:23:42+00:00 (RFC 3339)")?,
    };
    match (&envelope.event, &envelope.channel) {
        (Some(_), Some(_)) => Err("both an event and a channel; write one of them".to_owned()),
        (None, None) => Err(
            "neither \"event\" nor \"channel\"; write for example {\"event\": \"after:measure\"}"
                .to_owned(),
        ),
        (Some(name), None) => event(&envelope, name, id, created).map(Occasion::Event),
        (None, Some(channel)) => message(&envelope, channel, id, created).map(Occasion::Message),
    }
}

fn event(
    envelope: &Envelope<'_>,
    name: &str,
    id: String,
    created: String,
) -> Result<Event, String> {
    if envelope.content.is_some()
        || envelope.content_base64.is_some()
        || envelope.content_type.is_some()
    {
        return Err("an event has parameters and results, no content".to_owned());
    }
    let before = match name.split_once(':') {
        Some((side @ ("before" | "after"), event)) if is_event_name(event) => side == "before",
        Some(("before" | "after", _)) => {
            return Err(
                "an event is named by a letter or _, then letters, digits, _ . or -".to_owned(),
            );
        }
        _ => return Err("an event's name starts with before: or after:".to_owned()),
    };
    let parameters = envelope.parameters.map_or("{}", RawValue::get);
    if !parameters.starts_with('{') {
        return Err("parameters must be a JSON object".to_owned());
    }
    let results = match (before, envelope.results) {
        (true, Some(_)) => return Err("there are no results before an event".to_owned()),
        (true, None) => None,
        (false, None) => Some("[]".to_owned()),
        (false, Some(results)) => {
            serde_json::from_str::<Vec<Outcome<'_>>>(results.get()).map_err(|error| {
                format!("results must be a list of {{\"connector\", \"value\"}}: {error}")
            })?;
            Some(results.get().to_owned())
        }
    };
    Ok(Event {
        name: name.to_owned(),
        id,
        created,
        parameters: parameters.to_owned(),
        results,
    })
}

fn message(
    envelope: &Envelope<'_>,
    channel: &str,
    id: String,
    created: String,
) -> Result<Message, String> {
    if envelope.parameters.is_some() || envelope.results.is_some() {
        return Err("a message has content, no parameters or results".to_owned());
    }
    if !is_channel_name(channel) {
        return Err("a channel is named by letters, digits, . - and _".to_owned());
    }
    let content_type = envelope.content_type.clone();
    let content_type = content_type
        .filter(|text| text.contains('/') && !text.chars().any(char::is_control))
        .ok_or("a message has a content_type, such as text/plain")?;
    let content = match (&envelope.content, &envelope.content_base64) {
        (Some(text), None) => Content::Text(text.clone()),
        (None, Some(text)) => {
            let bytes = STANDARD
                .decode(text)
                .map_err(|_| "content_base64 must be base64 (RFC 4648, section 4)")?;
            // Text wherever it is UTF-8.
            String::from_utf8(bytes)
                .map_or_else(|error| Content::Binary(error.into_bytes()), Content::Text)
        }
        _ => return Err("a message has either content or content_base64".to_owned()),
    };
    Ok(Message {
        channel: channel.to_owned(),
        id,
        created,
        content_type,
        content,
    })
}
