//! The end of all deliveries.

use super::Webhooks;
use crate::delivery::delivery_queue::Closed;
use std::time::Duration;
use tokio::time::timeout;

impl Webhooks {
    /// Waits until every delivery is settled, and the observer has been told.
    pub async fn idle(&self) {
        self.inner.queue.capacity.until_empty().await;
        self.inner.context.observer.all_told().await;
    }

    /// Accepts nothing any more, and asks nobody. Waits until every delivery is settled, at
    /// most for `limit`; then ends those that are not. Returns when the observer has been
    /// told of all, however long it takes; one that takes nothing for a second is not waited
    /// for, which is logged. Says how many deliveries were reported as undelivered, to each
    /// who calls it.
    pub async fn shutdown(&self, limit: Duration) -> usize {
        let inner = &*self.inner;
        inner.queue.close();
        let _ = timeout(limit, self.idle()).await;
        let undelivered = inner.queue.end(Closed::Shutdown);
        let capacity = &inner.queue.capacity;
        inner.context.observer.told_if_taken(capacity).await;
        undelivered
    }
}
