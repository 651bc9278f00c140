//! Deliveries of what has happened, from their acceptance until the observer was told of them.

pub(crate) mod acceptance;
pub(crate) mod breaker;
pub(crate) mod capacity;
#[expect(
    clippy::module_inception,
    reason = "the delivery, among what belongs to it"
)]
pub(crate) mod delivery;
pub(crate) mod delivery_queue;
pub(crate) mod ending;
#[cfg(feature = "store")]
pub(crate) mod forgotten;
#[cfg(feature = "store")]
pub(crate) mod loader;
pub(crate) mod observer;
pub(crate) mod outcome;
pub(crate) mod queue_full;
pub(crate) mod record;
pub(crate) mod reports;
pub(crate) mod unsent;
pub(crate) mod worker;
pub(crate) mod written;
