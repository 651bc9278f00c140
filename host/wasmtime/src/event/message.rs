//! A message on a pub/sub channel of the servo.

use crate::error::Error;
use crate::event::error::{EventError, MessageError};
use crate::event::event::checked_id;
use crate::event::time::Created;
use crate::event::trace;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use rules::addressee::Addressee;
use rules::notification::{is_channel_name, is_id};
use rules::trace_context::TraceContext;
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::sync::Arc;

/// A message, as it was published on a channel.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    pub(crate) channel: String,
    pub(crate) id: String,
    pub(crate) created: Option<Created>,
    pub(crate) content_type: HeaderValue,
    pub(crate) content: Bytes,
    pub(crate) addressee: Addressee,
    pub(crate) trace: Option<Arc<TraceContext>>,
}

impl std::fmt::Debug for Message {
    /// Without the content, which belongs to the channel and not into logs.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Message")
            .field("channel", &self.channel)
            .field("id", &self.id)
            .field("bytes", &self.content.len())
            .finish_non_exhaustive()
    }
}

impl Message {
    /// A message with a new id.
    ///
    /// # Errors
    /// If the channel's name or the content type is out of its grammar.
    pub fn new(
        channel: &str,
        content_type: &str,
        content: impl Into<Bytes>,
    ) -> Result<Self, Error> {
        Self::stated(channel, content_type, content.into(), None)
    }

    /// As it was handed in, with an id of its own.
    pub(crate) fn stated(
        channel: &str,
        content_type: &str,
        content: Bytes,
        id: Option<&str>,
    ) -> Result<Self, Error> {
        if !is_channel_name(channel) {
            return Err(MessageError::Channel.into());
        }
        let typed = content_type
            .split_once('/')
            .is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
        let content_type =
            HeaderValue::from_str(content_type).map_err(|_| MessageError::ContentType)?;
        if !typed || content_type.to_str().is_err() {
            return Err(MessageError::ContentType.into());
        }
        Ok(Self {
            channel: channel.to_owned(),
            id: checked_id(id)?,
            created: None,
            content_type,
            content,
            addressee: Addressee::default(),
            trace: None,
        })
    }

    /// The same, from the base64 of its content.
    ///
    /// # Errors
    /// As [`Message::new`], or if it is not base64.
    pub fn from_base64(channel: &str, content_type: &str, content: &str) -> Result<Self, Error> {
        Self::new(channel, content_type, decoded(content)?)
    }

    /// With an id of the host's own, 1 to 256 characters.
    ///
    /// # Errors
    /// If it is empty or too long.
    pub fn with_id(mut self, id: &str) -> Result<Self, Error> {
        if !is_id(id) {
            return Err(EventError::Id.into());
        }
        id.clone_into(&mut self.id);
        Ok(self)
    }

    /// At a time of the host's own, RFC 3339; one without offset is UTC.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn with_created(mut self, time: &str) -> Result<Self, Error> {
        self.created = Some(Created::parse(time).ok_or(EventError::Created)?);
        Ok(self)
    }

    /// As part of a trace, as [`crate::Event::with_trace_parent`].
    #[must_use]
    pub fn with_trace_parent(mut self, traceparent: &str, tracestate: &str) -> Self {
        self.trace = trace::read(traceparent, tracestate);
        self
    }
}

/// What base64 stands for.
///
/// # Errors
/// If it is not base64.
pub(crate) fn decoded(content: &str) -> Result<Bytes, MessageError> {
    let content = STANDARD.decode(content).map_err(|_| MessageError::Base64)?;
    Ok(content.into())
}

/// As `content` where it is text, else as `content_base64`.
pub(crate) fn serialize_content<S: Serializer>(content: &Bytes, out: S) -> Result<S::Ok, S::Error> {
    let mut map = out.serialize_map(Some(1))?;
    match std::str::from_utf8(content) {
        Ok(text) => map.serialize_entry("content", text)?,
        Err(_) => map.serialize_entry("content_base64", &Base64(content))?,
    }
    map.end()
}

struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&STANDARD.encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn channels() {
        for name in ["the_news", "a", "a.b-c_d", &"x".repeat(253)] {
            assert!(Message::new(name, "text/plain", "hello").is_ok(), "{name}");
        }
        for name in ["", ".a", "a-", "a b", "é", &"x".repeat(254)] {
            let error = Message::new(name, "text/plain", "hello").unwrap_err();
            assert_eq!(
                error.to_string(),
                MessageError::Channel.to_string(),
                "{name}"
            );
        }
    }

    #[test]
    fn content_types() {
        for kind in ["", "text", "/", "text/", "text/plain\r\nX: y", "text/plän"] {
            let error = Message::new("a", kind, "").unwrap_err();
            assert_eq!(
                error.to_string(),
                MessageError::ContentType.to_string(),
                "{kind}"
            );
        }
    }

    #[test]
    fn base64() {
        let message = Message::from_base64("a", "image/png", "/w==").unwrap();
        assert_eq!(message.content, Bytes::from_static(&[0xff]));
        let error = Message::from_base64("a", "image/png", "/w").unwrap_err();
        assert_eq!(error.to_string(), MessageError::Base64.to_string());
    }
}
