//! An event or a message as one line of JSON, as [`Input::parse`] reads it.

use crate::event::event::Event;
use crate::event::input::Input;
use crate::event::message::{Message, serialize_content};
use crate::event::time::Created;
use bytes::Bytes;
use rules::addressee::WebhookRef;
use rules::trace_context::TraceContext;
use serde::Serialize;
use serde_json::value::RawValue;

/// The members, in the order of the documentation.
#[derive(Serialize)]
pub(crate) struct InputLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<&'a str>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<&'a str>,
    #[serde(flatten)]
    content: Option<Content<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracestate: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Content<'a>(#[serde(serialize_with = "serialize_content")] &'a Bytes);

impl<'a> InputLine<'a> {
    /// Of one side of an event.
    pub(crate) fn event(
        name: &'a str,
        id: &'a str,
        created: Option<&'a Created>,
        parameters: &'a str,
        results: Option<&'a str>,
    ) -> Self {
        Self {
            event: Some(name),
            channel: None,
            id,
            created_at: created.map(Created::as_str),
            parameters: raw(parameters),
            results: results.and_then(raw),
            content_type: None,
            content: None,
            traceparent: None,
            tracestate: None,
        }
    }

    /// Of a message.
    pub(crate) fn message(message: &'a Message, created: Option<&'a Created>) -> Self {
        Self {
            event: None,
            channel: Some(&message.channel),
            id: &message.id,
            created_at: created.map(Created::as_str),
            parameters: None,
            results: None,
            content_type: message.content_type.to_str().ok(),
            content: Some(Content(&message.content)),
            traceparent: None,
            tracestate: None,
        }
        .in_trace(message.trace.as_deref())
    }

    /// As part of a trace, if it is.
    pub(crate) fn in_trace(mut self, trace: Option<&'a TraceContext>) -> Self {
        self.traceparent = trace.map(TraceContext::traceparent);
        self.tracestate = trace
            .map(TraceContext::tracestate)
            .filter(|state| !state.is_empty());
        self
    }

    /// As one line, without its end.
    pub(crate) fn line(&self) -> String {
        let mut line = serde_json::to_string(self).unwrap_or_default();
        // Parameters may have been written over several lines: there a line end is a
        // blank, and within texts there is none.
        if line.contains(['\n', '\r']) {
            line = line.replace(['\n', '\r'], " ");
        }
        line
    }
}

/// It was read as JSON.
fn raw(json: &str) -> Option<&RawValue> {
    serde_json::from_str(json).ok()
}

impl Input {
    /// As one line of JSON, digit for digit; what it asks of whoever takes it is left out.
    #[must_use]
    pub fn line(&self) -> String {
        let of = |side: &str, event: &Event, results: Option<&str>| {
            let (name, created) = (format!("{side}:{}", event.name), event.created.as_ref());
            InputLine::event(&name, &event.id, created, &event.parameters, results)
                .in_trace(event.trace.as_deref())
                .line()
        };
        match self {
            Self::Before(event) => of("before", event, None),
            Self::After(event, results) => of("after", event, Some(&results.0)),
            Self::Message(message) => InputLine::message(message, message.created.as_ref()).line(),
        }
    }

    /// The one webhook that it is for, if that is said, as JSON: its name or its index.
    #[must_use]
    pub fn webhook(&self) -> Option<String> {
        let webhook = self.addressee().webhook.as_ref()?;
        Some(match webhook {
            WebhookRef::Name(name) => serde_json::Value::from(&**name).to_string(),
            WebhookRef::Index(index) => index.to_string(),
        })
    }

    /// With a time, of now if it has none.
    #[must_use]
    pub fn dated(mut self) -> Self {
        let created = match &mut self {
            Self::Before(event) | Self::After(event, _) => &mut event.created,
            Self::Message(message) => &mut message.created,
        };
        created.get_or_insert_with(Created::now);
        self
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_input_is_read_as_it_was_written() {
        for text in [
            r#"{"event":"after:measure","id":"m","created_at":"2026-11-23T11:23:42+05:30","parameters":{"n":12345678901234567890.10,"t":"a\nb\u001b"},"results":[{"connector":"p","value":1.0}]}"#,
            r#"{"event":"before:adjust","id":"a","parameters":{}}"#,
            r#"{"channel":"news","id":"n","content_type":"text/plain","content":"hé\n"}"#,
            r#"{"channel":"news","id":"n","content_type":"image/png","content_base64":"/w=="}"#,
            r#"{"event":"after:a","id":"i","parameters":{},"results":[],"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01","tracestate":"a=1,b=2"}"#,
            r#"{"channel":"news","id":"n","content_type":"text/plain","content":"","traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"}"#,
        ] {
            let input = Input::parse(text).unwrap();
            assert_eq!(input.line(), text);
            assert_eq!(Input::parse(&input.line()).unwrap(), input);
        }
        let spread = "{\"event\": \"after:a\", \"id\": \"i\",\n \"parameters\": {\r\n\"a\":\n1}}";
        let input = Input::parse(spread).unwrap();
        assert_eq!(input.line().lines().count(), 1);
        let again = Input::parse(&input.line()).unwrap();
        assert_eq!(again.line(), input.line());
    }

    #[test]
    fn a_named_webhook_is_kept_apart() {
        for (webhook, text) in [("\"a\\\"b\"", "\"a\\\"b\""), ("7", "7")] {
            let line = format!("{{\"event\":\"after:a\",\"webhook\":{webhook}}}");
            let input = Input::parse(&line).unwrap();
            assert_eq!(input.webhook().as_deref(), Some(text));
            assert!(!input.line().contains("webhook"));
        }
    }

    #[test]
    fn one_without_a_time_gets_one() {
        let input = Input::parse(r#"{"event":"after:a"}"#).unwrap();
        assert!(!input.line().contains("created_at"));
        assert!(input.dated().line().contains("created_at"));
        let text = r#"{"event":"after:a","id":"i","created_at":"2026-11-23T11:23:42+00:00"}"#;
        let dated = Input::parse(text).unwrap().dated();
        assert!(dated.line().contains("2026-11-23T11:23:42+00:00"));
    }
}
