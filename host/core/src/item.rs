//! What a host queues.

use crate::delivery::Delivery;
use crate::webhook::{Limits, WebhookState};
use std::fmt::Debug;
use std::hash::Hash;

/// The state of a delivery, with all that it takes to send it.
pub trait Item {
    /// What shares a bound on attempts in flight.
    type Endpoint: Clone + Debug + Eq + Hash;

    /// Where it goes.
    fn endpoint(&self) -> &Self::Endpoint;

    /// Its state.
    fn delivery(&self) -> &Delivery;

    /// Its state, and that of its webhook, to go on.
    fn with<R>(&mut self, step: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R;
}
