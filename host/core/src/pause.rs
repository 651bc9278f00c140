//! Deliveries of webhooks that somebody paused: they are neither sent nor settled.

use crate::action::Signals;
use crate::deliveries::Deliveries;
use crate::queue_item::QueueItem;
use crate::time::Time;

impl<D: QueueItem> Deliveries<D> {
    /// Goes on with what waited for webhooks that are not paused any more.
    pub fn resume(&mut self, now: Time) -> Signals {
        let free = |delivery: &mut D| {
            delivery.with(|delivery, webhook, _| {
                let free = webhook.paused().is_none();
                if free {
                    delivery.resume(now);
                }
                free
            })
        };
        let resumed: Vec<_> = self.paused.extract_if(.., free).collect();
        for delivery in resumed {
            self.endpoints.push(delivery);
        }
        self.signals(now)
    }

    /// What waits for its webhook to be resumed. What waits for its time, or is being sent,
    /// is not here, though its webhook may be paused.
    pub fn paused(&self) -> impl Iterator<Item = &D> {
        self.paused.iter()
    }
}
