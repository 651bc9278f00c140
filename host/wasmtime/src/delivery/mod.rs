//! Deliveries of what has happened, from their acceptance until the observer was told of them.

pub mod acceptance;
pub mod breaker;
pub mod capacity;
#[expect(
    clippy::module_inception,
    reason = "the delivery, among what belongs to it"
)]
pub mod delivery;
pub mod delivery_queue;
#[cfg(feature = "store")]
pub mod loader;
pub mod observer;
pub mod outcome;
pub mod queue_full;
pub mod record;
pub mod reports;
pub mod worker;
