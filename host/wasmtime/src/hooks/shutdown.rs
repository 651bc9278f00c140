//! The end of all deliveries.

use super::Webhooks;
use crate::delivery::outbox::Closed;
use std::time::Duration;
use tokio::time::timeout;

impl Webhooks {
    /// Waits until every delivery is settled, and the observer has been told.
    pub async fn settled(&self) {
        self.inner.outbox.room.until_empty().await;
        self.inner.sender.observer.all_told().await;
    }

    /// Accepts nothing any more, and asks nobody. Waits until every delivery is settled, at
    /// most for `limit`; then ends those that are not. Returns when the observer has been
    /// told of all, however long it takes; one that takes nothing for a second is not waited
    /// for, which is logged. Says how many deliveries were reported as undelivered, to each
    /// who calls it.
    pub async fn drain(&self, limit: Duration) -> usize {
        let inner = &*self.inner;
        inner.outbox.close();
        let _ = timeout(limit, self.settled()).await;
        let undelivered = inner.outbox.end(Closed::Drained);
        let room = &inner.outbox.room;
        inner.sender.observer.told_if_taken(room).await;
        undelivered
    }
}
