//! What the store's thread tells, and what it changes.

use crate::ledger::spill::Spill;
use crate::observe::histogram::Histogram;
use servo_webhooks_store::{Notice, Salvaged, Ticket};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// What the store's thread changes.
pub(crate) struct Shared {
    pub spill: Mutex<Spill>,
    /// The number of the last commit that is over.
    pub committed: watch::Sender<u64>,
    /// How long commits took.
    pub commits: Histogram,
    /// Notified when there may be something to load.
    pub changed: Notify,
    /// Notified when something was loaded.
    pub loaded: Notify,
    /// Bodies that are on their way to the disk: the number of their commit, and bytes.
    pub unwritten: Mutex<VecDeque<(u64, usize)>>,
    /// Of commits that accepted something and are not known to be on disk.
    tickets: Mutex<Vec<Ticket>>,
    /// Notified when somebody forgot what is in memory.
    pub forgotten: Notify,
    /// Reasons to look which webhooks have something only on disk: the start, and each salvage.
    pub unlisted: AtomicU64,
}

impl Shared {
    /// Of a store that was opened just now.
    pub(crate) fn new() -> Self {
        Self {
            spill: Mutex::default(),
            committed: watch::Sender::new(0),
            commits: Histogram::default(),
            changed: Notify::new(),
            loaded: Notify::new(),
            unwritten: Mutex::default(),
            tickets: Mutex::default(),
            forgotten: Notify::new(),
            unlisted: AtomicU64::new(1),
        }
    }

    pub(crate) fn spill(&self) -> MutexGuard<'_, Spill> {
        // Nothing panics while it is held; if it did, the places are still whole.
        self.spill.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of bodies that are on their way to the disk.
    pub(crate) fn unwritten(&self, committed: u64) -> usize {
        let unwritten = self.lock_unwritten();
        let later = unwritten.iter().filter(|(commit, _)| *commit > committed);
        later.map(|(_, bytes)| bytes).sum()
    }

    /// A commit is over.
    pub(crate) fn drop_written(&self, committed: u64) {
        let mut unwritten = self.lock_unwritten();
        while unwritten
            .pop_front_if(|(commit, _)| *commit <= committed)
            .is_some()
        {}
    }

    /// So many bytes more go to the disk, with this ticket.
    pub(crate) fn writes(&self, ticket: &Ticket, bytes: usize) {
        let commit = ticket.number();
        let mut tickets = self.lock_tickets();
        if tickets.last().map(Ticket::number) != Some(commit) {
            tickets.push(ticket.clone());
        }
        drop(tickets);
        let mut unwritten = self.lock_unwritten();
        match unwritten.back_mut() {
            Some(last) if last.0 == commit => last.1 += bytes,
            _ => unwritten.push_back((commit, bytes)),
        }
    }

    /// Of all that was accepted and of which it is not known whether it is on disk.
    pub(crate) fn pending(&self) -> Vec<Ticket> {
        let tickets = self.lock_tickets();
        let unknown = tickets.iter().filter(|ticket| ticket.outcome().is_none());
        unknown.cloned().collect()
    }

    /// Whether what a commit accepted is not on disk, as far as is known.
    pub(crate) fn is_pending(&self, commit: u64) -> bool {
        let tickets = self.lock_tickets();
        let mut same = tickets.iter().filter(|ticket| ticket.number() == commit);
        same.any(|ticket| ticket.outcome() != Some(Ok(())))
    }

    /// A commit may be over: what it did not accept is in memory alone.
    pub(crate) fn look_at_tickets(&self) {
        let is_refused = |ticket: &&Ticket| matches!(ticket.outcome(), Some(Err(_)));
        let refused: Vec<_> = {
            let tickets = self.lock_tickets();
            let refused = tickets.iter().filter(is_refused);
            refused.map(Ticket::number).collect()
        };
        // While a ticket is there, what it stands for counts as not on disk.
        if !refused.is_empty() {
            self.spill().refuse(&refused);
        }
        let is_over = |ticket: &Ticket| match ticket.outcome() {
            None => false,
            Some(Ok(())) => true,
            Some(Err(_)) => refused.contains(&ticket.number()),
        };
        self.lock_tickets().retain(|ticket| !is_over(ticket));
    }

    fn lock_tickets(&self) -> MutexGuard<'_, Vec<Ticket>> {
        // The same.
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_unwritten(&self) -> MutexGuard<'_, VecDeque<(u64, usize)>> {
        // The same.
        let unwritten = self.unwritten.lock();
        unwritten.unwrap_or_else(PoisonError::into_inner)
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
            Notice::Salvaged(salvaged) => {
                log_salvaged(salvaged);
                self.unlisted.fetch_add(1, Ordering::AcqRel);
                self.changed.notify_one();
            }
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
                drop(spill);
                self.forgotten.notify_one();
            }
            Notice::Buried {
                webhook,
                deliveries,
            } => {
                tracing::warn!(webhook, deliveries, "dead letters");
                self.spill().is_buried(webhook);
                self.loaded.notify_waiters();
                self.changed.notify_one();
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
