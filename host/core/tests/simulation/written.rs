//! What must be written down of each delivery: a process that dies gives no time back.

use crate::store::Stands;
use crate::webhook::Queued;
use crate::world::World;
use lifecycle::{DeliveryProgress, QueueItem};
use std::time::Duration;

impl World {
    /// Of what waits, the row says how much is used up when its wait is over; of what is under
    /// way, how much was when its attempt began.
    pub fn check_written(&self) {
        for (due, delivery) in self.deliveries.waiting() {
            let Some((progress, wait)) = self.written(delivery.id) else {
                return;
            };
            let wait = wait.expect("its wait is not written");
            let state = delivery.delivery();
            assert_eq!(progress.attempts, state.attempts(), "attempts are written");
            if let Some(first) = state.first() {
                let used = progress.spent + wait;
                assert!(used >= due.since(first), "its time is not written");
            }
        }
        for one in &self.under_way {
            let Some((progress, wait)) = self.written(one.id) else {
                return;
            };
            let entry = &self.ledger.deliveries[&one.id];
            assert_eq!(progress.attempts, entry.attempts, "attempts are written");
            let first = entry.first.expect("it was sent");
            assert_eq!(progress.spent, one.began.since(first), "time is written");
            assert_eq!(wait, None, "it waits no more");
        }
    }

    /// The newest that is written of a delivery: how far it is, and how long it waits.
    fn written(&self, id: usize) -> Option<(DeliveryProgress, Option<Duration>)> {
        let row = self.disk.as_ref()?.store.newest(id);
        let row = row.expect("never accepted");
        Some((row.progress, row.due.map(|(_, wait)| wait)))
    }

    /// Somebody forgets some of what waits: nothing becomes of it.
    pub fn forget(&mut self) {
        if self.disk.is_none() {
            return;
        }
        let chance = &mut self.chance;
        let which = |_: &Queued| chance.u8(0..4) == 0;
        for delivery in self.deliveries.remove(which) {
            let out = self.ledger.deliveries[&delivery.id].out;
            assert!(!out, "removed while its attempt is out");
            self.ledger.undelivered(delivery.id);
            self.write_settled(delivery.id, Stands::Forgotten);
            self.leave(*delivery.endpoint(), delivery.bytes);
            self.figures.forgotten += 1;
        }
    }
}
