//! How long things took, by buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, in seconds: those that Prometheus' client libraries have by
/// default, with two more at either end.
pub(crate) const BOUNDS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How long things took, by buckets. Counts without a lock.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// Those of each bucket alone; what is beyond all bounds is in the last.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    /// In microseconds.
    sum: AtomicU64,
}

impl Histogram {
    /// One more.
    pub(crate) fn observe(&self, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let microseconds = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        self.sum.fetch_add(microseconds, Ordering::Relaxed);
    }

    /// As it is now.
    pub(crate) fn read(&self) -> Durations {
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        let counts = self.buckets.iter().map(|one| one.load(Ordering::Relaxed));
        Durations {
            buckets: bounds.zip(counts).collect(),
            sum: Duration::from_micros(self.sum.load(Ordering::Relaxed)),
        }
    }
}

/// How long things took.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Durations {
    /// Upper bounds in seconds, ascending, the last one infinite; each with how many took no
    /// longer than it, and longer than the bound before.
    pub buckets: Vec<(f64, u64)>,
    /// All together.
    pub sum: Duration,
}

impl Durations {
    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_the_first_bucket_that_it_fits_in() {
        let histogram = Histogram::default();
        for milliseconds in [0, 1, 2, 30_000, 30_001] {
            histogram.observe(Duration::from_millis(milliseconds));
        }
        let read = histogram.read();
        assert_eq!(read.buckets[0], (0.001, 2));
        assert_eq!(read.buckets[1], (0.0025, 1));
        assert_eq!(read.buckets[13], (30.0, 1));
        assert_eq!(read.buckets[14], (f64::INFINITY, 1));
        assert_eq!(read.count(), 5);
        assert_eq!(read.sum, Duration::from_millis(60_004));
    }
}
