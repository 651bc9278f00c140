//! The breaker of a webhook: after it has failed for a while its deliveries wait, until
//! one probe at a time finds it back.
//!
//! Closed, open and half-open, as in Nygard's "Release It!". What counts as a failure
//! is an event that was given up without an answer or with a 5xx, its retries used up:
//! how long an endpoint may be away is what the retries say. Any other answer is a sign
//! of life and closes it, that to a question before an event included. Questions are
//! not held: nobody asks a breaker for them.

use crate::outcome::BreakerState;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row, whatever their time, below which nothing is held.
const FEWEST: u32 = 5;

/// No hold is longer.
const LONGEST: Duration = Duration::from_secs(60);

/// Between two probes of deliveries that have no time to wait for the end of the hold.
pub const EXTRA: Duration = Duration::from_secs(1);

/// When it opens, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A row of failures shorter than this opens nothing.
    pub after: Duration,
    /// The first hold; each probe that fails doubles it, up to a minute. Zero: never.
    pub hold: Duration,
}

/// What an attempt says of its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// An answer that is no 5xx.
    Life,
    /// None, or a 5xx.
    Failure,
    /// Nothing: it did not come to an attempt.
    None,
}

/// A breaker that changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Deliveries wait for so long.
    Opened {
        /// In a row.
        failures: u32,
        /// From the first of them.
        lasting: Duration,
        /// Until the first probe.
        hold: Duration,
    },
    /// A probe failed; deliveries wait for so long again.
    Reopened {
        /// Until the next probe.
        hold: Duration,
    },
    /// One is sent, to see.
    Probing,
    /// Everything is sent again.
    Closed,
}

/// How long a delivery has waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Not for its breaker.
    Not,
    /// For its breaker.
    Some,
    /// So long that its time is about to end.
    Enough,
}

/// Whether something may be sent.
#[derive(Debug)]
pub enum Admission<'a> {
    /// It may.
    Free,
    /// It may, and decides.
    Probe(Probe<'a>),
    /// It may not, until then at the least; none while a probe is out.
    Held(Option<Instant>),
}

/// The right to send while all else is held; another may have it when it is dropped.
#[derive(Debug)]
pub struct Probe<'a> {
    breaker: &'a Breaker,
    /// Which opening it is about.
    round: u64,
    extra: bool,
}

impl Probe<'_> {
    /// Whether it goes out within the hold, since its delivery cannot wait.
    pub fn is_extra(&self) -> bool {
        self.extra
    }
}

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        let mut state = self.breaker.lock();
        if let State::Open(open) = &mut *state
            && open.round == self.round
        {
            open.probing = false;
        }
    }
}

#[derive(Debug)]
enum State {
    Closed {
        failures: u32,
        since: Option<Instant>,
        /// Openings so far.
        rounds: u64,
    },
    Open(Open),
}

#[derive(Debug)]
struct Open {
    round: u64,
    /// Half-open from then on.
    until: Instant,
    hold: Duration,
    probing: bool,
    /// When a probe last went out within the hold.
    extra: Option<Instant>,
}

/// One for each webhook.
#[derive(Debug)]
pub struct Breaker(Mutex<State>);

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(closed(0)))
    }
}

const fn closed(rounds: u64) -> State {
    State::Closed {
        failures: 0,
        since: None,
        rounds,
    }
}

