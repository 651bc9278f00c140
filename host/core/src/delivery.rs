//! One delivery of an after event or a message to one webhook, from its acceptance until it
//! is settled.

use crate::breaker::{Admission, EXTRA, Probe, Waited};
use crate::time::Time;
use crate::webhook::{Attempt, AttemptResult, Limits, Noted, Verdict, WebhookState};
use std::time::Duration;

/// How long a delivery is put back that this machine lacked something for.
pub const LACKING: Duration = Duration::from_secs(1);

/// Used up by a delivery that was held before its first attempt, at least: what has used
/// nothing was never held.
const HELD: Duration = Duration::from_millis(1);

/// The state of a delivery that is not settled.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Delivery {
    attempts: u32,
    first: Option<Time>,
    held: bool,
    probe: Option<Probe>,
    /// Until its first turn. Whoever began its last attempt may have died in it, so that
    /// nobody judged it.
    restored: Option<Time>,
    /// Its patience stands still since then, for its webhook is paused.
    paused: Option<Time>,
}

/// How far a delivery has come: all of it that is written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeliveryProgress {
    /// Attempts that began, one that is under way included: what kills the process that
    /// sends it is not tried for ever.
    pub attempts: u32,
    /// What is used up of its patience, not counting the wait that follows. Beside waits only
    /// time counts in which a process ran.
    pub spent: Duration,
}

/// What is to be done with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make this attempt now.
    Send(Attempt),
    /// Come again then.
    Wait(Time),
    /// It is over.
    Settle(Settled),
}

/// The way in which a delivery ends while there is time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It got through.
    Delivered,
    /// It is given up.
    Failed(Cause),
}

/// Why a delivery is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its last attempt says. If that was cut off by the end of its process, there is no
    /// other one left.
    Attempt,
    /// Its webhook is switched off.
    SwitchedOff,
    /// Its time ran out in the queue.
    Late,
    /// Its time ran out while the breaker was open.
    Held,
    /// This machine lacks something, and no time is left to wait for it.
    Lacking,
}

impl Delivery {
    /// Attempts that were made so far, one that is under way included.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// When the first attempt began, or could have begun but was held. For one that was
    /// restored it may lie before the host's clock began.
    #[must_use]
    pub const fn first(&self) -> Option<Time> {
        self.first
    }

    /// How far it has come by now, to be written down.
    #[must_use]
    pub fn progress(&self, now: Time) -> DeliveryProgress {
        let now = self.paused.unwrap_or(now);
        let least = if self.held && self.attempts == 0 {
            HELD
        } else {
            Duration::ZERO
        };
        let spent = self.first.map_or(Duration::ZERO, |first| now.since(first));
        DeliveryProgress {
            attempts: self.attempts,
            spent: spent.max(least),
        }
    }

    /// One that was written down goes on: it has the time that it had left. One that was
    /// never sent, nor held, begins anew.
    #[must_use]
    pub fn restored(progress: DeliveryProgress, now: Time) -> Self {
        let DeliveryProgress { attempts, spent } = progress;
        Self {
            attempts,
            first: (progress != DeliveryProgress::default()).then(|| now - spent),
            restored: Some(now),
            ..Self::default()
        }
    }

    /// A part of its wait is over that is not in what was written down. All of that wait was
    /// within its patience, so that none of it is given once more, whoever was there.
    pub(crate) fn has_waited(&mut self, waited: Duration) {
        if let Some(first) = &mut self.first {
            *first = *first - waited;
        }
    }

    /// Whether it waits for the breaker of its webhook, and not for its own time.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.held
    }

    /// It is its turn, and whether it stands still, since its webhook is paused. Of the time
    /// that it waited since, for whatever, none counts.
    pub(crate) fn pauses(&mut self, webhook: &WebhookState) -> bool {
        // What it waited before it was restored does not count anyway.
        let from = self.first.max(self.restored);
        let since = |paused| from.map_or(paused, |from| from.max(paused));
        self.paused = webhook.paused().map(since);
        self.paused.is_some()
    }

    /// Its webhook is not paused any more.
    pub(crate) fn resume(&mut self, now: Time) {
        if let (Some(paused), Some(first)) = (self.paused.take(), &mut self.first) {
            *first = *first + now.since(paused);
        }
    }

    /// It is its turn: an attempt could be made now.
    pub fn next(&mut self, webhook: &mut WebhookState, limits: &Limits, now: Time) -> Step {
        if webhook.is_gone() {
            return Step::Settle(Settled::Failed(Cause::SwitchedOff));
        }
        if self.restored.take().is_some() && self.attempts >= limits.max_tries {
            return Step::Settle(Settled::Failed(Cause::Attempt));
        }
        let first = *self.first.get_or_insert(now);
        let passed = now.since(first);
        let Some(left) = limits.patience.checked_sub(passed) else {
            let cause = if self.held { Cause::Held } else { Cause::Late };
            return Step::Settle(Settled::Failed(cause));
        };
        let reserve = limits.reserve();
        let waited = match self.held {
            _ if left <= reserve => Waited::Enough,
            true => Waited::Some,
            false => Waited::Not,
        };
        match webhook.breaker.admit(now, waited) {
            Admission::Free => self.send(first, None, limits, now),
            Admission::Probe(probe) => self.send(first, Some(probe), limits, now),
            Admission::Held(_) if left.is_zero() => Step::Settle(Settled::Failed(Cause::Held)),
            Admission::Held(until) => {
                let until = until.unwrap_or(now + limits.timeout).since(now);
                let wait = if waited == Waited::Enough {
                    until.min(EXTRA).min(left)
                } else {
                    until.min(left - reserve)
                };
                self.held = true;
                Step::Wait(now + wait)
            }
        }
    }

    fn send(&mut self, first: Time, probe: Option<Probe>, limits: &Limits, now: Time) -> Step {
        self.attempts += 1;
        self.held = false;
        self.probe = probe;
        Step::Send(Attempt {
            number: self.attempts,
            first,
            deadline: now + limits.timeout,
            probe,
        })
    }

    /// Its attempt came to a result.
    pub fn finished(
        &mut self,
        webhook: &mut WebhookState,
        limits: &Limits,
        result: AttemptResult,
        now: Time,
    ) -> (Step, Noted) {
        let last = !matches!(result.verdict, Verdict::Retry(_) | Verdict::Lacking);
        let noted = webhook.note(limits, now, result, self.probe.take(), last);
        let step = match result.verdict {
            Verdict::Delivered => Step::Settle(Settled::Delivered),
            Verdict::Retry(wait) => Step::Wait(now + wait),
            Verdict::Lacking => self.put_back(limits, now),
            // A cancel comes too late here; a host that hears one has said so.
            Verdict::Cancel | Verdict::Failed | Verdict::Gone => {
                Step::Settle(Settled::Failed(Cause::Attempt))
            }
        };
        (step, noted)
    }

    fn put_back(&mut self, limits: &Limits, now: Time) -> Step {
        // It did not come to an attempt.
        self.attempts = self.attempts.saturating_sub(1);
        let passed = self.first.map_or(Duration::ZERO, |first| now.since(first));
        if passed + LACKING > limits.patience {
            return Step::Settle(Settled::Failed(Cause::Lacking));
        }
        Step::Wait(now + LACKING)
    }

    /// Its attempt came to no result, and it is given up.
    pub fn abandon(&mut self, webhook: &mut WebhookState) {
        if let Some(probe) = self.probe.take() {
            webhook.breaker.release(probe);
        }
    }
}
