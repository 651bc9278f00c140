//! Writes the body that a webhook is sent, once for each event and shape.
//!
//! The first three members, `event`, `created_at` and `results`, are those of the
//! original Python connector in its order, so that its receivers keep working.

use crate::cloudevents;
use crate::expression::{self, Evaluation};
use crate::header::Header;
use crate::json;
use crate::notification::{Event, ID_LIMIT, Message, Notification, Side, is_id, split_name};
use crate::shape::{Format, Shape};

/// The content type of an event's body.
pub const CONTENT_TYPE: &str = "application/vnd.opsani.servo-webhooks+json";

/// The version of the body's schema, sent as `X-Servo-Schema`.
pub const SCHEMA_VERSION: u32 = 1;

/// What is the same on every attempt and for every webhook of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Of the body.
    pub content_type: String,
    /// Of the body's schema.
    pub schema_version: Option<u32>,
    /// Names that begin with `ce-`.
    pub headers: Vec<Header>,
    /// None: the message's own content.
    pub body: Option<String>,
    /// To be logged.
    pub warning: Option<String>,
}

/// What rendering came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendering {
    /// The webhook fires.
    Send(Request),
    /// A condition does not hold: which, and its value.
    Skip(String),
}

/// Why nothing was rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The event or message is not what it should be.
    Notification(String),
    /// The shape's expression failed.
    Expression(String),
    /// The shape is not one of ours.
    Other(String),
}

/// Decides whether a shape fires and, if so, writes the body. Before an event a condition
/// that fails counts as true, with a warning: a veto is not to be lost to a slip.
///
/// # Errors
/// [`Error::Notification`] if parameters or results are not JSON of the form they
/// should have, or a name or id is out of its grammar.
pub fn render(shape: &str, notification: &Notification) -> Result<Rendering, Error> {
    let shape = Shape::from_token(shape)
        .ok_or_else(|| Error::Other("the shape is not this component's".to_owned()))?;
    match notification {
        Notification::Event(event) => {
            check(event).map_err(Error::Notification)?;
            let (payload, warning) = if shape.has_expressions() {
                match expression::decide(&shape, event).map_err(Error::Expression)? {
                    Evaluation::Fires { payload, warning } => (payload, warning),
                    Evaluation::Skips(why) => return Ok(Rendering::Skip(why)),
                }
            } else {
                (None, None)
            };
            Ok(Rendering::Send(Request {
                warning,
                ..request(&shape, event, payload)
            }))
        }
        Notification::Message(message) => Ok(Rendering::Send(pass_on(message))),
    }
}

fn request(shape: &Shape, event: &Event, payload: Option<String>) -> Request {
    let own = shape.payload.as_ref();
    let content_type = own.map_or(CONTENT_TYPE, |own| &own.content_type);
    let body = payload.unwrap_or_else(|| body(shape, event));
    let (content_type, headers, body) = match shape.format {
        Format::Servo => (content_type, Vec::new(), body),
        Format::Cloudevents => (
            cloudevents::STRUCTURED,
            Vec::new(),
            cloudevents::structured(event, &shape.source, content_type, &body),
        ),
        Format::CloudeventsBinary => (
            content_type,
            cloudevents::headers(event, &shape.source),
            body,
        ),
    };
    Request {
        content_type: content_type.to_owned(),
        // What an operator shapes has the operator's schema.
        schema_version: own.is_none().then_some(SCHEMA_VERSION),
        headers,
        body: Some(body),
        warning: None,
    }
}

fn check(event: &Event) -> Result<(), String> {
    let (side, _) = split_name(&event.name)?;
    if !is_id(&event.id) {
        return Err(format!("id: must have 1 to {ID_LIMIT} characters"));
    }
    json::check_object(&event.parameters).map_err(|error| format!("parameters: {error}"))?;
    match (&event.results, side) {
        (Some(_), Side::Before) => Err("results: there are none before an event".to_owned()),
        (Some(results), Side::After) => {
            json::check_results(results).map_err(|error| format!("results: {error}"))
        }
        (None, _) => Ok(()),
    }
}