impl Breaker {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks to send a delivery; whoever gets the probe sends at once. One that comes from
    /// elsewhere waits first, behind those that have less time to lose. One that has waited
    /// enough does not wait for the end of the hold, but at most one a second goes out.
    pub fn admit(&self, now: Instant, waited: Waited) -> Admission<'_> {
        let mut state = self.lock();
        let open = match &mut *state {
            State::Closed { .. } => return Admission::Free,
            State::Open(open) => open,
        };
        if open.probing {
            return Admission::Held(None);
        }
        let extra = now < open.until;
        if extra {
            let lately = |last: Instant| now.saturating_duration_since(last) < EXTRA;
            if waited != Waited::Enough || open.extra.is_some_and(lately) {
                return Admission::Held(Some(open.until));
            }
            open.extra = Some(now);
        } else if waited == Waited::Not {
            return Admission::Held(Some(now));
        }
        open.probing = true;
        Admission::Probe(Probe {
            breaker: self,
            round: open.round,
            extra,
        })
    }

    /// As it stands.
    pub fn state(&self) -> BreakerState {
        match &*self.lock() {
            State::Closed { .. } => BreakerState::Closed,
            State::Open(open) if open.probing => BreakerState::HalfOpen,
            State::Open(_) => BreakerState::Open,
        }
    }

    /// Whether everything is sent.
    pub fn is_closed(&self) -> bool {
        matches!(&*self.lock(), State::Closed { .. })
    }

    /// Takes note of an attempt, which may have been the probe; `last` if no retry
    /// follows it.
    pub fn note(
        &self,
        limits: Limits,
        now: Instant,
        sign: Sign,
        probe: Option<&Probe<'_>>,
        last: bool,
    ) -> Option<Change> {
        let mut state = self.lock();
        match (&mut *state, sign) {
            (_, Sign::None) => None,
            (State::Open(open), Sign::Life) => {
                *state = closed(open.round);
                Some(Change::Closed)
            }
            (State::Closed { rounds, .. }, Sign::Life) => {
                *state = closed(*rounds);
                None
            }
            (State::Open(open), Sign::Failure) => {
                // Others begun before it opened, ask before an event, or are beside the
                // hold: they say nothing of how long to wait.
                let probe = probe.filter(|probe| probe.round == open.round && !probe.extra);
                probe?;
                let hold = open.hold.saturating_mul(2).min(LONGEST.max(limits.hold));
                *open = Open {
                    round: open.round,
                    until: now + hold,
                    hold,
                    probing: false,
                    extra: None,
                };
                Some(Change::Reopened { hold })
            }
            (
                State::Closed {
                    failures,
                    since,
                    rounds,
                },
                Sign::Failure,
            ) => {
                if !last || limits.hold.is_zero() {
                    return None;
                }
                *failures += 1;
                let failures = *failures;
                let lasting = now - *since.get_or_insert(now);
                if failures < FEWEST || lasting < limits.after {
                    return None;
                }
                let hold = limits.hold;
                *state = State::Open(Open {
                    round: *rounds + 1,
                    until: now + hold,
                    hold,
                    probing: false,
                    extra: None,
                });
                Some(Change::Opened {
                    failures,
                    lasting,
                    hold,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        after: Duration::from_secs(10),
        hold: Duration::from_secs(5),
    };

    fn fail(breaker: &Breaker, now: Instant) -> Option<Change> {
        breaker.note(LIMITS, now, Sign::Failure, None, true)
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn opens_when_failures_are_many_and_last() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..20 {
            assert_eq!(fail(&breaker, start), None, "many, in no time");
        }
        let opened = Change::Opened {
            failures: 21,
            lasting: seconds(10),
            hold: seconds(5),
        };
        assert_eq!(fail(&breaker, start + seconds(10)), Some(opened));
        let breaker = Breaker::default();
        for second in 0..FEWEST - 1 {
            let now = start + seconds(u64::from(second) * 100);
            assert_eq!(fail(&breaker, now), None, "long, but few");
        }
        breaker.note(LIMITS, start, Sign::Life, None, true);
        assert_eq!(
            fail(&breaker, start + seconds(1000)),
            None,
            "a sign of life"
        );
    }

    #[test]
    fn attempts_that_are_retried_do_not_count() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for second in 0..100 {
            let now = start + seconds(second);
            assert_eq!(breaker.note(LIMITS, now, Sign::Failure, None, false), None);
            assert_eq!(breaker.note(LIMITS, now, Sign::None, None, true), None);
        }
    }

    /// One that opened ten seconds after `start`, until five seconds later.
    fn opened(start: Instant) -> Breaker {
        let breaker = Breaker::default();
        for second in [0, 1, 2, 3, 10] {
            fail(&breaker, start + seconds(second));
        }
        breaker
    }

    fn probe(breaker: &Breaker, now: Instant) -> Probe<'_> {
        match breaker.admit(now, Waited::Some) {
            Admission::Probe(probe) => probe,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let start = Instant::now();
        let breaker = opened(start);
        let until = start + seconds(15);
        let new = breaker.admit(until, Waited::Not);
        assert!(matches!(new, Admission::Held(Some(time)) if time == until));
        let held = breaker.admit(start + seconds(14), Waited::Some);
        assert!(matches!(held, Admission::Held(Some(time)) if time == until));
        let first = probe(&breaker, until);
        assert!(matches!(
            breaker.admit(until, Waited::Some),
            Admission::Held(None)
        ));
        assert!(matches!(
            breaker.admit(until, Waited::Enough),
            Admission::Held(None)
        ));
        drop(first);
        // The one before was dropped.
        let second = probe(&breaker, until);
        let reopened = breaker.note(LIMITS, until, Sign::Failure, Some(&second), true);
        assert_eq!(reopened, Some(Change::Reopened { hold: seconds(10) }));
        drop(second);
        let later = until + seconds(10);
        let third = probe(&breaker, later);
        let closed = breaker.note(LIMITS, later, Sign::Life, Some(&third), true);
        assert_eq!(closed, Some(Change::Closed));
        drop(third);
        assert!(matches!(breaker.admit(later, Waited::Not), Admission::Free));
    }

    #[test]
    fn what_cannot_wait_is_let_out_once_a_second_and_moves_no_hold() {
        let start = Instant::now();
        let breaker = opened(start);
        let now = start + seconds(11);
        let Admission::Probe(extra) = breaker.admit(now, Waited::Enough) else {
            panic!("it was held")
        };
        assert!(extra.is_extra());
        assert!(matches!(
            breaker.admit(now, Waited::Enough),
            Admission::Held(None)
        ));
        let noted = breaker.note(LIMITS, now, Sign::Failure, Some(&extra), true);
        assert_eq!(noted, None);
        drop(extra);
        let held = breaker.admit(now + seconds(1) / 2, Waited::Enough);
        let until = start + seconds(15);
        assert!(matches!(held, Admission::Held(Some(time)) if time == until));
        assert!(matches!(
            breaker.admit(now + seconds(1), Waited::Enough),
            Admission::Probe(_)
        ));
        assert!(!probe(&breaker, until).is_extra());
    }

    #[test]
    fn an_answer_to_a_question_closes_and_a_failure_changes_nothing() {
        let start = Instant::now();
        let breaker = opened(start);
        let now = start + seconds(20);
        let out = probe(&breaker, now);
        for _ in 0..10 {
            assert_eq!(breaker.note(LIMITS, now, Sign::Failure, None, true), None);
        }
        let closed = breaker.note(LIMITS, now, Sign::Life, None, true);
        assert_eq!(closed, Some(Change::Closed));
        // A probe of the time before has no say in the next opening.
        for second in [20, 21, 22, 23, 30] {
            fail(&breaker, start + seconds(second));
        }
        let late = breaker.note(LIMITS, now, Sign::Failure, Some(&out), true);
        assert_eq!(late, None);
        let _second = probe(&breaker, start + seconds(40));
        drop(out);
        let held = breaker.admit(start + seconds(40), Waited::Some);
        assert!(matches!(held, Admission::Held(None)));
    }

    #[test]
    fn holds_no_longer_than_a_minute_and_not_at_all_without_one() {
        let start = Instant::now();
        let breaker = opened(start);
        let mut now = start + seconds(15);
        for hold in [10, 20, 40, 60, 60] {
            let probe = probe(&breaker, now);
            let reopened = breaker.note(LIMITS, now, Sign::Failure, Some(&probe), false);
            assert_eq!(
                reopened,
                Some(Change::Reopened {
                    hold: seconds(hold)
                })
            );
            now += seconds(hold);
        }
        let never = Limits {
            hold: Duration::ZERO,
            ..LIMITS
        };
        let breaker = Breaker::default();
        for second in 0..100 {
            let now = start + seconds(second);
            assert_eq!(breaker.note(never, now, Sign::Failure, None, true), None);
        }
    }
}
