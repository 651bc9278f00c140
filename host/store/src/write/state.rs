//! What was handed in and is not on disk, in memory.

use crate::body::Body;
use crate::decision::Decision;
use crate::delivery::{AttemptEnd, DeliveryEnd, NewDelivery};
use crate::error::Refused;
use crate::health::Trouble;
use crate::ticket::Ticket;
use crate::write::batch::Batch;
use crate::write::dead_letters::DeadLetters;
use crate::write::entry::Entry;
use crate::write::unaccepted::Unaccepted;
use std::collections::VecDeque;
use std::sync::Arc;
use uuid::Uuid;

/// Bytes of answers that may wait for the disk.
const ANSWERS: usize = 16 << 20;

/// Decisions that may wait for the disk, beside those that are being written; each has the reason
/// and the errors of its answers, up to 1 KiB each.
const DECISIONS: usize = 1 << 14;

/// What was handed in and is not on disk.
///
/// There are two batches beside the one that is being written. What is new goes into the
/// young one; the ripe one waits for a moment before it is written, and still takes what
/// happens to its deliveries. So what settles quickly is written once, without its body.
pub struct State {
    young: Batch,
    ripe: Option<Batch>,
    unaccepted: Unaccepted,
    /// The next place in the queue.
    pub next_queue: i64,
    /// The next place in the order of decisions.
    pub next_decision: i64,
    /// Bytes of bodies in the two batches.
    pub bytes: usize,
    /// Bytes of answers since a batch was last taken.
    answers: usize,
    /// Why nothing is accepted.
    pub trouble: Option<Trouble>,
    /// Webhooks whose deliveries are to become dead letters.
    pub dead_letters: VecDeque<DeadLetters>,
    /// How many wait for everything to be written: then nobody waits for more.
    pub hurried: usize,
    /// What was accepted and is not on disk is refused.
    pub refusing: bool,
    /// It is to end when everything is written.
    pub closing: bool,
    /// What is not written by now is given up.
    pub abandoned: bool,
    /// It has ended.
    pub closed: bool,
    /// Decisions that were not kept since the last commit.
    pub dropped: usize,
    /// Changes that are being written.
    pub writing: usize,
    /// Changes that were not written in the end.
    pub lost: usize,
    /// A reader found the database corrupt.
    pub corrupt: Option<String>,
    /// The writer waits for something to do.
    pub idle: bool,
}

impl State {
    /// Nothing was handed in; the next places are these.
    pub fn new(next_queue: i64, next_decision: i64) -> Self {
        Self {
            young: Batch::new(1),
            ripe: None,
            unaccepted: Unaccepted::default(),
            next_queue,
            next_decision,
            bytes: 0,
            answers: 0,
            trouble: None,
            dead_letters: VecDeque::new(),
            hurried: 0,
            refusing: false,
            closing: false,
            abandoned: false,
            closed: false,
            dropped: 0,
            writing: 0,
            lost: 0,
            corrupt: None,
            idle: false,
        }
    }

    /// Takes new deliveries, all or none.
    pub fn accept(
        &mut self,
        deliveries: Vec<NewDelivery>,
        most_bytes: usize,
    ) -> Result<Ticket, Refused> {
        if self.closing || self.closed || self.refusing {
            return Err(Refused::Closed);
        }
        if let Some(trouble) = &self.trouble {
            return Err(Refused::Trouble(trouble.clone()));
        }
        if self.bytes > most_bytes {
            return Err(Refused::Slow);
        }
        let first = self.next_queue;
        let mut last: Option<*const ()> = None;
        for delivery in deliveries {
            let body = Arc::as_ptr(&delivery.body).cast::<()>();
            let shared = last.replace(body) == Some(body);
            let bytes = if shared {
                0
            } else {
                delivery.body.content().len()
            };
            self.bytes += bytes;
            self.young
                .push(Entry::accepted(delivery, self.next_queue, bytes));
            self.next_queue += 1;
        }
        Ok(self.young.ticket_of_accepted(first))
    }

    /// Notes what happened to a delivery.
    pub fn note(&mut self, id: Uuid, note: impl FnOnce(&mut Entry)) -> Ticket {
        if self.closed {
            return self.young.ticket();
        }
        let ripe = self.ripe.as_mut();
        if let Some((entry, ticket)) = ripe.and_then(|ripe| {
            let ticket = ripe.ticket();
            ripe.get(id).map(|entry| (entry, ticket))
        }) {
            note(entry);
            return ticket;
        }
        let ticket = self.young.ticket();
        if let Some(entry) = self.young.get(id) {
            note(entry);
            if entry.end.is_some() && entry.new.is_none() {
                entry.new = self.unaccepted.take(id);
            }
        } else {
            let mut entry = Entry::known(id);
            note(&mut entry);
            // Of one whose acceptance failed nothing but the end is written.
            if entry.end.is_some() || !self.unaccepted.contains(id) {
                entry.new = self.unaccepted.take(id);
                self.young.push(entry);
            }
        }
        ticket
    }

