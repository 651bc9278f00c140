//! What was written down goes on, in another process or after it was only on disk.

use crate::action::{Closed, Signals};
use crate::deliveries::Deliveries;
use crate::queue_item::QueueItem;
use crate::time::Time;
use std::time::Duration;

/// Until when a delivery that was written down waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// As the clock of the wall has it now.
    pub due: Time,
    /// What it was to wait when that was written down: a clock that was set back meanwhile
    /// makes it no longer.
    pub longest: Duration,
}

impl<D: QueueItem> Deliveries<D> {
    /// What has come further than a host was told: all but what waits for a time of its own,
    /// of which that was written down when it began to. To be written down at an orderly end.
    pub fn unwritten(&self) -> impl Iterator<Item = &D> {
        let held = |delivery: &&D| delivery.delivery().is_held();
        let queued = self.endpoints.iter().chain(self.workers.iter());
        let still = queued.chain(&self.paused);
        still.chain(self.waiting.values().filter(held))
    }

    /// Goes on with deliveries that were written down: they are ready, or wait. Their
    /// endpoints are met gently, with 1 in flight, then 2, 4, 8 with each success and 1 again
    /// after a failure, until each has once had its bound.
    ///
    /// # Errors
    /// If none are accepted any more.
    pub fn restore(
        &mut self,
        deliveries: impl IntoIterator<Item = (D, Option<Wait>)>,
        now: Time,
    ) -> Result<Signals, Closed> {
        if self.closed {
            return Err(Closed);
        }
        for (mut delivery, wait) in deliveries {
            self.endpoints.meet_gently(delivery.endpoint());
            let longest = wait.map_or(Duration::ZERO, |wait| wait.longest);
            let left = wait.map_or(longest, |wait| wait.due.since(now).min(longest));
            let end = delivery.with(|delivery, _, limits| {
                delivery.has_waited(longest - left);
                // The limits may be others than those that it was to wait under.
                Some(delivery.first()? + limits.patience)
            });
            let due = end.map_or(now + left, |end| end.min(now + left));
            if due <= now {
                self.endpoints.push(delivery);
            } else {
                self.wait(due, delivery);
            }
        }
        Ok(self.signals(now))
    }
}
