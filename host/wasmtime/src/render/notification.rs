//! An event or a message as webhooks get it, and what a shape makes of it.

use crate::connector::{Connector, Contract, Rendered, Sandbox, Shape, wit};
use crate::event::event::{Event, Results};
use crate::event::input::Input;
use crate::event::input_line::InputLine;
use crate::event::message::Message;
use crate::event::time::Created;
use crate::render::rendered_request::{RenderError, RenderedRequest};
use rules::addressee::Addressee;
use rules::trace_context::TraceContext;
use std::borrow::Cow;
use std::sync::Arc;

/// One side of an event, or a message, with its name: `before:adjust`, `channel:news`.
#[derive(Clone, Debug)]
pub(crate) struct Notification<'a> {
    /// As `X-Servo-Event` carries it.
    pub name: String,
    /// The event's id.
    pub id: Cow<'a, str>,
    /// What is asked of whoever takes it.
    pub addressee: Cow<'a, Addressee>,
    /// The trace that it came with.
    pub trace: Option<Arc<TraceContext>>,
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

impl<'a> From<&'a Input> for Notification<'a> {
    fn from(input: &'a Input) -> Self {
        match input {
            Input::Before(event) => Self::before(event),
            Input::After(event, results) => Self::after(event, results),
            Input::Message(message) => Self::message(message),
        }
    }
}

impl<'a> Notification<'a> {
    /// Before an event.
    pub(crate) fn before(event: &'a Event) -> Self {
        Self::event("before", event, None)
    }

    /// After an event.
    pub(crate) fn after(event: &'a Event, results: &'a Results) -> Self {
        Self::event("after", event, Some(&results.0))
    }

    fn event(side: &str, event: &'a Event, results: Option<&'a str>) -> Self {
        Self {
            name: format!("{side}:{}", event.name),
            id: Cow::Borrowed(&event.id),
            addressee: Cow::Borrowed(&event.addressee),
            trace: event.trace.clone(),
            created: event.created.clone().unwrap_or_else(Created::now),
            subject: Subject::Event {
                parameters: Cow::Borrowed(&event.parameters),
                results: results.map(Cow::Borrowed),
            },
        }
    }

    /// A message.
    pub(crate) fn message(message: &'a Message) -> Self {
        Self {
            name: format!("channel:{}", message.channel),
            id: Cow::Borrowed(&message.id),
            addressee: Cow::Borrowed(&message.addressee),
            trace: message.trace.clone(),
            created: message.created.clone().unwrap_or_else(Created::now),
            subject: Subject::Message(Cow::Borrowed(message)),
        }
    }

    /// One that can go to another thread.
    pub(crate) fn into_owned(self) -> Notification<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Notification {
            name: self.name,
            id: owned(self.id),
            addressee: Cow::Owned(self.addressee.into_owned()),
            trace: self.trace,
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
    pub(crate) fn line(&self) -> String {
        let created = Some(&self.created);
        match &self.subject {
            Subject::Event {
                parameters,
                results,
            } => InputLine::event(
                &self.name,
                &self.id,
                created,
                parameters,
                results.as_deref(),
            )
            .in_trace(self.trace.as_deref())
            .line(),
            Subject::Message(message) => InputLine::message(message, created).line(),
        }
    }

    /// For the log: the event's id, and the trace that it came with.
    pub(crate) fn of(&self) -> (&str, Option<&TraceContext>) {
        (&self.id, self.trace.as_deref())
    }

    /// Bytes that it carries, about.
    pub(crate) fn size(&self) -> usize {
        match &self.subject {
            Subject::Event {
                parameters,
                results,
            } => parameters.len() + results.as_deref().map_or(0, str::len),
            Subject::Message(message) => message.content.len(),
        }
    }

    /// Asks the connector what a shape makes of it.
    pub(crate) fn render(
        &self,
        connector: &Connector,
        shape: &Shape,
    ) -> Result<RenderedRequest, RenderError> {
        let rendered = Contract::of(connector).render(shape, self.to_wit(), self.size());
        let rendered = rendered.map_err(|error| match shape.warm {
            // They alone may compute for ever.
            true => RenderError::Failed(format!("its expressions were stopped: {error}")),
            false => error.into(),
        });
        self.request(rendered?)
    }

    /// The same, with the instance that it ran in, to sign in.
    pub(crate) fn render_to_sign(
        &self,
        connector: &Connector,
        shape: &Shape,
    ) -> Result<(RenderedRequest, Option<Sandbox>), RenderError> {
        let (rendered, sandbox) =
            Contract::of(connector).render_to_sign(shape, self.to_wit(), self.size())?;
        Ok((self.request(rendered)?, sandbox))
    }

    fn request(&self, rendered: Rendered) -> Result<RenderedRequest, RenderError> {
        let content = match &self.subject {
            Subject::Message(message) => Some(&message.content),
            Subject::Event { .. } => None,
        };
        RenderedRequest::new(&self.name, content, rendered)
    }

    fn to_wit(&self) -> wit::Notification<'_> {
        match &self.subject {
            Subject::Event {
                parameters,
                results,
            } => wit::Notification::Event(wit::EventParam {
                name: &self.name,
                id: &self.id,
                created: self.created.as_str(),
                parameters,
                results: results.as_deref(),
            }),
            Subject::Message(message) => wit::Notification::Message(wit::Message {
                channel: &message.channel,
                id: &self.id,
                created: self.created.as_str(),
                content_type: message.content_type.to_str().unwrap_or_default(),
                content: wit::Content::from(&*message.content),
            }),
        }
    }
}
