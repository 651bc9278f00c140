//! What one side of an event came to, as a servo in Rust gets it: what cannot be is not there.

use rules::outcome::{EventDecision, EventOutcome, WebhookOutcome};
use std::time::Duration;
use uuid::Uuid;

/// Whether an event may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No webhook has anything against it.
    Proceed,
    /// A webhook cancelled it, or had no answer and cancels then.
    Cancelled {
        /// For people, never empty of meaning: the responder's own words, or why there is no
        /// answer.
        reason: String,
    },
}

/// What the webhooks before an event said.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// `before:adjust`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// Whether the event may happen.
    pub decision: Decision,
    /// Every enabled webhook that it concerned, in the order of the configuration.
    pub webhooks: Vec<WebhookOutcome>,
    /// How the question to each of them ended, in the same order.
    pub questions: Vec<QuestionEnd>,
    /// From the first question to the decision.
    pub elapsed: Duration,
}

/// How the question to one webhook ended, beside its outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuestionEnd {
    /// `X-Servo-Delivery`, if anything was to be sent.
    pub(crate) delivery: Option<Uuid>,
    /// Until its answer, or until it was known that there would be none. Zero if it was not
    /// awaited.
    pub elapsed: Duration,
    /// There was no answer that counts, and `on_error` let the event happen.
    pub failed_open: bool,
}

/// Whether what was told was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// A webhook took it, or none listens.
    Accepted,
    /// No webhook took it.
    Rejected,
}

/// What became of an event that has happened, or of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Told {
    /// `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// Whether it was taken.
    pub reception: Reception,
    /// Every enabled webhook that it concerned, in the order of the configuration.
    pub webhooks: Vec<WebhookOutcome>,
}

impl Asked {
    /// Without a reason against it the event may happen.
    pub(crate) fn new(
        event: String,
        id: String,
        reason: Option<String>,
        (webhooks, questions): (Vec<WebhookOutcome>, Vec<QuestionEnd>),
        elapsed: Duration,
    ) -> Self {
        Self {
            event,
            id,
            decision: reason.map_or(Decision::Proceed, |reason| Decision::Cancelled { reason }),
            webhooks,
            questions,
            elapsed,
        }
    }

    /// Why it was cancelled, if it was.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.decision {
            Decision::Proceed => None,
            Decision::Cancelled { reason } => Some(reason),
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.reason().is_some()
    }

    /// Whether it may happen although a webhook gave no answer that counts.
    #[must_use]
    pub fn failed_open(&self) -> bool {
        !self.is_cancelled() && self.questions.iter().any(|question| question.failed_open)
    }

    /// Each webhook's outcome with how its question ended.
    pub(crate) fn answers(&self) -> impl Iterator<Item = (&WebhookOutcome, &QuestionEnd)> {
        self.webhooks.iter().zip(&self.questions)
    }
}

impl Told {
    /// Of the record of an event that has happened, or of a message.
    pub(crate) fn new(record: EventOutcome) -> Self {
        Self {
            event: record.event,
            id: record.id,
            reception: match record.outcome {
                EventDecision::Rejected => Reception::Rejected,
                _ => Reception::Accepted,
            },
            webhooks: record.webhooks,
        }
    }

    /// Whether it was taken.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.reception == Reception::Accepted
    }
}

/// The record that hosts write down.
impl From<Asked> for EventOutcome {
    fn from(asked: Asked) -> Self {
        let reason = match asked.decision {
            Decision::Proceed => None,
            Decision::Cancelled { reason } => Some(reason),
        };
        Self::asked(asked.event, asked.id, reason, asked.webhooks)
    }
}

/// The record that hosts write down.
impl From<Told> for EventOutcome {
    fn from(told: Told) -> Self {
        Self::told(told.event, told.id, told.webhooks)
    }
}
