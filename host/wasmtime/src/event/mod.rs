//! What happens at a servo: events and messages, how they are handed in, and their times.

pub mod catalogue;
pub mod decided;
pub mod error;
#[expect(
    clippy::module_inception,
    reason = "the event, among what belongs to it"
)]
pub mod event;
pub mod input;
pub mod input_line;
pub mod message;
pub mod time;
