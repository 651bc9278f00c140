//! Moments of the runtime's clock, as the core counts them.

use lifecycle::Time;
use tokio::time::Instant;

/// Counts from when it was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(self) -> Time {
        self.time(Instant::now())
    }

    pub(crate) fn time(self, instant: Instant) -> Time {
        Time::from(instant.saturating_duration_since(self.0))
    }

    /// What happened before a restart lies before the clock's start.
    pub(crate) fn instant(self, time: Time) -> Instant {
        let before = Time::default().since(time);
        let start = self.0.checked_sub(before).unwrap_or(self.0);
        start + time.since(Time::default())
    }
}
