//! What happens at a servo: events and messages, how they are handed in, and their times.

pub mod catalogue;
pub mod envelope;
#[expect(
    clippy::module_inception,
    reason = "the event, among what belongs to it"
)]
pub mod event;
pub mod message;
pub mod statement;
pub mod time;
