//! How the store is.

use super::Webhooks;
use crate::ledger::{Ledger, StoreHealth};

impl Webhooks {
    /// How the store is, if there is one: whether events are accepted, and what is in it.
    #[must_use]
    pub fn store_health(&self) -> Option<StoreHealth> {
        let ledger = self.inner.context.observer.ledger();
        ledger.map(Ledger::health)
    }
}
