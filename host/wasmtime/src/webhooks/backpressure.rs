//! What waits, and waiting for it.

use super::Webhooks;
use crate::event::input::Input;
use crate::ledger::Ledger;
use crate::render::fan_out::shapes;
use std::sync::Arc;
use std::time::Instant;

impl Webhooks {
    /// Deliveries that are not settled.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let in_memory = self.inner.queue.capacity.waiting();
        let ledger = self.inner.context.observer.ledger();
        in_memory.max(ledger.map_or(0, Ledger::waiting))
    }

    /// When the next delivery is to be retried, if any waits for that.
    #[must_use]
    pub fn next_retry(&self) -> Option<Instant> {
        self.inner
            .queue
            .next_retry()
            .map(|moment| moment.into_std())
    }

    /// Waits until every webhook that an event or a message concerns would accept it, or
    /// until nothing is left to wait for; and until no more than is good for them is in
    /// line at endpoints that keep up. What comes before an event needs no capacity.
    pub async fn ready(&self, input: &Input) {
        if matches!(input, Input::Before(_)) {
            return;
        }
        let (inner, name) = (&*self.inner, input.name());
        let fan_out = inner.fan_out();
        let configuration = &fan_out.configuration;
        let selected = configuration.select(&name);
        // A connector that cannot say fails the event in a moment, as does an addressee that cannot
        // be met.
        let Ok(selected) = selected else { return };
        let narrowed = configuration.narrow(selected, input.addressee(), &name);
        let Ok(recipients) = narrowed else { return };
        // What is switched off fails in a moment; what a breaker holds takes its capacity. What
        // is paused holds up nobody else.
        let recipients: Vec<_> = recipients
            .iter()
            .filter(|webhook| webhook.switched_off().is_none() && webhook.paused().is_none())
            .collect();
        let bodies = shapes(recipients.iter().copied()).len();
        let mut endpoints: Vec<_> = recipients
            .iter()
            .map(|webhook| Arc::clone(&webhook.endpoint))
            .collect();
        match inner.context.observer.ledger() {
            // What there is no capacity for waits on disk.
            Some(ledger) => ledger.ready().await,
            None => {
                let capacity = &inner.queue.capacity;
                capacity.ready(&endpoints, bodies, input.size()).await;
            }
        }
        endpoints.dedup();
        inner.queue.until_short(&endpoints).await;
    }
}
