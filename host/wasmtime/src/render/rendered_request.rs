//! What is sent: one rendering of an event or message, shared by all webhooks of its shape
//! and by all their attempts.

use crate::attempt::header_rules;
use crate::config::webhook::Webhook;
use crate::connector::{CallError, Rendered, wit};
use crate::event::error::EventError;
#[cfg(feature = "store")]
use crate::ledger::StoredBody;
use crate::log_limit::{Kind, limited};
use crate::trace::attempt_trace::trace_id;
use bytes::Bytes;
use http::header::{self, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::render::CONTENT_TYPE;
use rules::sanitize::sanitize;
use rules::trace_context::TraceContext;

/// What a shape makes of a notification.
#[derive(Debug)]
pub(crate) struct RenderedRequest {
    content_type: HeaderValue,
    /// As `X-Servo-Event` carries it, where it can be sent.
    pub event: Box<str>,
    schema_version: Option<u32>,
    /// What the format adds.
    added: Box<[(HeaderName, HeaderValue)]>,
    /// Shared, never copied.
    pub body: Bytes,
    /// To be logged, once.
    pub warning: Option<Box<str>>,
}

impl RenderedRequest {
    /// Takes over what the connector rendered, under the name of the notification. What has no
    /// body of its own has that of the message.
    ///
    /// # Errors
    /// Why it cannot be sent.
    pub(crate) fn new(
        name: &str,
        content: Option<&Bytes>,
        rendered: Rendered,
    ) -> Result<Self, RenderError> {
        let request = match rendered {
            Ok(wit::Rendering::Send(request)) => request,
            Ok(wit::Rendering::Skip(why)) => return Err(RenderError::Skipped(why)),
            Err(wit::RenderError::Notification(why)) => {
                return Err(RenderError::Event(EventError::Refused(why)));
            }
            Err(wit::RenderError::Expression(why) | wit::RenderError::Other(why)) => {
                return Err(RenderError::Failed(why));
            }
        };
        let unusable = |what: &str| CallError::unusable("render", what);
        let added = header_rules::rendered(&request.headers)?;
        let content_type = match &*request.content_type {
            CONTENT_TYPE => HeaderValue::from_static(CONTENT_TYPE),
            other => header_rules::text(other)
                .ok_or_else(|| unusable("a content type that cannot be sent"))?,
        };
        if HeaderValue::from_str(name).is_err() {
            return Err(unusable("an event name that cannot be sent").into());
        }
        let body = match (request.body, content) {
            (Some(body), _) => body.into(),
            (None, Some(content)) => content.clone(),
            (None, None) => return Err(unusable("an event without a body").into()),
        };
        Ok(Self {
            content_type,
            event: name.into(),
            schema_version: request.schema_version,
            added: added.into(),
            body,
            warning: request.warning.map(|warning| sanitize(&warning).into()),
        })
    }

    /// What was written down. The store has it from here, so that all of it can be sent.
    #[cfg(feature = "store")]
    pub(crate) fn stored(event: &str, body: &StoredBody) -> Self {
        let added = body.headers.iter().filter_map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
            Some((name, header_rules::text(value)?))
        });
        let content_type = header_rules::text(&body.content_type);
        Self {
            content_type: content_type.unwrap_or(HeaderValue::from_static(CONTENT_TYPE)),
            event: event.into(),
            schema_version: body.schema_version,
            added: added.collect(),
            body: body.content.clone().into(),
            warning: None,
        }
    }

    /// Sets its headers. They are made anew each time: as long as a request waits, a map or
    /// a list of them would take more memory than all else.
    pub(crate) fn set_headers(&self, map: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        for (name, value) in &self.added {
            map.insert(name, value.clone());
        }
        map.insert(header::CONTENT_TYPE, self.content_type.clone());
        map.insert(header_rules::EVENT, HeaderValue::from_str(&self.event)?);
        if let Some(version) = self.schema_version {
            map.insert(header_rules::SCHEMA, version.into());
        }
        Ok(())
    }

    /// As `Content-Type` carries it.
    #[cfg(feature = "store")]
    pub(crate) fn content_type(&self) -> &str {
        self.content_type.to_str().unwrap_or(CONTENT_TYPE)
    }

    /// As `X-Servo-Schema` carries it.
    #[cfg(feature = "store")]
    pub(crate) fn schema_version(&self) -> Option<u32> {
        self.schema_version
    }

    /// What the format adds.
    #[cfg(feature = "store")]
    pub(crate) fn added(&self) -> impl Iterator<Item = (String, String)> {
        let added = self.added.iter();
        added.filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
    }

    /// Logs what the connector warned of, under the name of a webhook that it concerns; not for
    /// each event, if it is the same. `of` is the event's id, and the trace that it came with.
    pub(crate) fn log_warning(&self, webhook: &Webhook, of: (&str, Option<&TraceContext>)) {
        if let Some(warning) = &self.warning {
            let (label, event, (id, came)) = (webhook.label(), &*self.event, of);
            limited(Kind::Expression, &[&label, event, warning], |repeated| {
                tracing::warn!(
                    webhook = &*label,
                    event,
                    id,
                    trace_id = trace_id(came, None),
                    repeated,
                    "{warning}"
                );
            });
        }
    }
}

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RenderError {
    /// A condition does not hold: the webhook does not fire.
    #[error("{0}")]
    Skipped(String),
    /// The notification is at fault: no webhook can be told of it.
    #[error(transparent)]
    Event(EventError),
    /// The webhook has failed.
    #[error("{0}")]
    Failed(String),
}

impl From<CallError> for RenderError {
    fn from(error: CallError) -> Self {
        Self::Failed(error.to_string())
    }
}
