//! JSON Schemas of the bodies that are sent.
//!
//! The body is closed: a member that a later version adds comes with a new schema
//! version. Values of events are described as far as they are known.

mod standard;

pub use standard::STANDARD_EVENTS;

use crate::embedded_json::{embedded_json, value};
use rules::cloudevents;
use rules::notification::{Side, split_name};
use rules::render::{CONTENT_TYPE, SCHEMA_VERSION};
use rules::shape::{Format, Payload, Shape};
use serde_json::{Value, json};

/// The dialect of JSON Schema.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What is the same in every schema, as data: the body, what stands in its `results`, and
/// a CloudEvent around it.
const BODY: &str = embedded_json!("body.json");
const RESULTS: &str = embedded_json!("results.json");
const ENVELOPE: &str = embedded_json!("envelope.json");

/// An event or channel, and for an event of the host's own its JSON Schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType<'a> {
    /// `after:measure` or `channel:news`.
    pub name: &'a str,
    /// Of the parameters.
    pub parameters: Option<&'a str>,
    /// Of the value that a connector returns.
    pub value: Option<&'a str>,
}

/// Content type and JSON Schema of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// As `Content-Type` carries it.
    pub content_type: String,
    /// Draft 2020-12.
    pub schema: String,
}

/// Describes the body that a shape sends.
///
/// # Errors
/// If there is no such event, no schema for a channel's messages, or a schema of the
/// host's own is none.
pub fn schema(shape: &str, event_type: &EventType<'_>) -> Result<Description, String> {
    if event_type.name.starts_with("channel:") {
        return Err(
            "a message is sent as it was published: its publisher decides its content type and form"
                .to_owned(),
        );
    }
    let shape = Shape::from_token(shape).ok_or("the shape is not this component's")?;
    let (side, event) = split_name(event_type.name)?;
    if let Some(payload) = &shape.payload {
        return of_payload(event_type.name, shape.format, payload);
    }
    let mut definitions = standard::definitions(event);
    for (name, given) in [
        ("parameters", event_type.parameters),
        ("value", event_type.value),
    ] {
        if let Some(text) = given {
            definitions.insert(name.to_owned(), own(event, name, text)?);
        }
    }
    if let Value::Object(results) = value(RESULTS) {
        definitions.extend(results);
    }
    let mut body = value(BODY);
    body["title"] = json!(format!(
        "{}, schema version {SCHEMA_VERSION}",
        event_type.name
    ));
    body["properties"]["event"]["const"] = json!(event_type.name);
    if side == Side::Before {
        body["properties"]["results"] = json!({"type": "null"});
    }
    let (content_type, variant, mut schema) = match shape.format {
        Format::Servo | Format::CloudeventsBinary => (CONTENT_TYPE, "", body),
        Format::Cloudevents => (
            cloudevents::STRUCTURED,
            "cloudevents:",
            envelope(event_type.name, CONTENT_TYPE, body),
        ),
    };
    schema["$schema"] = json!(DRAFT);
    schema["$id"] = json!(format!(
        "urn:servo-webhooks:schema:{SCHEMA_VERSION}:{variant}{}",
        event_type.name
    ));
    schema["$defs"] = Value::Object(definitions);
    Ok(Description {
        content_type: content_type.to_owned(),
        schema: schema.to_string(),
    })
}

/// What an operator says of a payload: anything, unless there is a schema.
fn of_payload(name: &str, format: Format, payload: &Payload) -> Result<Description, String> {
    let given = if payload.schema.is_empty() {
        "true"
    } else {
        &payload.schema
    };
    let mut schema: Value = given
        .parse()
        .map_err(|error| format!("the payload's schema is not JSON: {error}"))?;
    let (content_type, schema) = match format {
        Format::Servo | Format::CloudeventsBinary => (payload.content_type.as_str(), schema),
        Format::Cloudevents => {
            // With an id of its own its inner references hold.
            if let Value::Object(members) = &mut schema {
                let id = json!(format!("urn:servo-webhooks:own:{name}:payload"));
                members.entry("$id").or_insert(id);
            }
            let mut envelope = envelope(name, &payload.content_type, schema);
            envelope["$schema"] = json!(DRAFT);
            (cloudevents::STRUCTURED, envelope)
        }
    };
    Ok(Description {
        content_type: content_type.to_owned(),
        schema: schema.to_string(),
    })
}

/// A CloudEvent in structured mode with a body as its data.
fn envelope(name: &str, content_type: &str, data: Value) -> Value {
    let mut envelope = value(ENVELOPE);
    envelope["title"] = json!(format!(
        "{name} as a CloudEvent, schema version {SCHEMA_VERSION}"
    ));
    let members = &mut envelope["properties"];
    members["type"]["const"] = json!(cloudevents::kind(name));
    members["datacontenttype"]["const"] = json!(content_type);
    members["data"] = data;
    envelope
}

/// A schema of the host's own: with an id of its own its inner references hold.
fn own(event: &str, name: &str, text: &str) -> Result<Value, String> {
    let mut schema: Value = text
        .parse()
        .map_err(|error| format!("the schema of the {name} of {event} is not JSON: {error}"))?;
    match &mut schema {
        Value::Bool(_) => {}
        Value::Object(members) => {
            members
                .entry("$id")
                .or_insert_with(|| json!(format!("urn:servo-webhooks:own:{event}:{name}")));
        }
        _ => {
            return Err(format!(
                "the schema of the {name} of {event} must be an object or a boolean"
            ));
        }
    }
    Ok(schema)
}
