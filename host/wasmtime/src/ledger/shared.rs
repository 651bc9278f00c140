//! What the store's thread tells, and what it changes.

use crate::ledger::spill::Spill;
use servo_webhooks_store::{Notice, Salvaged};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// What the store's thread changes.
pub(crate) struct Shared {
    pub spill: Mutex<Spill>,
    /// The number of the last commit that is over.
    pub committed: watch::Sender<u64>,
    /// Notified when there may be something to load.
    pub changed: Notify,
    /// Notified when something was loaded.
    pub loaded: Notify,
}

impl Shared {
    pub(crate) fn spill(&self) -> MutexGuard<'_, Spill> {
        // Nothing panics while it is held; if it did, the places are still whole.
        self.spill.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Logs what happened, and acts upon it.
    pub(crate) fn notice(&self, notice: &Notice) {
        match notice {
            Notice::Trouble(trouble) => {
                tracing::error!("the store accepts nothing until it can be written: {trouble}");
            }
            Notice::Recovered => tracing::warn!("the store can be written again"),
            Notice::Salvaged(salvaged) => log_salvaged(salvaged),
            Notice::Replayed {
                webhooks,
                deliveries,
            } => {
                tracing::info!(deliveries, "replaying");
                let mut spill = self.spill();
                for webhook in webhooks {
                    spill.add(&Arc::from(webhook.as_str()), 1, 0);
                }
                drop(spill);
                self.changed.notify_one();
            }
            Notice::Forgotten(ids) => {
                let mut spill = self.spill();
                ids.iter().for_each(|id| spill.forget(*id));
            }
            Notice::Buried {
                webhook,
                deliveries,
            } => {
                tracing::warn!(webhook, deliveries, "dead letters");
                self.spill().is_buried(webhook);
                self.loaded.notify_waiters();
            }
            Notice::TooLarge { bytes } => tracing::warn!(
                bytes,
                "the store is larger than it may be, and all of it waits or is a dead letter"
            ),
        }
    }
}

/// Logs what became of a corrupt store.
pub(crate) fn log_salvaged(salvaged: &Salvaged) {
    tracing::error!(
        moved_to = %salvaged.moved_to.display(),
        waiting = salvaged.waiting,
        dead_letters = salvaged.failed,
        history = salvaged.history,
        without_body = salvaged.without_body,
        gaps = salvaged.gaps,
        "the store was corrupt; what could be read of it was saved: {}",
        salvaged.error
    );
}
