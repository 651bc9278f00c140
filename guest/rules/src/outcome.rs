//! What became of an event and of each delivery: the records that every host gives, one
//! JSON object each.

use serde::Serialize;

/// What became of one side of an event, or of a channel message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "event")]
#[non_exhaustive]
pub struct EventOutcome {
    /// `before:adjust`, `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// What it came to.
    pub outcome: EventDecision,
    /// Why it was cancelled.
    pub reason: Option<String>,
    /// Every enabled webhook that it concerned, in the order of the configuration.
    pub webhooks: Vec<WebhookOutcome>,
}

/// What an event came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventDecision {
    /// Before an event: it may happen.
    Proceed,
    /// Before an event: it may not.
    Cancelled,
    /// After an event, or a message: a webhook took it, or none listens.
    Accepted,
    /// After an event, or a message: no webhook took it.
    Rejected,
}

/// What became of an event at one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WebhookOutcome {
    /// Its place in the configuration, from 0.
    pub index: usize,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// What it came to.
    pub outcome: WebhookStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// Why it does not fire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl EventOutcome {
    /// Of an event before which webhooks were asked: without a reason against it, it may
    /// happen.
    #[must_use]
    pub fn asked(
        event: String,
        id: String,
        reason: Option<String>,
        webhooks: Vec<WebhookOutcome>,
    ) -> Self {
        let outcome = match reason {
            Some(_) => EventDecision::Cancelled,
            None => EventDecision::Proceed,
        };
        Self {
            event,
            id,
            outcome,
            reason,
            webhooks,
        }
    }

    /// Of an event after which webhooks are told, or of a message.
    #[must_use]
    pub fn told(event: String, id: String, webhooks: Vec<WebhookOutcome>) -> Self {
        let is = |settlement| move |webhook: &WebhookOutcome| webhook.outcome == settlement;
        let accepted = webhooks.iter().all(is(WebhookStatus::Skipped))
            || webhooks.iter().any(is(WebhookStatus::Accepted));
        let outcome = if accepted {
            EventDecision::Accepted
        } else {
            EventDecision::Rejected
        };
        Self {
            event,
            id,
            outcome,
            reason: None,
            webhooks,
        }
    }
}

impl WebhookOutcome {
    /// Of a webhook that was not tried yet: its place and its name.
    #[must_use]
    pub fn new(index: usize, name: Option<&str>, outcome: WebhookStatus) -> Self {
        Self {
            index,
            name: name.map(str::to_owned),
            outcome,
            attempts: 0,
            status: None,
            error: None,
            reason: None,
        }
    }

    /// Of a webhook whose condition does not hold.
    #[must_use]
    pub fn skipped(index: usize, name: Option<&str>, why: &str) -> Self {
        Self {
            reason: Some(why.to_owned()),
            ..Self::new(index, name, WebhookStatus::Skipped)
        }
    }
}

/// What an event came to at one webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStatus {
    /// Before: it has nothing against the event.
    Proceeded,
    /// Before: it cancelled the event.
    Cancelled,
    /// Before: no answer could be had; its `on_error` decided.
    NoAnswer,
    /// Before: another one decided first.
    NotAwaited,
    /// It is switched off, until the host restarts or reloads.
    SwitchedOff,
    /// Its condition does not hold.
    Skipped,
    /// After: its delivery is on its way.
    Accepted,
    /// After: too many deliveries are waiting, or the host takes nothing any more.
    Rejected,
}

impl WebhookStatus {
    /// As records name it: `not_awaited`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proceeded => "proceeded",
            Self::Cancelled => "cancelled",
            Self::NoAnswer => "no_answer",
            Self::NotAwaited => "not_awaited",
            Self::SwitchedOff => "switched_off",
            Self::Skipped => "skipped",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// What became of the delivery of an after event or a message to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "delivery")]
#[non_exhaustive]
pub struct DeliveryOutcome {
    /// `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// The delivery's own id, `X-Servo-Delivery`.
    pub delivery: String,
    /// The webhook's name, if it has one.
    pub webhook: Option<String>,
    /// The webhook's place in the configuration, from 0.
    pub index: usize,
    /// What it came to.
    pub outcome: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Of the last answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// From its acceptance, in milliseconds.
    pub elapsed_ms: u64,
}

impl DeliveryOutcome {
    /// Of one that was not attempted: its event, the ids of that and of itself, and its webhook
    /// with the place of that.
    #[must_use]
    pub fn new(
        event: String,
        [id, delivery]: [String; 2],
        (webhook, index): (Option<String>, usize),
        outcome: DeliveryStatus,
    ) -> Self {
        Self {
            event,
            id,
            delivery,
            webhook,
            index,
            outcome,
            attempts: 0,
            status: None,
            error: None,
            elapsed_ms: 0,
        }
    }
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Answered with a 2xx.
    Delivered,
    /// Given up.
    Failed,
    /// Still waiting when the host shut down.
    Undelivered,
}

#[cfg(test)]
mod tests {
    use super::WebhookStatus;

    #[test]
    fn a_status_has_the_name_that_records_have() {
        for status in [
            WebhookStatus::Proceeded,
            WebhookStatus::Cancelled,
            WebhookStatus::NoAnswer,
            WebhookStatus::NotAwaited,
            WebhookStatus::SwitchedOff,
            WebhookStatus::Skipped,
            WebhookStatus::Accepted,
            WebhookStatus::Rejected,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }
}