fn body(shape: &Shape, event: &Event) -> String {
    let results = match &event.results {
        Some(results) => results.trim(),
        None if event.is_before() => "null",
        None => "[]",
    };
    let parameters = event.parameters.trim();
    let fixed = 96 + event.name.len() + event.id.len() + event.created.len() + shape.source.len();
    let mut out = String::with_capacity(fixed + results.len() + parameters.len());
    out.push_str("{\"event\":");
    json::push_string(&mut out, &event.name);
    out.push_str(",\"created_at\":");
    json::push_string(&mut out, &event.created);
    out.push_str(",\"results\":");
    out.push_str(results);
    out.push_str(",\"id\":");
    json::push_string(&mut out, &event.id);
    if !shape.source.is_empty() {
        out.push_str(",\"source\":");
        json::push_string(&mut out, &shape.source);
    }
    out.push_str(",\"parameters\":");
    out.push_str(parameters);
    out.push('}');
    out
}

fn pass_on(message: &Message) -> Request {
    Request {
        content_type: message.content_type.clone(),
        schema_version: Some(SCHEMA_VERSION),
        headers: Vec::new(),
        body: None,
        warning: None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::notification::Content;

    fn event(name: &str, parameters: &str, results: Option<&str>) -> Notification {
        Notification::Event(Event {
            name: name.to_owned(),
            id: "e-1".to_owned(),
            created: "2026-11-23T11:23:42.243402+00:00".to_owned(),
            parameters: parameters.to_owned(),
            results: results.map(str::to_owned),
        })
    }

    fn body_of(shape: &str, notification: &Notification) -> String {
        match render(shape, notification).unwrap() {
            Rendering::Send(request) => request.body.unwrap(),
            Rendering::Skip(why) => panic!("skipped: {why}"),
        }
    }

    #[test]
    fn after_event() {
        let notification = event(
            "after:measure",
            "{\"n\": 1.0}",
            Some("[{\"connector\": \"p\", \"value\": 1}]"),
        );
        assert_eq!(
            body_of("", &notification),
            "{\"event\":\"after:measure\",\"created_at\":\"2026-11-23T11:23:42.243402+00:00\",\
             \"results\":[{\"connector\": \"p\", \"value\": 1}],\"id\":\"e-1\",\"parameters\":{\"n\": 1.0}}"
        );
    }

    #[test]
    fn before_event_with_source() {
        let shape = Shape {
            source: "servo/\"1\"".to_owned(),
            ..Shape::default()
        };
        let body = body_of(&shape.token(), &event("before:adjust", "{}", None));
        assert!(body.contains("\"results\":null,"), "{body}");
        assert!(body.contains(",\"source\":\"servo/\\\"1\\\"\","), "{body}");
    }

    #[test]
    fn an_after_event_without_results_has_an_empty_list() {
        assert!(body_of("", &event("after:startup", "{}", None)).contains("\"results\":[],"));
    }

    #[test]
    fn digits_are_kept() {
        let digits = "{\"a\":12345678901234567890123,\"b\":1.0,\"c\":-0.0,\"d\":1e400,\"e\":2.50}";
        assert!(body_of("", &event("before:adjust", digits, None)).contains(digits));
    }

    #[test]
    fn what_is_not_an_event_is_refused() {
        for notification in [
            event("adjust", "{}", None),
            event("before:adjust", "[]", None),
            event("before:adjust", "{", None),
            event("before:adjust", "{}", Some("[]")),
            event("after:adjust", "{}", Some("{}")),
            event("after:adjust", "{}", Some("null")),
        ] {
            assert!(
                matches!(render("", &notification), Err(Error::Notification(_))),
                "{notification:?}"
            );
        }
        assert!(matches!(
            render("?", &event("after:a", "{}", None)),
            Err(Error::Other(_))
        ));
    }

    #[test]
    fn a_message_keeps_its_content() {
        let message = Message {
            channel: "news".to_owned(),
            id: "m".to_owned(),
            created: "2026-11-23T11:23:42+00:00".to_owned(),
            content_type: "text/plain".to_owned(),
            content: Content::Binary(vec![0xff]),
        };
        let Rendering::Send(request) = render("", &Notification::Message(message)).unwrap() else {
            panic!("skipped");
        };
        assert_eq!(
            (request.content_type.as_str(), request.body),
            ("text/plain", None)
        );
    }
}
