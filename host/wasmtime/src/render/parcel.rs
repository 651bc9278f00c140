//! What is sent: one rendering of an event or message, shared by all webhooks of
//! its shape and by all their attempts.

use crate::attempt::headers;
use crate::attempt::signing::Signed;
use crate::config::webhook::Webhook;
use crate::connector::{CallError, Connector, Rendered, Sandbox, Shape, wit};
use crate::event::envelope::Stated;
use crate::event::event::{Event, EventError, Results};
use crate::event::message::Message;
use crate::event::statement::Statement;
use crate::event::time::Created;
use bytes::Bytes;
use http::header::{self, InvalidHeaderValue};
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::foreign::capped;
use rules::render::CONTENT_TYPE;
use rules::terms::Terms;
use std::borrow::Cow;
use std::sync::Arc;

/// One side of an event, or a message, with its name: `before:adjust`, `channel:news`.
#[derive(Clone, Debug)]
pub struct Occasion<'a> {
    /// As `X-Servo-Event` carries it.
    pub name: String,
    /// The event's id.
    pub id: Cow<'a, str>,
    /// What is asked of whoever takes it.
    pub terms: Cow<'a, Terms>,
    created: Created,
    subject: Subject<'a>,
}

#[derive(Clone, Debug)]
enum Subject<'a> {
    Event {
        parameters: Cow<'a, str>,
        results: Option<Cow<'a, str>>,
    },
    Message(Cow<'a, Message>),
}

/// What a shape makes of an occasion.
#[derive(Debug)]
pub struct Parcel {
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

impl Parcel {
    /// Sets its headers. They are made anew each time: as long as a parcel waits, a map or
    /// a list of them would take more memory than all else.
    pub fn set_headers(&self, map: &mut HeaderMap) -> Result<(), InvalidHeaderValue> {
        for (name, value) in &self.added {
            map.insert(name, value.clone());
        }
        map.insert(header::CONTENT_TYPE, self.content_type.clone());
        map.insert(headers::EVENT, HeaderValue::from_str(&self.event)?);
        if let Some(version) = self.schema_version {
            map.insert(headers::SCHEMA, version.into());
        }
        Ok(())
    }

    /// Logs what the connector warned of, under the name of a webhook that it concerns.
    pub fn log_warning(&self, webhook: &Webhook, occasion: &Occasion<'_>) {
        if let Some(warning) = &self.warning {
            let (event, id) = (&occasion.name, &*occasion.id);
            tracing::warn!(webhook = webhook.label(), event, id, "{warning}");
        }
    }
}

/// A webhook with what its shape made of the occasion.
#[derive(Clone, Debug)]
pub struct Addressed {
    pub webhook: Arc<Webhook>,
    pub parcel: Result<Arc<Parcel>, Arc<ParcelError>>,
    /// The first attempt, if the same instance rendered it.
    pub signed: Option<Signed>,
}

/// Whom an occasion concerns.
pub struct Concerned {
    pub webhooks: Vec<Addressed>,
    /// Of the rendering. To clear it away takes as long as to sign: to be dropped when the
    /// requests are on their way.
    pub left: Option<Sandbox>,
}

/// Why there is no parcel.
#[derive(Debug, thiserror::Error)]
pub enum ParcelError {
    /// A condition does not hold: the webhook does not fire.
    #[error("{0}")]
    Skipped(String),
    /// The occasion is at fault: no webhook can be told of it.
    #[error(transparent)]
    Event(EventError),
    /// The webhook has failed.
    #[error("{0}")]
    Failed(String),
}

impl From<CallError> for ParcelError {
    fn from(error: CallError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl<'a> From<&'a Stated> for Occasion<'a> {
    fn from(stated: &'a Stated) -> Self {
        match stated {
            Stated::Before(event) => Self::before(event),
            Stated::After(event, results) => Self::after(event, results),
            Stated::Message(message) => Self::message(message),
        }
    }
}

impl<'a> Occasion<'a> {
    /// Before an event.
    pub fn before(event: &'a Event) -> Self {
        Self::event("before", event, None)
    }

    /// After an event.
    pub fn after(event: &'a Event, results: &'a Results) -> Self {
        Self::event("after", event, Some(&results.0))
    }

    fn event(side: &str, event: &'a Event, results: Option<&'a str>) -> Self {
        Self {
            name: format!("{side}:{}", event.name),
            id: Cow::Borrowed(&event.id),
            terms: Cow::Borrowed(&event.terms),
            created: event.created.clone().unwrap_or_else(Created::now),
            subject: Subject::Event {
                parameters: Cow::Borrowed(&event.parameters),
                results: results.map(Cow::Borrowed),
            },
        }
    }

