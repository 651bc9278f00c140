//! What is seen of a store: what waits in it, how full it is, and how long commits take.

use crate::event::time::since_unix_milliseconds;
use crate::ledger::backlog::Backlog;
use crate::ledger::stored::Ledger;
use crate::observe::histogram::Durations;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What waits is counted no oftener: it takes some milliseconds for each 100,000.
const COUNTED_EVERY: Duration = Duration::from_secs(5);

/// How much a store may hold.
#[cfg(feature = "metrics")]
pub(crate) struct Limits {
    /// Bytes above which history is removed.
    pub history: u64,
    /// Bytes that are free on its disk.
    pub free: u64,
}

impl Ledger {
    /// What waits on disk, as of the last few seconds. Blocks.
    pub(crate) fn backlog(&self) -> Backlog {
        let counted = self.counted.lock();
        let mut counted = counted.unwrap_or_else(PoisonError::into_inner);
        if let Some((when, backlog)) = &*counted
            && when.elapsed() < COUNTED_EVERY
        {
            return Arc::clone(backlog);
        }
        let waiting = match self.store.backlog() {
            Ok(waiting) => waiting,
            // Whoever loads says so.
            Err(_) => return Arc::default(),
        };
        let backlog: Backlog = waiting
            .into_iter()
            .map(|one| {
                (
                    one.webhook,
                    one.deliveries,
                    since_unix_milliseconds(one.oldest),
                )
            })
            .collect();
        *counted = Some((Instant::now(), Arc::clone(&backlog)));
        backlog
    }

    /// Whether nothing is only on disk, but for webhooks that are so.
    pub(crate) fn is_behind_only_for(&self, is_so: &dyn Fn(&str) -> bool) -> bool {
        let is_listed = self.shared.unlisted.load(Ordering::Acquire) == 0;
        is_listed && self.shared.spill().is_only_for(is_so)
    }

    /// Somebody paused a webhook, or resumed it.
    pub(crate) fn paused(&self, webhook: &str, since: Option<SystemTime>) {
        let milliseconds = |since: SystemTime| {
            let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
        };
        self.store.paused(webhook, since.map(milliseconds));
    }

    /// Webhooks that were paused when the store was opened, and since when.
    pub(crate) fn paused_before(&self) -> Vec<(String, SystemTime)> {
        let since = |milliseconds: i64| {
            UNIX_EPOCH + Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default())
        };
        let paused = self.paused.iter();
        paused
            .map(|(name, at)| (name.clone(), since(*at)))
            .collect()
    }

    /// How much it may hold.
    #[cfg(feature = "metrics")]
    pub(crate) fn limits(&self) -> Limits {
        #[cfg(unix)]
        let free = rustix::fs::statvfs(&*self.directory)
            .map_or(0, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
        #[cfg(not(unix))]
        let free = 0;
        Limits {
            history: self.history,
            free,
        }
    }

    /// How long commits took.
    #[cfg(feature = "metrics")]
    pub(crate) fn commits(&self) -> Durations {
        self.shared.commits.read()
    }
}
