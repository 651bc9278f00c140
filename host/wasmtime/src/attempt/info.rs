//! Which attempt of which delivery.

use crate::outbound::Urgency;
use crate::trace::attempt_trace::AttemptTrace;
use tokio::time::Instant;

/// Which attempt of which delivery it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptInfo<'a> {
    /// `before:adjust`, for the log.
    pub event: &'a str,
    /// The event's id, for the log.
    pub id: &'a str,
    /// The same on every attempt.
    pub delivery: &'a str,
    /// Counts from 1.
    pub number: u32,
    /// When the first attempt began.
    pub first: Instant,
    /// The event waits for the answer.
    pub before: bool,
    /// A person sent it to try.
    pub manual: bool,
    /// How often the delivery was replayed.
    pub replays: u32,
    /// When this attempt began.
    pub began: Instant,
    /// No answer counts after this.
    pub deadline: Instant,
    /// What it is part of.
    pub trace: AttemptTrace<'a>,
}

impl AttemptInfo<'_> {
    /// Whether somebody waits for the answer.
    pub(crate) fn urgency(&self) -> Urgency {
        if self.before || self.manual {
            Urgency::Question
        } else {
            Urgency::Delivery
        }
    }
}
