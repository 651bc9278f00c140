//! Deliveries and decisions, from a store or from memory.

use super::recent::Recent;
use super::stored::Stored;
use super::trouble::Trouble;
use crate::store::filter::uuid;
use servo_webhooks_store::{
    DecisionFilter, DecisionRecord, DeliveryFilter, DeliveryRecord, Details, Reader, Uuid, Watch,
};
use std::sync::Arc;

/// Where deliveries and decisions are looked up.
pub enum History {
    /// In the store that the program was given.
    Store(Stored),
    /// Among the last ones of this process.
    Memory(Arc<Recent>),
}

/// A page of a list, newest first.
pub struct Listed<T> {
    pub found: Vec<T>,
    /// Whether there are more behind it.
    pub more: bool,
}

impl<T> Listed<T> {
    /// Of one more than are shown.
    fn new(mut found: Vec<T>, limit: usize) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        Self { found, more }
    }
}

impl History {
    /// The store, if there is one.
    pub fn store(&self) -> Result<&Stored, Trouble> {
        match self {
            Self::Store(store) => Ok(store),
            Self::Memory(_) => Err(Trouble::missing(
                "There is no store",
                "Deliveries can be replayed and forgotten where they are kept: start `serve` with --store DIR.",
            )),
        }
    }

    /// The newest deliveries that a filter means.
    pub async fn deliveries(
        &self,
        mut filter: DeliveryFilter,
        limit: usize,
    ) -> Result<Listed<DeliveryRecord>, Trouble> {
        let found = match self {
            Self::Memory(recent) => {
                let found = recent.deliveries(&by_delivery(&filter), limit + 1);
                match found.is_empty() {
                    true => recent.deliveries(&filter, limit + 1),
                    false => found,
                }
            }
            Self::Store(store) => {
                let ask = move |reader: &Reader, watch: Watch<'_>| {
                    // An id is one of a delivery, or else one of an event.
                    if let Some(id) = filter.event_id.as_deref().and_then(uuid)
                        && reader.delivery(id)?.is_some()
                    {
                        (filter.event_id, filter.ids) = (None, vec![id]);
                    }
                    reader.deliveries(&filter, limit + 1, watch)
                };
                store.ask(ask).await?
            }
        };
        Ok(Listed::new(found, limit))
    }

    /// The newest decisions that a filter means.
    pub async fn decisions(
        &self,
        filter: DecisionFilter,
        limit: usize,
    ) -> Result<Listed<DecisionRecord>, Trouble> {
        let found = match self {
            Self::Memory(recent) => recent.decisions(&filter, limit + 1),
            Self::Store(store) => {
                let ask = move |reader: &Reader, watch: Watch<'_>| {
                    reader.decisions(&filter, limit + 1, watch)
                };
                store.ask(ask).await?
            }
        };
        Ok(Listed::new(found, limit))
    }

    /// All that is known of a delivery.
    pub async fn delivery(&self, id: Uuid) -> Result<Option<Details>, Trouble> {
        match self {
            Self::Memory(recent) => Ok(recent.details(id)),
            Self::Store(store) => store.ask(move |reader, _| reader.delivery(id)).await,
        }
    }
}

/// As if its id were one of a delivery.
fn by_delivery(filter: &DeliveryFilter) -> DeliveryFilter {
    let mut filter = filter.clone();
    if let Some(id) = filter.event_id.as_deref().and_then(uuid) {
        (filter.event_id, filter.ids) = (None, vec![id]);
    }
    filter
}
