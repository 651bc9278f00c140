//! Pausing a webhook: its deliveries wait, and questions are asked still.

use crate::error::Error;
use crate::observe::unknown_webhook::UnknownWebhook;
use crate::webhooks::{Inner, Webhooks};
use std::time::{Duration, SystemTime};
use tokio::time::sleep;

/// Between two looks at whether all that is left is paused.
const LOOK: Duration = Duration::from_millis(100);

impl Webhooks {
    /// Has the deliveries of a webhook wait, until [`Webhooks::resume`]; attempts that are under
    /// way go on. Before an event it is asked as before: a veto that was not asked for is a veto
    /// lost. The time in which it is paused does not count for its retries. A pause outlives a
    /// reload, and with a store a restart: it is on disk some milliseconds later. Says whether it
    /// was not paused before.
    ///
    /// # Errors
    /// If no webhook has this name.
    pub fn pause(&self, name: &str) -> Result<bool, Error> {
        let inner = &*self.inner;
        let (now, since) = (inner.context.clock.now(), SystemTime::now());
        let paused = inner.paused.pause(name, now, since);
        let is_new = paused.ok_or_else(|| UnknownWebhook(name.to_owned()))?;
        if is_new {
            if let Some(ledger) = inner.context.observer.ledger() {
                ledger.paused(name, Some(since));
            }
            tracing::warn!(
                webhook = name,
                "paused: its deliveries wait until it is resumed"
            );
        }
        Ok(is_new)
    }

    /// Sends what waits for a webhook that was paused. Says whether it was.
    ///
    /// # Errors
    /// If no webhook has this name.
    pub fn resume(&self, name: &str) -> Result<bool, Error> {
        let inner = &*self.inner;
        let resumed = inner.paused.resume(name);
        let was_paused = resumed.ok_or_else(|| UnknownWebhook(name.to_owned()))?;
        if was_paused {
            if let Some(ledger) = inner.context.observer.ledger() {
                ledger.paused(name, None);
            }
            let mut state = inner.queue.lock();
            let resumed = state.deliveries.resume(inner.context.clock.now());
            inner.queue.heed(state, resumed);
            if let Some(ledger) = inner.context.observer.ledger() {
                ledger.wake();
            }
            tracing::warn!(webhook = name, "resumed");
        }
        Ok(was_paused)
    }
}

impl Inner {
    /// Waits until all that is left is for webhooks that are paused. For ever, if none is.
    pub(crate) async fn until_paused_alone(&self) {
        loop {
            sleep(LOOK).await;
            if self.paused.is_any() && self.is_paused_alone() {
                return;
            }
        }
    }

    fn is_paused_alone(&self) -> bool {
        let state = self.queue.lock();
        let mut left = state.deliveries.all();
        let in_memory = left.all(|(delivery, in_flight)| {
            let name = delivery.webhook.name.as_deref();
            !in_flight && name.is_some_and(|name| self.paused.is_paused(name))
        });
        drop(left);
        drop(state);
        let ledger = self.context.observer.ledger();
        in_memory
            && ledger
                .is_none_or(|ledger| ledger.is_behind_only_for(&|name| self.paused.is_paused(name)))
    }
}
