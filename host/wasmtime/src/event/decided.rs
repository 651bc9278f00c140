//! What one side of an event came to, as a servo in Rust gets it: what cannot be is not there.

use rules::outcome::{EventDecision, EventOutcome, WebhookOutcome};

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
        webhooks: Vec<WebhookOutcome>,
    ) -> Self {
        Self {
            event,
            id,
            decision: reason.map_or(Decision::Proceed, |reason| Decision::Cancelled { reason }),
            webhooks,
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
