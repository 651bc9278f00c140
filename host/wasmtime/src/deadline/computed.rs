//! The processor's time that this process has had.

use std::sync::OnceLock;
use std::time::Duration;
use tokio::time::Instant;

/// What this process computed between two looks. There is none before the first, so that
/// whoever waits for one slice only does not pay for it.
#[derive(Debug, Default)]
pub(super) struct Computed(Option<(Instant, Duration)>);

/// What was computed since a look.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// So long ago.
    pub(super) looked_before: Duration,
    /// By all threads.
    pub(super) time: Duration,
}

impl Computed {
    pub(super) fn since_the_last_look(&mut self, now: Instant) -> Since {
        let time = processor_time();
        let last = std::mem::replace(&mut self.0, time.map(|time| (now, time)));
        let since = last.zip(time).map(|((looked, before), time)| Since {
            looked_before: now.saturating_duration_since(looked),
            time: time.saturating_sub(before),
        });
        since.unwrap_or_default()
    }
}

/// That this process may use at a time.
pub(crate) fn processors() -> u32 {
    static PROCESSORS: OnceLock<u32> = OnceLock::new();
    *PROCESSORS.get_or_init(|| {
        let known = std::thread::available_parallelism();
        known.map_or(1, |count| u32::try_from(count.get()).unwrap_or(1))
    })
}

/// The processor's time that this process has had.
#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}

#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}
