//! Before an event: all its webhooks are asked at once, and the first cancel decides.
//!
//! One budget bounds the questions together, retries included; when it ends, each webhook
//! without an answer is settled by its `on_error`. No breaker holds a question: a veto that
//! was not asked for is a veto lost.

use crate::time::Time;
use crate::webhook::{Attempt, AttemptResult, Limits, Noted, Verdict, WebhookState};

/// The state of the question to one webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Question {
    attempts: u32,
    first: Option<Time>,
}

/// What is to be done with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Make this attempt now.
    Send(Attempt),
    /// Its webhook is switched off.
    SwitchedOff,
}

/// What a question came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The webhook has nothing against the event.
    Proceed,
    /// It cancels the event.
    Cancel,
    /// Ask again then.
    Retry(Time),
    /// There is no answer.
    NoAnswer {
        /// A retry would be too late for the event.
        no_time_left: bool,
    },
}

impl Question {
    /// Attempts that were made so far, one that is under way included.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// It is its turn. `budget` is the end of the time that all questions of the event have.
    pub fn next(
        &mut self,
        webhook: &WebhookState,
        limits: &Limits,
        budget: Time,
        now: Time,
    ) -> Ask {
        if webhook.is_gone() && self.attempts == 0 {
            return Ask::SwitchedOff;
        }
        self.attempts += 1;
        Ask::Send(Attempt {
            number: self.attempts,
            first: *self.first.get_or_insert(now),
            deadline: budget.min(now + limits.timeout),
            probe: None,
        })
    }

    /// Its attempt came to a result.
    pub fn finished(
        &mut self,
        webhook: &mut WebhookState,
        limits: &Limits,
        result: AttemptResult,
        budget: Time,
        now: Time,
    ) -> (Heard, Noted) {
        let retry = match result.verdict {
            Verdict::Retry(wait) => Some(now + wait).filter(|next| *next < budget),
            _ => None,
        };
        if result.verdict == Verdict::Lacking {
            // It did not come to an attempt.
            self.attempts = self.attempts.saturating_sub(1);
        }
        let noted = webhook.note(limits, now, result, None, retry.is_none());
        let heard = match (result.verdict, retry) {
            (Verdict::Delivered, _) => Heard::Proceed,
            (Verdict::Cancel, _) => Heard::Cancel,
            (Verdict::Retry(_), Some(next)) => Heard::Retry(next),
            (Verdict::Retry(_), None) => Heard::NoAnswer { no_time_left: true },
            (Verdict::Failed | Verdict::Gone | Verdict::Lacking, _) => Heard::NoAnswer {
                no_time_left: false,
            },
        };
        (heard, noted)
    }
}

/// What an event does when one of its webhooks gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnError {
    /// It happens.
    Proceed,
    /// It does not.
    Cancel,
}

/// What became of an event at one webhook that is asked before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebhookStatus {
    /// It has nothing against the event.
    Proceeded,
    /// It cancelled the event.
    Cancelled,
    /// There was no answer; its `on_error` decides.
    NoAnswer,
    /// It was not asked, since it is switched off; its `on_error` decides.
    SwitchedOff,
    /// Its condition does not hold: it was not asked.
    Skipped,
    /// Another one cancelled first.
    NotAwaited,
}

/// Whether an event happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventDecision {
    /// It does.
    Proceed,
    /// It does not, for the sake of this webhook.
    Cancel {
        /// Its place among those that were asked.
        by: usize,
    },
}

/// The questions of one event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventQuestions {
    settled: Vec<Option<WebhookStatus>>,
    pending: usize,
    cancelled_by: Option<usize>,
}

impl EventQuestions {
    /// To so many webhooks.
    #[must_use]
    pub fn new(webhooks: usize) -> Self {
        Self {
            settled: vec![None; webhooks],
            pending: webhooks,
            cancelled_by: None,
        }
    }

    /// The decision, once there is one: at the first cancel, or when all are settled.
    #[must_use]
    pub fn decision(&self) -> Option<EventDecision> {
        match self.cancelled_by {
            Some(by) => Some(EventDecision::Cancel { by }),
            None => (self.pending == 0).then_some(EventDecision::Proceed),
        }
    }

    /// A webhook's question is settled. Only the first time counts, and nothing counts any
    /// more once the event is decided.
    pub fn settle(&mut self, place: usize, status: WebhookStatus, on_error: OnError) {
        if self.decision().is_some() || !matches!(self.settled.get(place), Some(None)) {
            return;
        }
        self.settled[place] = Some(status);
        self.pending -= 1;
        let cancels = match status {
            WebhookStatus::Cancelled => true,
            WebhookStatus::NoAnswer | WebhookStatus::SwitchedOff => on_error == OnError::Cancel,
            WebhookStatus::Proceeded | WebhookStatus::Skipped | WebhookStatus::NotAwaited => false,
        };
        if cancels {
            self.cancelled_by = Some(place);
        }
    }

    /// What became of each webhook. One that is not settled was not awaited.
    pub fn statuses(&self) -> impl Iterator<Item = WebhookStatus> {
        let settled = self.settled.iter();
        settled.map(|status| status.unwrap_or(WebhookStatus::NotAwaited))
    }
}
