//! What waits, and waiting for it.

use super::Webhooks;
use crate::event::envelope::Stated;
use crate::render::addressing::shapes;
use crate::render::parcel::Occasion;
use std::sync::Arc;
use tokio::time::Instant;

impl Webhooks {
    /// Deliveries that are not settled.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.outbox.room.waiting()
    }

    /// When the next delivery is to be retried, if any waits for that.
    #[must_use]
    pub fn next_retry(&self) -> Option<Instant> {
        self.inner.outbox.next_retry()
    }

    /// Waits until every webhook that an event or a message concerns would accept it, or
    /// until nothing is left to wait for; and until no more than is good for them is in
    /// line at endpoints that keep up. What comes before an event needs no room.
    pub async fn until_free(&self, stated: &Stated) {
        if matches!(stated, Stated::Before(_)) {
            return;
        }
        let (inner, occasion) = (&*self.inner, Occasion::from(stated));
        let addressing = inner.addressing();
        let configuration = &addressing.configuration;
        let selected = configuration.select(&inner.sender.connector, &occasion.name);
        // A connector that cannot say fails the event in a moment, as do terms that cannot
        // be met.
        let Ok(selected) = selected else { return };
        let narrowed = configuration.narrow(selected, &occasion.terms, &occasion.name);
        let Ok(concerned) = narrowed else { return };
        // What is switched off fails in a moment; what a breaker holds takes its room.
        let concerned: Vec<_> = concerned
            .iter()
            .filter(|webhook| webhook.switched_off().is_none())
            .collect();
        let bodies = shapes(concerned.iter().copied()).len();
        let mut endpoints: Vec<_> = concerned
            .iter()
            .map(|webhook| Arc::clone(&webhook.endpoint))
            .collect();
        let room = &inner.outbox.room;
        room.until_free(&endpoints, bodies, occasion.size()).await;
        endpoints.dedup();
        inner.outbox.until_short(&endpoints).await;
    }
}
