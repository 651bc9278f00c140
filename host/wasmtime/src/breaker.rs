//! The breaker of a webhook: after it has failed for a while nothing is sent, until one
//! probe at a time finds it back.
//!
//! Closed, open and half-open, as in Nygard's "Release It!". What counts as a failure
//! is an event that was given up without an answer or with a 5xx, its retries used up:
//! how long an endpoint may be away is what the retries say. Any other answer is a sign
//! of life and closes it.

use crate::time;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row, whatever their time, below which nothing is held.
const FEWEST: u32 = 5;

/// No hold is longer.
const LONGEST: Duration = Duration::from_secs(60);

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
    /// Nothing is sent for so long.
    Opened {
        /// In a row.
        failures: u32,
        /// From the first of them.
        lasting: Duration,
        /// Until the first probe.
        hold: Duration,
    },
    /// A probe failed; nothing is sent for so long again.
    Reopened {
        /// Until the next probe.
        hold: Duration,
    },
    /// One is sent, to see.
    Probing,
    /// Everything is sent again.
    Closed,
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

/// Why something is held, for people.
pub fn explain(until: Option<Instant>) -> String {
    let until = match until.map(|until| until.saturating_duration_since(Instant::now())) {
        Some(left) => format!("for {} more", time::display(left)),
        None => "until a probe is answered".to_owned(),
    };
    format!("switched off {until}: its breaker is open, since it kept failing")
}

/// The right to send while all else is held; another may have it when it is dropped.
#[derive(Debug)]
pub struct Probe<'a>(&'a Breaker);

impl Drop for Probe<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if let State::Open(open) = &mut *state {
            open.probing = false;
        }
    }
}

#[derive(Debug)]
enum State {
    Closed {
        failures: u32,
        since: Option<Instant>,
    },
    Open(Open),
}

#[derive(Debug)]
struct Open {
    /// Half-open from then on.
    until: Instant,
    hold: Duration,
    probing: bool,
}

/// One for each webhook.
#[derive(Debug)]
pub struct Breaker(Mutex<State>);

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(CLOSED))
    }
}

const CLOSED: State = State::Closed {
    failures: 0,
    since: None,
};

impl Breaker {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks to send; whoever gets the probe sends at once.
    pub fn admit(&self, now: Instant) -> Admission<'_> {
        match &mut *self.lock() {
            State::Closed { .. } => Admission::Free,
            State::Open(open) if now < open.until => Admission::Held(Some(open.until)),
            State::Open(open) if open.probing => Admission::Held(None),
            State::Open(open) => {
                open.probing = true;
                Admission::Probe(Probe(self))
            }
        }
    }

    /// Why something new is not accepted, for people.
    pub fn holds(&self, now: Instant) -> Option<String> {
        let State::Open(open) = &*self.lock() else {
            return None;
        };
        let until = (now < open.until).then_some(open.until);
        (until.is_some() || open.probing).then(|| explain(until))
    }

    /// Whether everything is sent.
    pub fn is_closed(&self) -> bool {
        matches!(&*self.lock(), State::Closed { .. })
    }

    /// Takes note of an attempt; `last` if no retry follows it.
    pub fn note(
        &self,
        limits: Limits,
        now: Instant,
        sign: Sign,
        probe: bool,
        last: bool,
    ) -> Option<Change> {
        let mut state = self.lock();
        match (&mut *state, sign) {
            (_, Sign::None) => None,
            (State::Open(_), Sign::Life) => {
                *state = CLOSED;
                Some(Change::Closed)
            }
            (State::Closed { .. }, Sign::Life) => {
                *state = CLOSED;
                None
            }
            (State::Open(open), Sign::Failure) if probe => {
                let hold = open.hold.saturating_mul(2).min(LONGEST.max(limits.hold));
                *state = State::Open(Open {
                    until: now + hold,
                    hold,
                    probing: false,
                });
                Some(Change::Reopened { hold })
            }
            // Begun before it opened.
            (State::Open(_), Sign::Failure) => None,
            (State::Closed { failures, since }, Sign::Failure) => {
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
                    until: now + hold,
                    hold,
                    probing: false,
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
        breaker.note(LIMITS, now, Sign::Failure, false, true)
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
        breaker.note(LIMITS, start, Sign::Life, false, true);
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
            assert_eq!(breaker.note(LIMITS, now, Sign::Failure, false, false), None);
            assert_eq!(breaker.note(LIMITS, now, Sign::None, false, true), None);
        }
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for second in [0, 1, 2, 3, 10] {
            fail(&breaker, start + seconds(second));
        }
        let until = start + seconds(15);
        assert!(
            breaker
                .holds(start + seconds(12))
                .unwrap()
                .contains(" more")
        );
        let held = breaker.admit(start + seconds(14));
        assert!(matches!(held, Admission::Held(Some(time)) if time == until));
        assert_eq!(
            breaker.holds(until),
            None,
            "half-open: the next is the probe"
        );
        let probe = breaker.admit(until);
        assert!(matches!(probe, Admission::Probe(_)));
        assert!(matches!(breaker.admit(until), Admission::Held(None)));
        assert!(breaker.holds(until).unwrap().contains("probe"));
        drop(probe);
        let probe = breaker.admit(until);
        assert!(
            matches!(probe, Admission::Probe(_)),
            "the one before was dropped"
        );
        let reopened = breaker.note(LIMITS, until, Sign::Failure, true, true);
        assert_eq!(reopened, Some(Change::Reopened { hold: seconds(10) }));
        drop(probe);
        let later = until + seconds(10);
        let probe = breaker.admit(later);
        let closed = breaker.note(LIMITS, later, Sign::Life, true, true);
        assert_eq!(closed, Some(Change::Closed));
        drop(probe);
        assert!(matches!(breaker.admit(later), Admission::Free));
    }

    #[test]
    fn holds_no_longer_than_a_minute_and_not_at_all_without_one() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for second in [0, 1, 2, 3, 10] {
            fail(&breaker, start + seconds(second));
        }
        let mut now = start + seconds(15);
        for hold in [10, 20, 40, 60, 60] {
            let _probe = breaker.admit(now);
            let reopened = breaker.note(LIMITS, now, Sign::Failure, true, false);
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
            assert_eq!(breaker.note(never, now, Sign::Failure, false, true), None);
        }
    }
}
