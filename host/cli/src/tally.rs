//! What `run` came to.

use super::bad_lines::BadLines;
use super::exit::Exit;
use super::output::{Counts, Output};
use super::units;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// What went wrong, in numbers.
#[derive(Debug)]
pub struct Tally {
    pub bad_lines: Mutex<BadLines>,
    /// The line that is being handled; 0 between two.
    pub at_line: AtomicU64,
    /// Events and messages that have an outcome.
    pub events: AtomicU64,
    pub interrupted: bool,
    /// Something went wrong with the store.
    pub store_failed: bool,
    began: Instant,
}

impl Tally {
    /// Nothing is done yet.
    pub fn new() -> Self {
        Self {
            bad_lines: Mutex::default(),
            at_line: AtomicU64::new(0),
            events: AtomicU64::new(0),
            interrupted: false,
            store_failed: false,
            began: Instant::now(),
        }
    }

    /// Nothing was begun.
    pub fn interrupted() -> Self {
        Self {
            interrupted: true,
            ..Self::new()
        }
    }

    /// Says it in the log; how the command ends.
    pub fn exit(&self, output: &Output) -> Exit {
        let mut lines = lock(&self.bad_lines);
        lines.end();
        let bad = lines.count();
        let counts = &output.counts;
        tracing::info!(
            delivered = counts.delivered.load(Ordering::Relaxed),
            failed = counts.failed.load(Ordering::Relaxed),
            undelivered = counts.undelivered.load(Ordering::Relaxed),
            rejected = counts.rejected.load(Ordering::Relaxed),
            bad_lines = bad,
            breakers_opened = counts.opened.load(Ordering::Relaxed),
            "done"
        );
        if bad + counts.lost() == 0 && !self.interrupted && !self.store_failed {
            return Exit::Done;
        }
        // Whoever sees no more than what went wrong sees how much did.
        tracing::warn!("{}", self.summary(bad, counts));
        Exit::Failed
    }

    /// `10 events: 9 delivered, 1 failed in 1.2s`
    fn summary(&self, bad_lines: u64, counts: &Counts) -> String {
        let events = self.events.load(Ordering::Relaxed);
        let delivered = counts.delivered.load(Ordering::Relaxed);
        let others = [
            (counts.failed.load(Ordering::Relaxed), "failed"),
            (counts.undelivered.load(Ordering::Relaxed), "undelivered"),
            (counts.rejected.load(Ordering::Relaxed), "rejected"),
            (counts.unpublished.load(Ordering::Relaxed), "not published"),
            (bad_lines, "bad lines"),
        ];
        let others = others.into_iter().filter(|(count, _)| *count > 0);
        let others: String = others
            .map(|(count, what)| match (count, what) {
                (1, "bad lines") => ", 1 bad line".to_owned(),
                _ => format!(", {count} {what}"),
            })
            .collect();
        let plural = if events == 1 { "" } else { "s" };
        let time = units::rough(self.began.elapsed());
        format!("{events} event{plural}: {delivered} delivered{others} in {time}")
    }
}

/// What is kept for one line at a time.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_not_in_the_summary() {
        let (tally, counts) = (Tally::new(), Counts::default());
        let said = |bad| {
            let said = tally.summary(bad, &counts);
            let (said, time) = said.split_once(" in ").unwrap_or_default();
            assert!(rules::duration::parse(time).is_ok(), "{time}");
            said.to_owned()
        };
        assert_eq!(said(0), "0 events: 0 delivered");
        tally.events.store(1, Ordering::Relaxed);
        counts.failed.store(3, Ordering::Relaxed);
        assert_eq!(said(1), "1 event: 0 delivered, 3 failed, 1 bad line");
        tally.events.store(12, Ordering::Relaxed);
        counts.delivered.store(9, Ordering::Relaxed);
        counts.rejected.store(2, Ordering::Relaxed);
        counts.undelivered.store(1, Ordering::Relaxed);
        assert_eq!(
            said(2),
            "12 events: 9 delivered, 3 failed, 1 undelivered, 2 rejected, 2 bad lines"
        );
    }
}
