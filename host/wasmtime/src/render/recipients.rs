//! Whom an event or a message concerns, with what each is sent.

use crate::attempt::signing::Signed;
use crate::config::webhook::Webhook;
use crate::connector::Sandbox;
use crate::render::rendered_request::{Parcel, ParcelError};
use std::sync::Arc;

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
