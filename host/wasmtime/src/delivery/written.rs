//! What is written down of a delivery, and how it goes on from there.

use crate::delivery::delivery::Delivery;
#[cfg(feature = "store")]
use crate::event::time;
#[cfg(feature = "store")]
use crate::ledger::Stored;
use crate::ledger::entry::{Entry, EntryTrace, Place, Wait};
use lifecycle::Time;
use std::sync::Arc;

impl Delivery {
    /// Goes on where it was written down, by an earlier process or by this one.
    #[cfg(feature = "store")]
    pub(crate) fn restore(
        &mut self,
        stored: &Stored,
        life: lifecycle::Delivery,
        is_of_before: bool,
    ) {
        self.id = stored.id;
        self.life = life;
        self.status = stored.status;
        self.error = stored.error.as_deref().map(str::to_owned);
        self.replays = stored.replays;
        self.restored = is_of_before;
        let age = time::since_unix_milliseconds(stored.accepted);
        self.accepted = self.accepted.checked_sub(age).unwrap_or(self.accepted);
    }

    /// As the ledger is told of it when it is accepted.
    pub(crate) fn entry(&self) -> Entry {
        Entry {
            id: self.id,
            webhook: self.webhook.name.as_deref().unwrap_or_default().into(),
            request: Arc::clone(&self.queued_body.request),
            event_id: self.queued_body.event_id.clone(),
            trace: EntryTrace {
                came: self.queued_body.trace.clone(),
                own: self.ids(),
            },
            place: Place::Memory,
        }
    }

    /// A breaker holds it until then, which the ledger is told.
    pub(crate) fn held(&self, now: Time, until: Time) {
        if let Some(ledger) = self.reports.ledger() {
            let wait = Wait {
                wait: until.since(now),
                progress: self.progress(now),
                status: self.status,
                error: self.error.as_deref(),
            };
            ledger.waits(self.id, wait);
        }
    }
}
