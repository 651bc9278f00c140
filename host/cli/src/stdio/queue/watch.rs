//! Whether somebody still reads, at the end.

use super::shared::{SLICE, Shared, Trouble};
use crate::stdio::can_write;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Of a full disk at the end.
const LAST_RETRIES: Duration = Duration::from_secs(1);

/// Not all was written when it was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// Nobody reads.
    Unread,
    /// It cannot be written.
    Troubled(Trouble),
}

/// Finds out whether somebody still reads.
pub struct Watch<'a> {
    shared: &'a Shared,
    still: Duration,
    written: u64,
    looked: Instant,
    /// In which nothing was written; of a full disk all the time.
    idle: Duration,
}

impl<'a> Watch<'a> {
    pub fn new(shared: &'a Shared, still: Duration) -> Self {
        Self {
            shared,
            still,
            written: shared.written.load(Ordering::Acquire),
            looked: Instant::now(),
            idle: Duration::ZERO,
        }
    }

    /// All is written, or it is given up; else it is to be waited for.
    pub fn look(&mut self) -> Option<Result<(), Still>> {
        let trouble = {
            let state = self.shared.lock();
            if state.is_empty() && state.dropped == 0 {
                return Some(Ok(()));
            }
            state.trouble
        };
        // A process that stood still meanwhile has not seen whether anybody reads.
        let passed = self.looked.elapsed().min(SLICE);
        self.looked = Instant::now();
        match trouble {
            Some(closed @ Trouble::Closed(_)) => Some(Err(Still::Troubled(closed))),
            Some(full @ Trouble::Full(_)) => {
                self.idle += passed;
                (self.idle >= LAST_RETRIES.min(self.still)).then_some(Err(Still::Troubled(full)))
            }
            None => {
                let written = self.shared.written.load(Ordering::Acquire);
                if written != self.written {
                    (self.written, self.idle) = (written, Duration::ZERO);
                } else if can_write(self.shared.to) {
                    // Not whoever reads is late, but the thread that writes.
                    self.idle += passed / 4;
                } else {
                    self.idle += passed;
                }
                (self.idle >= self.still).then_some(Err(Still::Unread))
            }
        }
    }
}
