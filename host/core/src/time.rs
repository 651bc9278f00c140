//! Moments, as the host counts them.

use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment: nanoseconds since a start that the host chose. It only goes on, like the
/// monotonic clock that it is taken from. What a delivery went through before a restart lies
/// before that start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

impl Time {
    /// So many nanoseconds after the start; 292 years at the most.
    #[must_use]
    pub fn from_nanos(nanoseconds: u64) -> Self {
        Self(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
    }

    /// Nanoseconds after the start; zero before it.
    #[must_use]
    pub fn as_nanos(self) -> u64 {
        u64::try_from(self.0).unwrap_or(0)
    }

    /// How long ago `earlier` was; zero if it is still to come.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(Self(self.0.saturating_sub(earlier.0)).as_nanos())
    }
}

impl From<Duration> for Time {
    /// So long after the start; 292 years at the most.
    fn from(since_start: Duration) -> Self {
        Self(i64::try_from(since_start.as_nanos()).unwrap_or(i64::MAX))
    }
}

impl Add<Duration> for Time {
    type Output = Self;

    fn add(self, later: Duration) -> Self {
        Self(self.0.saturating_add(Self::from(later).0))
    }
}

impl Sub<Duration> for Time {
    type Output = Self;

    fn sub(self, earlier: Duration) -> Self {
        Self(self.0.saturating_sub(Self::from(earlier).0))
    }
}
