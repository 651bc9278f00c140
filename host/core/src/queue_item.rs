//! What a host queues.

use crate::delivery::Delivery;
use crate::webhook::{Limits, WebhookState};
use std::fmt::Debug;
use std::hash::Hash;

/// The state of a delivery, with all that it takes to send it.
pub trait QueueItem {
    /// What shares a bound on attempts in flight.
    type Endpoint: Clone + Debug + Eq + Hash;

    /// Where it goes.
    fn endpoint(&self) -> &Self::Endpoint;

    /// Its state.
    fn delivery(&self) -> &Delivery;

    /// Its state, and that of its webhook, to go on.
    fn with<R>(&mut self, step: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R;
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// For those who only move it about.
    #[derive(Debug)]
    pub struct Nothing;

    impl QueueItem for Nothing {
        type Endpoint = ();

        fn endpoint(&self) -> &() {
            &()
        }

        fn delivery(&self) -> &Delivery {
            unreachable!("nobody looks at it")
        }

        fn with<R>(&mut self, _: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R {
            unreachable!("nobody looks at it")
        }
    }
}
