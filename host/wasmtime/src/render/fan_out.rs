//! From an event to the webhooks that it concerns, each with what it is sent.

use crate::attempt::signing::EarlySigner;
use crate::config::configuration::Configuration;
use crate::config::webhook::Webhook;
use crate::connector::{Sandbox, Shape};
use crate::event::error::EventError;
#[cfg(feature = "validate")]
use crate::log_limit::{Kind, limited};
use crate::render::notification::Notification;
use crate::render::recipients::{Recipient, Recipients};
use crate::render::rendered_request::{RenderError, RenderedRequest};
use crate::render::rendering::{render_all, render_to_sign};
#[cfg(feature = "validate")]
use crate::render::validate::EventValidator;
#[cfg(feature = "validate")]
use crate::trace::attempt_trace::trace_id;
use std::sync::Arc;
use tokio::time::Instant;

/// Selects and renders.
#[derive(Debug)]
pub(crate) struct FanOut {
    pub configuration: Arc<Configuration>,
    #[cfg(feature = "validate")]
    validator: EventValidator,
    /// Bytes of an event.
    max_event: usize,
}

impl FanOut {
    pub(crate) fn new(configuration: Configuration, max_event: usize) -> Self {
        Self {
            #[cfg(feature = "validate")]
            validator: EventValidator::new(configuration.catalogue.clone()),
            configuration: Arc::new(configuration),
            max_event,
        }
    }

    /// The webhooks that a notification concerns, each with its request: one rendering
    /// for each shape. Expressions that have not come to an end by the deadline have
    /// failed.
    ///
    /// # Errors
    /// If it is no event, or too large.
    pub(crate) async fn all(
        &self,
        notification: &Notification<'_>,
        deadline: Option<Instant>,
    ) -> Result<Vec<Recipient>, EventError> {
        let recipients = self.fan_out(notification, deadline, false).await?;
        Ok(recipients.webhooks)
    }

    async fn fan_out(
        &self,
        notification: &Notification<'_>,
        deadline: Option<Instant>,
        to_sign: bool,
    ) -> Result<Recipients, EventError> {
        let (size, limit) = (notification.size(), self.max_event);
        if size > limit {
            return Err(EventError::TooLarge { size, limit });
        }
        let selected = self.configuration.select(&notification.name);
        let connector = &self.configuration.connector;
        let selected = match selected {
            Ok(selected) => self.narrow(selected, notification)?,
            Err(error) => return self.unselected(notification, RenderError::from(error)),
        };
        let shapes = shapes(selected.iter());
        let (rendered, sandbox) = if to_sign && !shapes.iter().any(|shape| shape.warm) {
            render_to_sign(connector, notification, &shapes)
        } else {
            let rendered = render_all(connector, notification, &shapes, deadline).await;
            (rendered, None)
        };
        let mut requests = Vec::with_capacity(shapes.len());
        for (request, shape) in rendered.into_iter().zip(&shapes) {
            if let Err(RenderError::Event(error)) = request {
                return Err(error);
            }
            if let Ok(request) = &request
                && request.warning.is_some()
                && let Some(webhook) = selected.iter().find(|one| one.shape == **shape)
            {
                request.log_warning(webhook, notification.of());
            }
            requests.push(request.map(Arc::new).map_err(Arc::new));
        }
        Ok(self.hand_out(&selected, &shapes, &requests, sandbox))
    }

    /// Those of the selected that a notification is for.
    fn narrow(
        &self,
        selected: Arc<[Arc<Webhook>]>,
        notification: &Notification<'_>,
    ) -> Result<Arc<[Arc<Webhook>]>, EventError> {
        self.configuration
            .narrow(selected, &notification.addressee, &notification.name)
            .map_err(EventError::Refused)
    }

    /// The webhooks that may be recipients where the connector could not say: all fail.
    fn unselected(
        &self,
        notification: &Notification<'_>,
        error: RenderError,
    ) -> Result<Recipients, EventError> {
        let failed = Arc::new(error);
        let suspects = self.configuration.suspects(&notification.name).into();
        let suspects = self.narrow(suspects, notification)?;
        let unselected = |webhook| Recipient {
            webhook,
            request: Err(Arc::clone(&failed)),
            signed: None,
        };
        Ok(Recipients {
            webhooks: suspects.iter().cloned().map(unselected).collect(),
            sandbox: None,
        })
    }

    /// Gives each webhook what its shape was rendered to, signed where that saves an instance.
    fn hand_out(
        &self,
        selected: &[Arc<Webhook>],
        shapes: &[&Shape],
        requests: &[Result<Arc<RenderedRequest>, Arc<RenderError>>],
        sandbox: Option<Sandbox>,
    ) -> Recipients {
        let request_of = |webhook: &Webhook| {
            let mut known = shapes.iter().zip(requests);
            let (_, request) = known.find(|(shape, _)| ***shape == webhook.shape)?;
            Some(request.clone())
        };
        let mut signer = EarlySigner::new(sandbox);
        let recipients = selected.iter().filter_map(|webhook| {
            let request = request_of(webhook)?;
            let body = request.as_deref().ok().map(|request| &request.body);
            Some(Recipient {
                webhook: Arc::clone(webhook),
                signed: body.and_then(|body| signer.sign(webhook, body)),
                request,
            })
        });
        Recipients {
            webhooks: recipients.collect(),
            sandbox: signer.into_sandbox(),
        }
    }

    /// The same, for an event that happens: what does not fit its types is warned of,
    /// and first attempts are signed where that saves instances.
    ///
    /// # Errors
    /// As [`FanOut::all`].
    pub(crate) async fn recipients(
        &self,
        notification: &Notification<'_>,
        deadline: Option<Instant>,
    ) -> Result<Recipients, EventError> {
        let recipients = self.fan_out(notification, deadline, true).await?;
        #[cfg(feature = "validate")]
        self.warn_of_mismatch(notification, &recipients.webhooks);
        Ok(recipients)
    }

    #[cfg(feature = "validate")]
    fn warn_of_mismatch(&self, notification: &Notification<'_>, recipients: &[Recipient]) {
        let mut rendered = recipients
            .iter()
            .filter_map(|recipient| Some((&recipient.webhook, recipient.request.as_ref().ok()?)));
        let Some((webhook, request)) = rendered.next() else {
            return;
        };
        let (name, body) = (&notification.name, &request.body);
        if let Some(why) = self.validator.mismatch(webhook, name, body) {
            limited(Kind::EventType, &[name, &why], |repeated| {
                tracing::warn!(
                    event = name,
                    id = &*notification.id,
                    trace_id = trace_id(notification.trace.as_deref(), None),
                    repeated,
                    "does not match its declared types; sending it anyway: {why}"
                );
            });
        }
    }
}

/// The shapes of webhooks, each once.
pub(crate) fn shapes<'a>(webhooks: impl Iterator<Item = &'a Arc<Webhook>>) -> Vec<&'a Shape> {
    let mut shapes = Vec::new();
    for webhook in webhooks {
        if !shapes.contains(&&webhook.shape) {
            shapes.push(&webhook.shape);
        }
    }
    shapes
}
