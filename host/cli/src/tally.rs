//! What `run` came to.

use super::bad_lines::BadLines;
use super::exit::Exit;
use super::output::Output;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What went wrong, in numbers.
#[derive(Debug, Default)]
pub struct Tally {
    pub bad_lines: Mutex<BadLines>,
    /// The line that is being handled; 0 between two.
    pub at_line: AtomicU64,
    pub interrupted: bool,
}

impl Tally {
    /// Nothing was begun.
    pub fn interrupted() -> Self {
        Self {
            interrupted: true,
            ..Self::default()
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
        if bad + counts.lost() > 0 || self.interrupted {
            Exit::Failed
        } else {
            Exit::Done
        }
    }
}

/// What is kept for one line at a time.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
