//! The store, as the process has it that delivers.

use crate::decision::Decision;
use crate::delivery::{AttemptEnd, DeliveryEnd, NewDelivery, Wait};
use crate::disk::directory::Directory;
use crate::error::{OpenError, Refused, StoreError};
use crate::health::StoreHealth;
use crate::opened::Opened;
use crate::options::StoreOptions;
use crate::ticket::Ticket;
use crate::write::batch::Target;
use crate::write::opening;
use crate::write::shared::Shared;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A store, open for writing. Clones are the same store; when the last is dropped, what was
/// handed in is still written.
///
/// Only methods that say so wait for anything: the others note what they are told, and a
/// thread writes it down, in order, some milliseconds later.
#[derive(Clone, Debug)]
pub struct Store {
    handle: Arc<Handle>,
}

/// The last one to be dropped ends the thread.
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state().closing = true;
        self.0.wake();
    }
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Store").field(&self.0.directory).finish()
    }
}

impl Store {
    /// Opens a store, and makes it if there is none. Blocks. What waits is not read, however
    /// much it is; a corrupt database is replaced first, with what can be saved of it.
    ///
    /// # Errors
    /// If another process has it, or it is on a network file system, or made by a later
    /// version, or cannot be read or written.
    pub fn open(directory: &Path, options: StoreOptions) -> Result<(Self, Opened), OpenError> {
        let directory = Directory::create(directory, options.file_system)?;
        let (shared, opened) = opening::open(directory, options)?;
        let handle = Arc::new(Handle(shared));
        Ok((Self { handle }, opened))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.handle.0
    }

    /// Accepts the deliveries of one event, all or none of them. Their places in the queue
    /// follow each other; the ticket has the first. What settles before it is written never
    /// writes its body.
    ///
    /// If the ticket fails, the deliveries may be sent nevertheless: what is said of them is
    /// noted, and only their end is written.
    ///
    /// # Errors
    /// At once while nothing can be accepted.
    pub fn accept(&self, deliveries: Vec<NewDelivery>) -> Result<Ticket, Refused> {
        let most = self.shared().options.max_pending_bytes;
        self.shared()
            .hand_in(|state| state.accept(deliveries, most))
    }

    /// An attempt of a delivery begins, the first with the number 1, after so many milliseconds
    /// of its patience; or the process ends, and this is how far a delivery has come that waits
    /// for no time. With the ticket that is on disk, and survives a process that dies of the
    /// attempt.
    pub fn began(&self, id: Uuid, attempt: u32, spent: i64) -> Ticket {
        self.shared()
            .hand_in(|state| state.note(id, |entry| entry.begins(attempt, spent)))
    }

    /// An attempt ended. To be told before [`waits`](Self::waits) or
    /// [`settled`](Self::settled), which say what comes of the delivery; of a first attempt
    /// that got through, and whose answer is not kept, it need not be told.
    /// The answer is not kept while the disk is far behind.
    pub fn attempted(&self, id: Uuid, attempt: AttemptEnd) {
        self.shared()
            .hand_in(|state| state.note_attempt(id, attempt));
    }

    /// A delivery waits, for its next attempt or behind a breaker. Its attempts may be fewer
    /// than began, if the last one has ended and does not count.
    pub fn waits(&self, id: Uuid, wait: Wait) {
        self.shared()
            .hand_in(|state| state.note(id, |entry| entry.waits(wait)));
    }

    /// A delivery is settled. A delivered one keeps its history, a failed one its body too. Of
    /// one that the database lost nothing is written:
    /// [`StoreHealth::ends_without_delivery`] counts these.
    pub fn settled(&self, id: Uuid, end: DeliveryEnd) -> Ticket {
        let keep = self.shared().options.keep_bodies;
        let (ticket, body) = self.shared().hand_in(|state| state.settle(id, end, keep));
        // What the body holds may be given back now, without the lock.
        drop(body);
        ticket
    }

    /// A decision was made before an event. It is not kept while the disk is far behind: its
    /// ticket says so, and [`StoreHealth::dropped_decisions`] how many these are.
    pub fn decided(&self, decision: Decision) -> Ticket {
        self.shared().hand_in(|state| state.decide(decision))
    }

    /// A webhook answered that it is gone; `target` is the hash of its URL, salted with
    /// [`Opened::salt`].
    pub fn gone(&self, webhook: &str, target: &[u8], at: i64) -> Ticket {
        self.note_gone(webhook, Some((target.into(), at)))
    }

    /// A webhook is to be tried again.
    pub fn ungone(&self, webhook: &str) -> Ticket {
        self.note_gone(webhook, None)
    }

    /// Somebody paused a webhook, at this time in milliseconds since 1970, or resumed it.
    pub fn paused(&self, webhook: &str, since: Option<i64>) -> Ticket {
        self.shared().hand_in(|state| {
            let young = state.young();
            young.paused.push((webhook.into(), since));
            young.ticket()
        })
    }

    fn note_gone(&self, webhook: &str, target: Option<Target>) -> Ticket {
        self.shared().hand_in(|state| {
            let young = state.young();
            young.gone.push((webhook.into(), target));
            young.ticket()
        })
    }

    /// The number of the last commit that is over, whatever came of it.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.shared().committed()
    }

    /// `call` is told the number of each commit when its tickets have, or may have, an
    /// outcome, and how long it took to write it. It is called on the thread that writes, and
    /// must not block.
    pub fn on_commit(&self, call: impl Fn(u64, Option<Duration>) + Send + Sync + 'static) {
        self.shared().listen(Box::new(call));
    }

    /// How it is.
    #[must_use]
    pub fn health(&self) -> StoreHealth {
        let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        let state = self.shared().state();
        let (pending, dropped) = (number(state.pending()), number(state.dropped));
        drop(state);
        let mut health = self.shared().health().clone();
        health.pending = pending;
        health.dropped_decisions += dropped;
        health
    }

    /// Waits until all that was handed in is on disk. Blocks.
    ///
    /// # Errors
    /// If it is not when the time is over.
    pub fn flush(&self, limit: Duration) -> Result<(), StoreError> {
        let ticket = self.shared().hand_in(|state| {
            state.hurried += 1;
            state.young().ticket()
        });
        self.shared().wake();
        let outcome = ticket.wait(limit);
        self.shared().state().hurried -= 1;
        match outcome {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(StoreError::Closed),
            None => Err(StoreError::Unwritten(self.health().pending)),
        }
    }
}
