//! What an event looks like: its body's schema, and a sample to try a webhook with.

use crate::config::webhook::Webhook;
use crate::connector::{CallError, Connector, Contract, Shape, wit};
use crate::error::{Error, Undescribed};
use crate::event::catalogue::Catalogue;
use crate::event::event::{Event, Results};
use crate::event::input::Input;
use crate::event::message::Message;
use crate::event::time::{Created, new_id};
use serde::Serialize;
use serde_json::value::RawValue;

/// The body of an event: its content type and JSON Schema.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Description {
    /// As `Content-Type` carries it.
    pub content_type: String,
    /// JSON Schema, draft 2020-12.
    pub schema: Box<RawValue>,
}

/// Describes the body of an event such as `after:measure`, as webhooks send it by default;
/// [`Webhook::schema`] describes what one of them sends.
///
/// # Errors
/// If there is none, as for a channel's messages, or the connector fails.
pub fn schema(
    connector: &Connector,
    catalogue: &Catalogue,
    name: &str,
) -> Result<Description, Error> {
    described(connector, catalogue, &Shape::default(), name)
}

impl Webhook {
    /// Describes the body that it sends of an event such as `after:measure`.
    ///
    /// # Errors
    /// As [`schema`].
    pub fn schema(&self, catalogue: &Catalogue, name: &str) -> Result<Description, Error> {
        described(&self.connector, catalogue, &self.shape, name)
    }
}

fn described(
    connector: &Connector,
    catalogue: &Catalogue,
    shape: &Shape,
    name: &str,
) -> Result<Description, Error> {
    let description = Contract::of(connector)
        .schema(shape, event_type(catalogue, name))?
        .map_err(Undescribed)?;
    let schema = RawValue::from_string(description.schema)
        .map_err(|error| CallError::unusable("schema", error.to_string()))?;
    Ok(Description {
        content_type: description.content_type,
        schema,
    })
}

/// A plausible event such as `after:measure`, or a message for `channel:the_news`.
///
/// # Errors
/// If there is no such event or channel, or the connector fails.
pub fn sample(connector: &Connector, catalogue: &Catalogue, name: &str) -> Result<Input, Error> {
    if let Some(channel) = name.strip_prefix("channel:") {
        let message = Message::new(
            channel,
            "text/plain; charset=utf-8",
            "a message from servo-webhooks",
        )?;
        return Ok(Input::Message(message));
    }
    if !name.starts_with("before:") && !name.starts_with("after:") {
        let why = "event needs a before: or after: prefix";
        return Err(Undescribed(why.to_owned()).into());
    }
    let (id, created) = (new_id().to_string(), Created::now());
    let sample = Contract::of(connector)
        .sample(event_type(catalogue, name), &id, created.as_str())?
        .map_err(Undescribed)?;
    let raw = |text: String| {
        RawValue::from_string(text)
            .map_err(|error| CallError::unusable("sample", error.to_string()))
    };
    let bare = name.split_once(':').map_or(name, |(_, bare)| bare);
    let event = Event::new(bare)?
        .with_id(&id)?
        .with_parameters(&*raw(sample.parameters)?)?;
    Ok(match sample.results {
        None if name.starts_with("before:") => Input::Before(event),
        None => Input::After(event, Results::new()),
        Some(results) => Input::After(event, Results::from_json(&raw(results)?)?),
    })
}

fn event_type<'a>(catalogue: &'a Catalogue, name: &'a str) -> wit::EventType<'a> {
    let bare = name.split_once(':').map_or(name, |(_, bare)| bare);
    let custom = catalogue.get(bare);
    wit::EventType {
        name,
        parameters: custom.and_then(|event| Some(event.parameters.as_ref()?.get())),
        value: custom.and_then(|event| Some(event.value.as_ref()?.get())),
    }
}
