//! Deliveries that somebody forgot: they are taken out, and nothing becomes of them.

use crate::deliveries::Deliveries;
use crate::queue_item::QueueItem;

impl<D: QueueItem> Deliveries<D> {
    /// Takes out the deliveries that `which` names and whose attempts are not being made. Those
    /// that are in flight stay: they wait or are settled when their attempts have ended.
    pub fn remove(&mut self, mut which: impl FnMut(&D) -> bool) -> Vec<D> {
        let mut removed = self.endpoints.remove(&mut which);
        let waiting = self.waiting.extract_if(.., |_, delivery| which(delivery));
        removed.extend(waiting.map(|(_, delivery)| delivery));
        removed.extend(self.paused.extract_if(.., |delivery| which(delivery)));
        removed
    }
}
