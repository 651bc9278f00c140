//! What would be done with an event, without doing it: no socket is opened, nothing is
//! counted, and no webhook is switched off.

use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::config::webhook::Webhook;
use crate::event::time::new_id;
use crate::render::notification::Notification;
use crate::render::recipients::Recipient;
use crate::render::rendered_request::{RenderError, RenderedRequest};
use crate::trace::attempt_trace::AttemptTrace;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Uri};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// What would be done with an event at one webhook.
#[derive(Debug)]
#[non_exhaustive]
pub struct DryRun {
    /// The webhook.
    pub webhook: Arc<Webhook>,
    /// What it would come to.
    pub explanation: Explanation,
}

/// Whether a webhook fires, and if not, why.
#[derive(Debug)]
#[non_exhaustive]
pub enum Explanation {
    /// It fires, and this is sent.
    Fires(Box<PreparedRequest>),
    /// It listens to other events.
    Elsewhere,
    /// It is disabled in the configuration.
    Disabled,
    /// It is switched off: its endpoint had answered 410 Gone.
    SwitchedOff,
    /// A condition does not hold: which, and its value.
    Skips(String),
    /// It fires, and fails: no request can be made.
    Fails(String),
}

/// A request that is not sent.
#[non_exhaustive]
pub struct PreparedRequest {
    /// With path and query: confidential.
    pub url: Uri,
    /// All but those that the configuration sets.
    pub headers: HeaderMap,
    /// Names of the headers that the configuration sets. Their values are confidential:
    /// [`Webhook::header`] has them.
    pub own: Vec<HeaderName>,
    /// The bytes that are signed.
    pub body: Bytes,
}

impl fmt::Debug for PreparedRequest {
    /// Without what may be confidential.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PreparedRequest")
            .field("host", &self.url.host())
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Looks at one webhook; `recipient` is what selection and rendering made of it.
pub(crate) fn explain(
    context: &AttemptContext,
    notification: &Notification<'_>,
    webhook: &Arc<Webhook>,
    recipient: Option<&Recipient>,
) -> DryRun {
    let explanation = match recipient {
        _ if !webhook.enabled => Explanation::Disabled,
        None => Explanation::Elsewhere,
        Some(_) if webhook.switched_off().is_some() => Explanation::SwitchedOff,
        Some(recipient) => match recipient.request.as_deref() {
            Ok(request) => match prepare(context, notification, webhook, request, false) {
                Ok(prepared) => Explanation::Fires(Box::new(prepared)),
                Err(why) => Explanation::Fails(why),
            },
            Err(error) => match &**error {
                RenderError::Skipped(why) => Explanation::Skips(why.clone()),
                other => Explanation::Fails(other.to_string()),
            },
        },
    };
    DryRun {
        webhook: Arc::clone(webhook),
        explanation,
    }
}

/// The first attempt of a delivery; `manual` marks it as one that a person tries.
pub(crate) fn prepare(
    context: &AttemptContext,
    notification: &Notification<'_>,
    webhook: &Webhook,
    request: &RenderedRequest,
    manual: bool,
) -> Result<PreparedRequest, String> {
    let target = webhook.target.as_ref();
    let target = target.ok_or("its url is a reference that could not be resolved")?;
    let now = Instant::now();
    let info = AttemptInfo {
        event: &notification.name,
        id: &notification.id,
        delivery: &new_id().to_string(),
        number: 1,
        first: now,
        before: notification.name.starts_with("before:"),
        manual,
        replays: 0,
        began: now,
        trace: AttemptTrace::new(notification.trace.as_deref(), None),
        deadline: now + webhook.timeout,
    };
    let headers = context.headers(webhook, request, info, None);
    let headers = headers.map_err(|error| error.to_string())?;
    let others = headers
        .iter()
        .filter(|(name, _)| !webhook.headers.contains_key(*name));
    Ok(PreparedRequest {
        url: target.uri().clone(),
        headers: others
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        own: webhook.headers.keys().cloned().collect(),
        body: request.body.clone(),
    })
}
