//! What becomes of deliveries: their attempts, their waits and their ends.

use crate::delivery::outcome::DeliveryStatus;
use crate::event::time::unix_milliseconds as now;
use crate::ledger::entry::{AttemptEnd, DeliveryEnd, Wait};
use crate::ledger::receipt::Receipt;
use crate::ledger::stored::{Ledger, milliseconds};
use lifecycle::DeliveryProgress;
use servo_webhooks_store::{self as store, State};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// A commit that takes so long is not waited for before an attempt is repeated.
const HANGS: Duration = Duration::from_secs(5);

impl Ledger {
    /// An attempt begins; says with which commit its count is on disk. `last` is that of the
    /// attempt before it, which is waited for: so a process that is killed makes no more than
    /// its last attempt again. If it is from an earlier process, this waits until its own count
    /// is on disk: what it may have ended the process with is not tried for ever.
    pub(crate) async fn began(
        &self,
        id: Uuid,
        progress: DeliveryProgress,
        last: u64,
        is_of_before: bool,
    ) -> u64 {
        if last > 0 {
            let mut committed = self.shared.committed.subscribe();
            let over = committed.wait_for(|number| *number >= last);
            // Where the disk hangs, deliveries go on.
            let _ = timeout(HANGS, over).await;
        }
        let spent = milliseconds(progress.spent);
        let ticket = self.store.began(id, progress.attempts, spent);
        let number = ticket.number();
        if is_of_before {
            Receipt::new(ticket, &self.shared).settled().await;
        }
        number
    }

    /// The process ends, and a delivery has come so far.
    pub(crate) fn stands(&self, id: Uuid, progress: DeliveryProgress) {
        // Whoever has used nothing begins anew.
        if progress != DeliveryProgress::default() {
            let spent = milliseconds(progress.spent);
            self.store.began(id, progress.attempts, spent);
        }
    }

    /// An attempt ended.
    pub(crate) fn attempted(&self, id: Uuid, attempt: AttemptEnd<'_>) {
        let elapsed = milliseconds(attempt.elapsed);
        self.store.attempted(
            id,
            store::AttemptEnd {
                number: attempt.number,
                began: now().saturating_sub(elapsed),
                elapsed,
                status: attempt.status,
                error: attempt.error.map(Box::from),
                answer: attempt.answer.map(|answer| Box::from(&**answer)),
            },
        );
    }

    /// Whether the beginnings of answers are kept.
    pub(crate) const fn keeps_answers(&self) -> bool {
        self.keeps_answers
    }

    /// A delivery waits.
    pub(crate) fn waits(&self, id: Uuid, wait: Wait<'_>) {
        let milliseconds_long = milliseconds(wait.wait);
        self.store.waits(
            id,
            store::Wait {
                due: now().saturating_add(milliseconds_long),
                wait: milliseconds_long,
                attempts: wait.progress.attempts,
                spent: milliseconds(wait.progress.spent),
                status: wait.status,
                error: wait.error.map(Box::from),
            },
        );
    }

    /// A delivery is settled. One that is undelivered goes on at the next start.
    pub(crate) fn settled(&self, id: Uuid, end: DeliveryEnd<'_>) {
        let state = match end.outcome {
            DeliveryStatus::Delivered => State::Delivered,
            _ => State::Failed,
        };
        let ticket = self.store.settled(
            id,
            store::DeliveryEnd {
                state,
                attempts: end.attempts,
                elapsed: milliseconds(end.elapsed),
                status: end.status,
                error: end.error.map(Box::from),
                at: now(),
            },
        );
        let committed = self.store.committed();
        let mut spill = self.shared.spill();
        spill.settle(id, ticket.number(), committed);
    }
}