    /// Notes that an attempt ended. Its answer is not worth memory that the disk does not take.
    pub fn note_attempt(&mut self, id: Uuid, mut attempt: AttemptEnd) {
        let bytes = attempt.answer.as_ref().map_or(0, |answer| answer.len());
        if self.trouble.is_some() || self.answers + bytes > ANSWERS {
            attempt.answer = None;
        } else {
            self.answers += bytes;
        }
        self.note(id, |entry| entry.attempts.push(attempt));
    }

    /// Notes a decision. It is history: not worth memory while the disk takes nothing.
    pub fn decide(&mut self, decision: Decision) -> Ticket {
        let batches = self.ripe.iter().chain([&self.young]);
        let waiting: usize = batches.map(|batch| batch.decisions.len()).sum();
        if waiting >= DECISIONS {
            self.dropped += 1;
            let why = self.trouble.clone().map_or(Refused::Slow, Refused::Trouble);
            return Ticket::refused(self.young.number, why);
        }
        self.young.decisions.push((self.next_decision, decision));
        self.next_decision += 1;
        self.young.ticket()
    }

    /// A delivery ended. What comes back is to be dropped without the lock.
    pub fn settle(
        &mut self,
        id: Uuid,
        end: DeliveryEnd,
        keep_bodies: bool,
    ) -> (Ticket, Option<Arc<dyn Body>>) {
        let mut freed = (None, 0);
        let ticket = self.note(id, |entry| freed = entry.settle(end, keep_bodies));
        self.bytes = self.bytes.saturating_sub(freed.1);
        (ticket, freed.0)
    }

    /// The batch to which all goes that is not of a delivery.
    pub const fn young(&mut self) -> &mut Batch {
        &mut self.young
    }

    /// How much is not on disk, but for the batch that is being written.
    pub fn pending(&self) -> usize {
        self.young.len() + self.ripe.as_ref().map_or(0, Batch::len)
    }

    /// What is young becomes ripe. It has to be taken before this is called again.
    pub fn ripen(&mut self) {
        let next = Batch::after(&self.young);
        self.ripe = Some(std::mem::replace(&mut self.young, next));
    }

    /// Takes the ripe batch, to write it.
    pub fn take(&mut self) -> Option<Batch> {
        let ripe = self.ripe.take()?;
        let new = ripe.entries.iter().filter_map(|entry| entry.new.as_ref());
        let bytes: usize = new.map(|new| new.bytes).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        self.answers = 0;
        self.writing = ripe.len();
        Some(ripe)
    }

    /// The acceptance of these failed: their bodies are not written any more. Those that have
    /// ended meanwhile become history.
    pub fn fail(&mut self, entries: Vec<Entry>) {
        for Entry { id, new, .. } in entries {
            let Some(mut new) = new else { continue };
            (new.body, new.bytes) = (None, 0);
            match self.young.get(id) {
                Some(entry) if entry.end.is_some() => entry.new = Some(new),
                _ => self.unaccepted.add(id, new),
            }
        }
    }

    /// Nobody waits any longer for what was accepted, and is not being written; the number of
    /// the last batch.
    pub fn refuse(&mut self) -> u64 {
        self.refusing = true;
        let mut failed = Vec::new();
        for batch in self.ripe.iter_mut().chain([&mut self.young]) {
            failed.extend(batch.refuse());
        }
        self.fail(failed);
        self.young.number
    }

    /// Whether a batch may be committed as it is.
    pub fn may_commit(&self, batch: &Batch) -> bool {
        !self.refusing || !batch.entries.iter().any(Entry::is_open)
    }

    /// Nothing is written any more, and nobody waits for it any longer.
    pub fn end(&mut self) {
        self.closed = true;
        self.lost += std::mem::take(&mut self.writing);
        let ripe = self.ripe.take();
        for batch in ripe.iter().chain([&self.young]) {
            self.lost += batch.len();
            batch.accepted.set(Err(Refused::Closed));
            batch.settled.set(Err(Refused::Closed));
        }
    }
}
