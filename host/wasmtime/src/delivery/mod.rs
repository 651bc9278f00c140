//! Deliveries of what has happened, from their acceptance until the observer was told of them.

pub mod acceptance;
pub mod breaker;
#[expect(
    clippy::module_inception,
    reason = "the delivery, among what belongs to it"
)]
pub mod delivery;
pub mod outbox;
pub mod outcome;
pub mod reports;
pub mod room;
pub mod turn;
