//! The end of all deliveries.

use super::Webhooks;
#[cfg(feature = "store")]
use super::store;
use crate::log_limit::log_rest;
use std::time::Duration;
use tokio::time::timeout;

impl Webhooks {
    /// Waits until every delivery is settled, those of paused webhooks excepted, and the observer
    /// has been told.
    pub async fn idle(&self) {
        let observer = &self.inner.context.observer;
        let settled = async {
            // What is loaded has its permit before its webhook counts as loaded.
            while let Some(ledger) = observer.ledger().filter(|ledger| ledger.is_behind()) {
                // What is only on disk waits for the next start: nothing is loaded any more.
                if self.inner.queue.closed().is_some() {
                    break;
                }
                ledger.until_loaded().await;
            }
            self.inner.queue.capacity.until_empty().await;
        };
        tokio::select! {
            () = settled => {}
            () = self.inner.until_paused_alone() => {}
        }
        observer.all_told().await;
    }

    /// Accepts nothing any more, and asks nobody. Waits as [`Webhooks::idle`] does, at most
    /// for `limit`; then ends the deliveries that are not settled. Returns when the observer has been
    /// told of all, however long it takes; one that takes nothing for a second is not waited
    /// for, which is logged. Says how many deliveries were reported as undelivered, to each
    /// who calls it. With a store none is: they wait on disk for the next start. Spans that are
    /// left are exported, for two seconds at the most.
    pub async fn shutdown(&self, limit: Duration) -> usize {
        let inner = &*self.inner;
        inner.queue.close();
        let _ = timeout(limit, self.idle()).await;
        let undelivered = inner.queue.shut_down().await;
        let capacity = &inner.queue.capacity;
        inner.context.observer.told_if_taken(capacity).await;
        #[cfg(feature = "store")]
        store::close(&inner.context.observer).await;
        inner.context.tracer.flush().await;
        log_rest();
        undelivered
    }
}
