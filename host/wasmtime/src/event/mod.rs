//! What happens at a servo: events and messages, how they are handed in, and their times.

pub(crate) mod catalogue;
pub(crate) mod decided;
pub(crate) mod error;
#[expect(
    clippy::module_inception,
    reason = "the event, among what belongs to it"
)]
pub(crate) mod event;
pub(crate) mod input;
pub(crate) mod input_line;
pub(crate) mod message;
pub(crate) mod time;
pub(crate) mod trace;
