//! What is on disk in the end, and what never will be.

use crate::ledger::stored::Ledger;
use servo_webhooks_store::Ticket;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What a disk that was waited for in vain gets in the end.
const LAST: Duration = Duration::from_secs(1);

impl Ledger {
    /// Waits until it is known of all that was accepted whether it is on disk. What is not by
    /// then never will be. Blocks.
    pub(crate) fn decide(&self, limit: Duration) {
        let pending = self.shared.pending();
        let until = Instant::now() + limit;
        let is_known = |ticket: &Ticket| {
            let left = until.saturating_duration_since(Instant::now());
            ticket.wait(left).is_some()
        };
        if !pending.iter().all(is_known) {
            self.gave_up.store(true, Ordering::Release);
            self.store.refuse();
            // One that is being written comes to its end, unless the disk hangs.
            pending.iter().for_each(|ticket| drop(ticket.wait(LAST)));
        }
    }

    /// Whether a delivery that this process does not settle goes on at the next start, as far
    /// as that is known by now.
    pub(crate) fn keeps(&self, id: Uuid) -> bool {
        // Under one lock: a commit that is refused meanwhile is in one of the two.
        let spill = self.shared.spill();
        let commit = spill.commit(id);
        commit.is_some_and(|commit| !self.shared.is_pending(commit))
    }

    /// Writes everything, and gives the directory up. Blocks.
    pub(crate) fn close(&self, limit: Duration) {
        let gave_up = self.gave_up.load(Ordering::Acquire);
        let limit = if gave_up { LAST } else { limit };
        if let Err(error) = self.store.close(limit) {
            tracing::error!("the store could not be closed: {error}");
        }
        let ends = self.store.health().ends_without_delivery;
        if ends > 0 {
            tracing::error!(
                deliveries = ends,
                "deliveries ended that the store no longer has; only the output says how"
            );
        }
    }
}
