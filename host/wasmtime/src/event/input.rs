//! An event or message as a servo hands it in, in JSON: one object, for example one
//! line of `servo-webhooks run --events`.

use crate::error::Error;
use crate::event::event::{Event, Results};
use crate::event::message::{Message, decoded};
use crate::event::trace;
use rules::addressee::Addressee;
use rules::envelope::{Content, Envelope, Subject};
use rules::notification::Side;

/// What a servo hands in: a line of `run --events`, or the body of a request to `serve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Before an event.
    Before(Event),
    /// After an event.
    After(Event, Results),
    /// A message on a channel.
    Message(Message),
}

impl Input {
    /// `before:adjust`, `after:measure` or `channel:the_news`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Before(event) => format!("before:{}", event.name),
            Self::After(event, _) => format!("after:{}", event.name),
            Self::Message(message) => format!("channel:{}", message.channel),
        }
    }

    /// The event's id, or the message's.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Before(event) | Self::After(event, _) => &event.id,
            Self::Message(message) => &message.id,
        }
    }

    /// Bytes that it carries, about.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Before(event) => event.parameters.len(),
            Self::After(event, results) => event.parameters.len() + results.0.len(),
            Self::Message(message) => message.content.len(),
        }
    }

    /// What it asks of whoever takes it.
    pub(crate) fn addressee(&self) -> &Addressee {
        match self {
            Self::Before(event) | Self::After(event, _) => &event.addressee,
            Self::Message(message) => &message.addressee,
        }
    }

    /// As part of a trace, as [`Event::with_trace_parent`], unless it states one itself: of what
    /// an input came with, such as the headers of a request, its own members count first.
    #[must_use]
    pub fn with_trace_parent(mut self, traceparent: &str, tracestate: &str) -> Self {
        let trace = match &mut self {
            Self::Before(event) | Self::After(event, _) => &mut event.trace,
            Self::Message(message) => &mut message.trace,
        };
        if trace.is_none() {
            *trace = trace::read(traceparent, tracestate);
        }
        self
    }

    /// Reads one JSON object. A byte order mark before it is skipped.
    ///
    /// # Errors
    /// If it is not as it should be; the column says where.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let Envelope {
            id,
            created_at,
            addressee,
            trace,
            subject,
        } = Envelope::<Results>::parse(text)?;
        let trace = trace::checked(trace);
        match subject {
            Subject::Event {
                side,
                name,
                parameters,
                results,
            } => {
                let mut event = Event::stated(&name, id.as_deref())?;
                if let Some(time) = &created_at {
                    event = event.with_created(time)?;
                }
                if let Some(parameters) = parameters {
                    event = event.with_read_parameters(parameters)?;
                }
                event.addressee = addressee;
                event.trace = trace;
                Ok(match (side, results) {
                    (Side::Before, _) => Self::Before(event),
                    (Side::After, None) => Self::After(event, Results::new()),
                    (Side::After, Some(results)) => Self::After(event, results),
                })
            }
            Subject::Message {
                channel,
                content_type,
                content,
            } => {
                let content = match content {
                    Content::Text(text) => text.into_owned().into_bytes().into(),
                    Content::Base64(text) => decoded(&text)?,
                };
                let id = id.as_deref();
                let mut message = Message::stated(&channel, &content_type, content, id)?;
                if let Some(time) = &created_at {
                    message = message.with_created(time)?;
                }
                message.addressee = addressee;
                message.trace = trace;
                Ok(Self::Message(message))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn events() {
        let line = r#"{"event": "after:measure", "id": "i", "created_at": "2026-11-23T11:23:42Z",
            "parameters": {"metrics": ["throughput"], "n": 12345678901234567890123},
            "results": [{"connector": "prometheus", "value": {"readings": [1.0]}}]}"#;
        let Input::After(event, results) = Input::parse(line).unwrap() else {
            panic!("after")
        };
        assert_eq!((event.name(), event.id()), ("measure", "i"));
        assert!(event.parameters.contains("12345678901234567890123"));
        assert!(results.0.contains("1.0"));
        assert!(matches!(
            Input::parse(r#"{"event":"before:adjust"}"#),
            Ok(Input::Before(_))
        ));
        assert!(
            matches!(Input::parse(r#"{"event":"after:startup"}"#), Ok(Input::After(_, Results(list))) if list == "[]")
        );
    }

    #[test]
    fn messages() {
        let line = r#"{"channel": "the_news", "content_type": "text/plain", "content": "hello"}"#;
        assert!(
            matches!(Input::parse(line), Ok(Input::Message(message)) if message.content == "hello")
        );
        let line =
            r#"{"channel": "the_news", "content_type": "image/png", "content_base64": "/w=="}"#;
        assert!(
            matches!(Input::parse(line), Ok(Input::Message(message)) if message.content == [0xff][..])
        );
    }

    #[test]
    fn a_delivery_s_body_is_an_input() {
        for line in [
            r#"{"event":"after:measure","created_at":"2026-11-23T11:23:42.243402+00:00","results":[],"id":"i","source":"web","parameters":{}}"#,
            r#"{"event":"before:adjust","created_at":"2026-11-23T11:23:42.243402+00:00","results":null,"id":"i","parameters":{}}"#,
            "\u{feff}{\"event\":\"after:measure\"}",
        ] {
            assert!(Input::parse(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn bad_lines() {
        for (line, says) in [
            ("", "EOF"),
            ("{", "EOF"),
            ("[]", "expected"),
            ("{}", "neither"),
            (r#"{"event": "after:a", "channel": "b"}"#, "both"),
            (r#"{"event": "a"}"#, "before: or after:"),
            (r#"{"event": "after:a b"}"#, "event name starts"),
            (
                r#"{"event": "after:a", "event": "after:b"}"#,
                "duplicate field",
            ),
            (r#"{"event": "after:a", "result": []}"#, "unknown field"),
            (
                r#"{"event": "before:a", "results": []}"#,
                "no results before",
            ),
            (r#"{"event": "after:a", "parameters": []}"#, "parameters"),
            (
                r#"{"event": "after:a", "parameters": {"x": NaN}}"#,
                "expected value",
            ),
            (r#"{"event": "after:a", "results": {}}"#, "results"),
            (
                r#"{"event": "after:a", "results": [{"connector": "p"}]}"#,
                "results: missing field `value`, at column 51",
            ),
            (r#"{"event": "after:a", "id": ""}"#, "1 to 256"),
            (r#"{"event": "after:a", "created_at": "now"}"#, "RFC 3339"),
            (
                r#"{"event": "after:a", "created_at": "-000001-01-01T00:00:00Z"}"#,
                "years 0000 to 9999",
            ),
            (r#"{"event": "after:a", "webhook": 1.5}"#, "its index"),
            (r#"{"event": "before:a", "webhook": "b"}"#, "are asked"),
            (r#"{"event": "after:a", "source": 1}"#, "expected a string"),
            (r#"{"event": "after:a", "content": "x"}"#, "no content"),
            (r#"{"channel": "a"}"#, "content_type"),
            (
                r#"{"channel": "a", "content_type": "text/plain"}"#,
                "either",
            ),
            (
                r#"{"channel": "-", "content_type": "text/plain", "content": ""}"#,
                "channel name",
            ),
        ] {
            let error = Input::parse(line).unwrap_err().to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
