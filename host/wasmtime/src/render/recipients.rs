//! Whom an event or a message concerns, with what each is sent.

use crate::attempt::signing::Signed;
use crate::config::webhook::Webhook;
use crate::connector::Sandbox;
use crate::render::rendered_request::{RenderError, RenderedRequest};
use std::sync::Arc;

/// A webhook with what its shape made of the notification.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    pub webhook: Arc<Webhook>,
    pub request: Result<Arc<RenderedRequest>, Arc<RenderError>>,
    /// The first attempt, if the same instance rendered it.
    pub signed: Option<Signed>,
}

/// Whom a notification concerns.
pub(crate) struct Recipients {
    pub webhooks: Vec<Recipient>,
    /// Of the rendering. To clear it away takes as long as to sign: to be dropped when the
    /// requests are on their way.
    pub sandbox: Option<Sandbox>,
}
