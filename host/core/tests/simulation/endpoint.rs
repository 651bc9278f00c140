//! Endpoints, which do whatever endpoints do.

use crate::webhook::pick;
use lifecycle::{Health, Time};
use std::time::Duration;

/// What an attempt finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 200.
    Good,
    /// A cancel's content type.
    Veto,
    /// 400.
    Refused,
    /// 410.
    Gone,
    /// 429, which is retried though it is up.
    Busy,
    /// 503.
    Unavailable,
    /// None by the deadline, or none at all.
    Nothing,
    /// The machine had no descriptor for the request.
    Lacking,
    /// It never came to a request: no signature.
    Unsent,
}

impl Answer {
    /// By the contract: below 500 it is up.
    pub const fn health(self) -> Option<Health> {
        match self {
            Self::Good | Self::Veto | Self::Refused | Self::Gone | Self::Busy => Some(Health::Up),
            Self::Unavailable | Self::Nothing => Some(Health::Down),
            Self::Lacking | Self::Unsent => None,
        }
    }
}

#[derive(Debug)]
pub struct Endpoint {
    usual: Answer,
    slow: Duration,
}

impl Endpoint {
    pub fn random(chance: &mut fastrand::Rng) -> Self {
        use Answer::{Busy, Gone, Good, Lacking, Nothing, Refused, Unavailable, Unsent, Veto};
        let usual = [
            Good,
            Good,
            Good,
            Veto,
            Refused,
            Gone,
            Busy,
            Unavailable,
            Unavailable,
            Nothing,
            Nothing,
            Nothing,
            Lacking,
            Unsent,
        ];
        Self {
            usual: *pick(chance, &usual),
            slow: Duration::from_millis(*pick(chance, &[0, 1, 30, 2_000, 40_000])),
        }
    }

    /// What comes, and when; nothing that comes later than the deadline counts.
    pub fn answer(&self, now: Time, deadline: Time, chance: &mut fastrand::Rng) -> (Time, Answer) {
        let at = now + Duration::from_nanos(chance.u64(0..=self.slow.as_nanos() as u64));
        // Now and then it does something else.
        let answer = if chance.u8(0..10) == 0 {
            Self::random(chance).usual
        } else {
            self.usual
        };
        match answer {
            Answer::Lacking | Answer::Unsent => (now, answer),
            _ if at > deadline => (deadline, Answer::Nothing),
            // Refused at once, or silent until the end.
            Answer::Nothing if chance.bool() => (deadline, Answer::Nothing),
            _ => (at, answer),
        }
    }
}
