//! What deliveries and questions of one webhook share, and what an attempt at it is.

use crate::breaker::{Breaker, BreakerLimits, Change, Health, Probe};
use crate::time::Time;
use std::time::Duration;

/// What a delivery needs beyond the time of a probe to be sent within its own.
const RESERVE: Duration = Duration::from_secs(2);

/// What is known of a webhook since the configuration was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WebhookState {
    gone: bool,
    paused: Option<Time>,
    /// Of its deliveries.
    pub breaker: Breaker,
}

impl WebhookState {
    /// Whether its endpoint said that it is gone (410): nothing is sent to it until the
    /// configuration is loaded again.
    #[must_use]
    pub const fn is_gone(&self) -> bool {
        self.gone
    }

    /// Switches it off; whether it was on.
    pub const fn switch_off(&mut self) -> bool {
        !std::mem::replace(&mut self.gone, true)
    }

    /// Since when its deliveries wait, if somebody paused it. Questions are asked still: a veto
    /// that was not asked for is a veto lost.
    #[must_use]
    pub const fn paused(&self) -> Option<Time> {
        self.paused
    }

    /// Its deliveries wait from now on; their patience does not run.
    pub fn pause(&mut self, now: Time) {
        self.paused.get_or_insert(now);
    }

    /// Its deliveries go on, with [`crate::Deliveries::resume`].
    pub const fn resume(&mut self) {
        self.paused = None;
    }

    /// Takes note of a result, for the breaker and for good.
    pub(crate) fn note(
        &mut self,
        limits: &Limits,
        now: Time,
        result: AttemptResult,
        probe: Option<Probe>,
        last: bool,
    ) -> Noted {
        Noted {
            change: self
                .breaker
                .note(limits.breaker, now, result.health, probe, last),
            switched_off: result.verdict == Verdict::Gone && self.switch_off(),
        }
    }
}

/// What a result did to its webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Its breaker changed.
    pub change: Option<Change>,
    /// It has just been switched off.
    pub switched_off: bool,
}

/// The bounds that an operator set for a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of one attempt.
    pub timeout: Duration,
    /// How long a delivery may wait, from when it could first have been sent.
    pub patience: Duration,
    /// A delivery that was restored is given up after so many attempts. Of all others their
    /// results say whether they are tried again.
    pub max_tries: u32,
    /// When its breaker opens.
    pub breaker: BreakerLimits,
}

/// How long a delivery without retries waits for a breaker.
const PATIENCE: Duration = Duration::from_secs(180);

impl Limits {
    /// Those of a webhook. A delivery may wait as long as its retries have, `max_time`; one
    /// without retries waits for three minutes.
    #[must_use]
    pub const fn new(
        timeout: Duration,
        max_tries: u32,
        max_time: Duration,
        breaker: BreakerLimits,
    ) -> Self {
        let patience = match max_tries {
            1 => PATIENCE,
            _ => max_time,
        };
        Self {
            timeout,
            patience,
            max_tries,
            breaker,
        }
    }

    /// The last part of a delivery's time: if a probe fails in it as slowly as it may,
    /// another one is answered and tells the delivery still, if the endpoint is back.
    pub(crate) fn reserve(&self) -> Duration {
        self.timeout.saturating_add(RESERVE).min(self.patience / 2)
    }
}

/// An attempt that is to be made at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Counts from 1.
    pub number: u32,
    /// When the first attempt began, or could have begun but was held.
    pub first: Time,
    /// No answer counts after this.
    pub deadline: Time,
    /// Its breaker is half-open for it.
    pub probe: Option<Probe>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptResult {
    /// What is to be done.
    pub verdict: Verdict,
    /// What it shows of the endpoint; none if it did not come to a request.
    pub health: Option<Health>,
}

/// What an attempt came to; why is up to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The answer is good.
    Delivered,
    /// The event is not to happen.
    Cancel,
    /// Try again after so long.
    Retry(Duration),
    /// For good.
    Failed,
    /// For good, and the webhook is switched off.
    Gone,
    /// This machine lacked something: that says nothing of the webhook.
    Lacking,
}
