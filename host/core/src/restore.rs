//! What was written down goes on, in another process or after it was on a disk alone.

use crate::action::{Closed, Signals};
use crate::deliveries::Deliveries;
use crate::item::Item;
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

impl<D: Item> Deliveries<D> {
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
            // The limits may be others than those that it was to wait under.
            let end =
                delivery.with(|delivery, _, limits| Some(delivery.first()? + limits.patience));
            let due = wait.map_or(now, |wait| wait.due.min(now + wait.longest));
            let due = end.map_or(due, |end| due.min(end));
            if due <= now {
                self.endpoints.push(delivery);
            } else {
                self.wait(due, delivery);
            }
        }
        Ok(self.signals(now))
    }
}
