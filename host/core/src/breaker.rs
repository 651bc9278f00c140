//! The breaker of a webhook: after it has failed for a while its deliveries wait, until
//! one probe at a time finds it back.
//!
//! Closed, open and half-open, as in Nygard's "Release It!". What counts as a failure is an
//! event that was given up without an answer or with a 5xx, its retries used up: how long an
//! endpoint may be away is what the retries say. Any other answer, that to a question before
//! an event included, shows that it is up and closes the breaker. Questions are not held:
//! nobody asks a breaker for them.

use crate::time::Time;
use std::time::Duration;

/// Failures in a row, whatever their time, below which nothing is held.
const FEWEST: u32 = 5;

/// No hold is longer, unless the first one is.
const LONGEST: Duration = Duration::from_secs(60);

/// Between two probes of deliveries that have no time to wait for the end of the hold.
pub const EXTRA: Duration = Duration::from_secs(1);

/// When a breaker opens, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BreakerLimits {
    /// A row of failures shorter than this opens nothing.
    pub after: Duration,
    /// The first hold; each probe that fails doubles it, up to a minute. Zero: never open.
    pub hold: Duration,
}

/// What an attempt shows of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// It answered, and not with a 5xx.
    Up,
    /// It did not answer, or with a 5xx.
    Down,
}

/// A breaker changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Deliveries wait.
    Opened {
        /// In a row.
        failures: u32,
        /// From the first of them to the last.
        lasting: Duration,
        /// Until the first probe.
        hold: Duration,
    },
    /// A probe failed; deliveries wait again.
    Reopened {
        /// Until the next probe.
        hold: Duration,
    },
    /// Everything is sent again.
    Closed,
}

/// How long a delivery has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waited {
    /// Not for its breaker.
    Not,
    /// For its breaker.
    Some,
    /// So long that its time is about to end.
    Enough,
}

/// Whether a delivery may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Free,
    /// It may, and decides.
    Probe(Probe),
    /// It may not, until then at the least; none while a probe is out.
    Held(Option<Time>),
}

/// The right to send while all else is held. It is given back with the result of its
/// attempt, or by [`Breaker::release`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// Which opening it is about.
    round: u64,
    /// Within the hold, since its delivery cannot wait.
    extra: bool,
}

impl Probe {
    /// Whether it is sent within the hold, since its delivery cannot wait for the end.
    #[must_use]
    pub const fn is_extra(self) -> bool {
        self.extra
    }
}

/// One for each webhook.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Breaker {
    state: State,
    /// When a probe was last sent within a hold.
    extra: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    Closed {
        failures: u32,
        since: Option<Time>,
        /// Openings so far.
        rounds: u64,
    },
    Open(Open),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Open {
    round: u64,
    /// Half-open from then on.
    until: Time,
    hold: Duration,
    probing: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: closed(0),
            extra: None,
        }
    }
}

const fn closed(rounds: u64) -> State {
    State::Closed {
        failures: 0,
        since: None,
        rounds,
    }
}

const fn opened(round: u64, until: Time, hold: Duration) -> State {
    State::Open(Open {
        round,
        until,
        hold,
        probing: false,
    })
}

impl Breaker {
    /// Asks to send a delivery; whoever gets the probe sends at once. One that comes from
    /// elsewhere waits first, behind those that have less time to lose. One that has waited
    /// enough does not wait for the end of the hold, but at most one a second is sent.
    pub fn admit(&mut self, now: Time, waited: Waited) -> Admission {
        let State::Open(open) = &mut self.state else {
            return Admission::Free;
        };
        if open.probing {
            return Admission::Held(None);
        }
        let extra = now < open.until;
        if extra {
            let lately = |last: Time| now.since(last) < EXTRA;
            if waited != Waited::Enough || self.extra.is_some_and(lately) {
                return Admission::Held(Some(open.until));
            }
            self.extra = Some(now);
        } else if waited == Waited::Not {
            return Admission::Held(Some(now));
        }
        open.probing = true;
        Admission::Probe(Probe {
            round: open.round,
            extra,
        })
    }

    /// Whether everything is sent.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// Whether a probe is out.
    #[must_use]
    pub const fn is_probing(&self) -> bool {
        matches!(self.state, State::Open(Open { probing: true, .. }))
    }

    /// Gives a probe back whose attempt came to no result; another may have it.
    pub fn release(&mut self, probe: Probe) {
        if let State::Open(open) = &mut self.state
            && open.round == probe.round
        {
            open.probing = false;
        }
    }

    /// Takes note of an attempt, which may have been the probe; `last` if its event is not
    /// tried again. Without a health it did not come to an attempt.
    pub fn note(
        &mut self,
        limits: BreakerLimits,
        now: Time,
        health: Option<Health>,
        probe: Option<Probe>,
        last: bool,
    ) -> Option<Change> {
        let change = match health {
            None => None,
            Some(Health::Up) => self.up(),
            Some(Health::Down) => self.down(limits, now, probe, last),
        };
        if let Some(probe) = probe {
            self.release(probe);
        }
        change
    }

    fn up(&mut self) -> Option<Change> {
        let (rounds, change) = match self.state {
            State::Open(Open { round, .. }) => (round, Some(Change::Closed)),
            State::Closed { rounds, .. } => (rounds, None),
        };
        self.state = closed(rounds);
        change
    }

    fn down(
        &mut self,
        limits: BreakerLimits,
        now: Time,
        probe: Option<Probe>,
        last: bool,
    ) -> Option<Change> {
        match &mut self.state {
            State::Open(open) => {
                // Others began before it opened, ask before an event, or are beside the
                // hold: they say nothing of how long to wait.
                probe.filter(|probe| probe.round == open.round && !probe.extra)?;
                let hold = open.hold.saturating_mul(2).min(LONGEST.max(limits.hold));
                self.state = opened(open.round, now + hold, hold);
                Some(Change::Reopened { hold })
            }
            State::Closed {
                failures,
                since,
                rounds,
            } => {
                if !last || limits.hold.is_zero() {
                    return None;
                }
                *failures += 1;
                let failures = *failures;
                let lasting = now.since(*since.get_or_insert(now));
                if failures < FEWEST || lasting < limits.after {
                    return None;
                }
                let hold = limits.hold;
                self.state = opened(*rounds + 1, now + hold, hold);
                Some(Change::Opened {
                    failures,
                    lasting,
                    hold,
                })
            }
        }
    }
}
