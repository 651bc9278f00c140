//! When a call has run for too long: by the time that the processor gave it.
//!
//! The clock of the engine knows wall time alone, and on a busy machine a thread may
//! stand still for longer than any call should take. So a call whose wall time is over
//! gets as much again, until the processor has worked so long for it.

use std::time::Duration;
use wasmtime::UpdateDeadline;

/// The limit of one call.
#[derive(Debug, Default)]
pub(crate) struct TimeLimit {
    /// Of the processor, beyond the first wall time.
    most: Duration,
    /// The same in ticks of the engine's clock.
    ticks: u64,
    /// What the thread had used when the first wall time was over.
    used: Option<Duration>,
}

impl TimeLimit {
    /// Of so much time, which is so many ticks.
    pub(crate) fn new(most: Duration, ticks: u64) -> Self {
        Self {
            most,
            ticks,
            used: None,
        }
    }

    /// What to do with a call when its ticks are over. One that does compute ends after
    /// twice its time.
    pub(crate) fn reached(&mut self) -> UpdateDeadline {
        let Some(now) = of_this_thread() else {
            return UpdateDeadline::Interrupt;
        };
        if now - *self.used.get_or_insert(now) >= self.most {
            return UpdateDeadline::Interrupt;
        }
        UpdateDeadline::Continue(self.ticks)
    }
}

/// The processor's time for this thread, where the system tells it.
#[cfg(unix)]
pub(crate) fn of_this_thread() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).ok()
}

#[cfg(not(unix))]
pub fn of_this_thread() -> Option<Duration> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn whoever_computes_is_stopped_and_whoever_waits_is_not() {
        let most = Duration::from_millis(20);
        let mut limit = TimeLimit::new(most, 7);
        let goes_on =
            |limit: &mut TimeLimit| matches!(limit.reached(), UpdateDeadline::Continue(7));
        assert!(goes_on(&mut limit));
        std::thread::sleep(3 * most);
        assert!(goes_on(&mut limit), "it stood still");
        let before = of_this_thread();
        while of_this_thread()
            .zip(before)
            .is_some_and(|(now, before)| now - before < most)
        {}
        assert!(matches!(limit.reached(), UpdateDeadline::Interrupt));
    }
}
