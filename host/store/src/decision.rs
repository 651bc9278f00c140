//! What was decided before an event.

/// A decision before an event, with the answers that led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// As `X-Servo-Event` carries it.
    pub event: Box<str>,
    /// Of the event.
    pub event_id: Box<str>,
    /// When the webhooks were asked, in milliseconds since 1970.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub elapsed: i64,
    /// Whether the event was cancelled.
    pub cancelled: bool,
    /// Why, as the servo was told.
    pub reason: Option<Box<str>>,
    /// What each webhook said.
    pub answers: Vec<Answer>,
}

/// What one webhook said before an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The webhook's name.
    pub webhook: Box<str>,
    /// As `X-Servo-Delivery` carried it, if anything was sent.
    pub delivery: Option<uuid::Uuid>,
    /// What it came to, in the words of the event's outcome: `proceed`, `cancelled`, `failed`.
    pub result: Box<str>,
    /// Whether the event went on although there was no answer that counts.
    pub failed_open: bool,
    /// Attempts that were made.
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Why it failed, or the reason of a cancel.
    pub error: Option<Box<str>>,
    /// How long it took, in milliseconds.
    pub elapsed: i64,
}
