//! Tells when something is on disk.

use crate::ledger::shared::Shared;
use servo_webhooks_store::Ticket;
use tokio::sync::watch;

/// Tells when something is on disk.
pub(crate) struct Receipt {
    ticket: Ticket,
    committed: watch::Receiver<u64>,
}

impl Receipt {
    pub(super) fn new(ticket: Ticket, shared: &Shared) -> Self {
        Self {
            ticket,
            committed: shared.committed.subscribe(),
        }
    }

    /// Whether it is known by now what came of it.
    pub(crate) fn is_settled(&self) -> bool {
        self.ticket.outcome().is_some()
    }

    /// Waits until it is known what came of it. Cancel-safe.
    pub(crate) async fn settled(&mut self) {
        loop {
            // Marked as seen before the look, so that no commit is lost.
            self.committed.borrow_and_update();
            if self.is_settled() || self.committed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Waits until it is on disk.
    ///
    /// # Errors
    /// Why it could not be written.
    pub(crate) async fn written(mut self) -> Result<(), String> {
        self.settled().await;
        match self.ticket.outcome() {
            Some(outcome) => outcome.map_err(|refused| format!("not stored: {refused}")),
            None => Err("not stored: the store is closed".to_owned()),
        }
    }
}
