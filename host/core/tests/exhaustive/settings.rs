//! What a small world begins with, and what can happen in it.

use lifecycle::{AttemptResult, BreakerLimits, Health, Limits, OnError, Verdict};
use std::time::Duration;

pub const SECOND: Duration = Duration::from_secs(1);

pub const LIMITS: Limits = Limits {
    timeout: SECOND,
    patience: Duration::from_secs(2),
    max_tries: 2,
    breaker: BreakerLimits {
        after: Duration::ZERO,
        hold: SECOND,
    },
};

/// Of the event's time, from when it is asked.
pub const BUDGET: Duration = Duration::from_secs(2);

/// What an endpoint may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Good,
    Veto,
    Nothing,
    Gone,
}

pub const ANSWERS: [Answer; 4] = [Answer::Good, Answer::Veto, Answer::Nothing, Answer::Gone];

impl Answer {
    /// Retried once after an event, for as long as there is time before it.
    pub fn result(self, number: u32, before: bool) -> AttemptResult {
        let retry = before || number < 2;
        let verdict = match self {
            Self::Good => Verdict::Delivered,
            Self::Veto => Verdict::Cancel,
            Self::Nothing if retry => Verdict::Retry(SECOND),
            Self::Nothing => Verdict::Failed,
            Self::Gone => Verdict::Gone,
        };
        let up = self != Self::Nothing;
        let health = if up { Health::Up } else { Health::Down };
        AttemptResult {
            verdict,
            health: Some(health),
        }
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    Event,
    Answer(usize, Answer),
    Time,
    End,
}

/// The kinds of events of a world, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Before,
    After,
}

/// What a search begins with.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub events: [Side; 3],
    pub on_error: [OnError; 2],
    /// Failures of both webhooks before it.
    pub failures: u32,
    pub shared_endpoint: bool,
}