    /// A message.
    pub fn message(message: &'a Message) -> Self {
        Self {
            name: format!("channel:{}", message.channel),
            id: Cow::Borrowed(&message.id),
            terms: Cow::Borrowed(&message.terms),
            created: message.created.clone().unwrap_or_else(Created::now),
            subject: Subject::Message(Cow::Borrowed(message)),
        }
    }

    /// One that can go to another thread.
    pub fn into_owned(self) -> Occasion<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Occasion {
            name: self.name,
            id: owned(self.id),
            terms: Cow::Owned(self.terms.into_owned()),
            created: self.created,
            subject: match self.subject {
                Subject::Event {
                    parameters,
                    results,
                } => Subject::Event {
                    parameters: owned(parameters),
                    results: results.map(owned),
                },
                Subject::Message(message) => Subject::Message(Cow::Owned(message.into_owned())),
            },
        }
    }

    /// As one line of JSON that can be taken again, with the time that it is sent with.
    pub fn line(&self) -> String {
        let created = Some(&self.created);
        match &self.subject {
            Subject::Event {
                parameters,
                results,
            } => Statement::event(
                &self.name,
                &self.id,
                created,
                parameters,
                results.as_deref(),
            )
            .line(),
            Subject::Message(message) => Statement::message(message, created).line(),
        }
    }

    /// Bytes that it carries, about.
    pub fn size(&self) -> usize {
        match &self.subject {
            Subject::Event {
                parameters,
                results,
            } => parameters.len() + results.as_deref().map_or(0, str::len),
            Subject::Message(message) => message.content.len(),
        }
    }

    /// Asks the connector what a shape makes of it.
    pub fn render(&self, connector: &Connector, shape: &Shape) -> Result<Parcel, ParcelError> {
        self.parcel(connector.render(shape, self.to_wit(), self.size())?)
    }

    /// The same, with the instance that it ran in, to sign in.
    pub fn render_to_sign(
        &self,
        connector: &Connector,
        shape: &Shape,
    ) -> Result<(Parcel, Option<Sandbox>), ParcelError> {
        let (rendered, sandbox) = connector.render_to_sign(shape, self.to_wit(), self.size())?;
        Ok((self.parcel(rendered)?, sandbox))
    }

    fn parcel(&self, rendered: Rendered) -> Result<Parcel, ParcelError> {
        let request = match rendered {
            Ok(wit::Rendering::Send(request)) => request,
            Ok(wit::Rendering::Skip(why)) => return Err(ParcelError::Skipped(why)),
            Err(wit::RenderError::Occasion(why)) => {
                return Err(ParcelError::Event(EventError::Refused(why)));
            }
            Err(wit::RenderError::Expression(why) | wit::RenderError::Other(why)) => {
                return Err(ParcelError::Failed(why));
            }
        };
        let unusable = |what: &str| CallError::unusable("render", what);
        let added = headers::rendered(&request.headers)?;
        let content_type = match &*request.content_type {
            CONTENT_TYPE => HeaderValue::from_static(CONTENT_TYPE),
            other => headers::text(other)
                .ok_or_else(|| unusable("a content type that cannot be sent"))?,
        };
        if HeaderValue::from_str(&self.name).is_err() {
            return Err(unusable("an event name that cannot be sent").into());
        }
        let body = match (request.body, &self.subject) {
            (Some(body), _) => body.into(),
            (None, Subject::Message(message)) => message.content.clone(),
            (None, Subject::Event { .. }) => return Err(unusable("an event without a body").into()),
        };
        Ok(Parcel {
            content_type,
            event: self.name.as_str().into(),
            schema_version: request.schema_version,
            added: added.into(),
            body,
            warning: request.warning.map(|warning| capped(&warning).into()),
        })
    }

    fn to_wit(&self) -> wit::Occasion<'_> {
        match &self.subject {
            Subject::Event {
                parameters,
                results,
            } => wit::Occasion::Event(wit::EventParam {
                name: &self.name,
                id: &self.id,
                created: self.created.as_str(),
                parameters,
                results: results.as_deref(),
            }),
            Subject::Message(message) => wit::Occasion::Message(wit::Message {
                channel: &message.channel,
                id: &self.id,
                created: self.created.as_str(),
                content_type: message.content_type.to_str().unwrap_or_default(),
                content: content(&message.content),
            }),
        }
    }
}

/// Bytes as the connector takes them: text wherever they are UTF-8.
pub fn content(bytes: &[u8]) -> wit::Content<'_> {
    match std::str::from_utf8(bytes) {
        Ok(text) => wit::Content::Text(text),
        Err(_) => wit::Content::Binary(bytes),
    }
}
