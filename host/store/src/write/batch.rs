//! What one commit writes.

use crate::decision::Decision;
use crate::error::Refused;
use crate::ticket::{Outcome, Ticket};
use crate::write::entry::Entry;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use uuid::Uuid;

/// Where a webhook that is gone was: a hash of it, and when it said so.
pub type Target = (Box<[u8]>, i64);

/// What one commit writes.
pub struct Batch {
    /// Counted up from 1.
    pub number: u64,
    /// Deliveries, in the order in which something first happened to them.
    pub entries: Vec<Entry>,
    places: HashMap<Uuid, usize, BuildHasherDefault<IdHasher>>,
    /// Decisions, each with its place in their order.
    pub decisions: Vec<(i64, Decision)>,
    /// Webhooks that are gone, with the hash of their target and the time; or not any more.
    pub gone: Vec<(Box<str>, Option<Target>)>,
    /// Webhooks that were paused, and since when; or resumed.
    pub paused: Vec<(Box<str>, Option<i64>)>,
    /// Of what was accepted.
    pub accepted: Arc<Outcome>,
    /// Of all else.
    pub settled: Arc<Outcome>,
}

impl Batch {
    /// An empty one.
    pub fn new(number: u64) -> Self {
        Self {
            number,
            entries: Vec::new(),
            places: HashMap::default(),
            decisions: Vec::new(),
            gone: Vec::new(),
            paused: Vec::new(),
            accepted: Arc::default(),
            settled: Arc::default(),
        }
    }

    /// An empty one that follows another, and is about as large.
    pub fn after(other: &Self) -> Self {
        let mut next = Self::new(other.number + 1);
        next.entries.reserve(other.entries.len());
        next.places.reserve(other.entries.len());
        next
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much there is to write.
    pub fn len(&self) -> usize {
        self.entries.len() + self.decisions.len() + self.gone.len() + self.paused.len()
    }

    /// What is to be written of a delivery.
    pub fn get(&mut self, id: Uuid) -> Option<&mut Entry> {
        let place = *self.places.get(&id)?;
        self.entries.get_mut(place)
    }

    /// Adds a delivery that is not in it.
    pub fn push(&mut self, entry: Entry) {
        self.places.insert(entry.id, self.entries.len());
        self.entries.push(entry);
    }

    /// Takes deliveries out, for good.
    pub fn extract(&mut self, out: impl Fn(&Entry) -> bool) -> Vec<Entry> {
        let (taken, kept): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(out);
        self.places.clear();
        for entry in kept {
            self.push(entry);
        }
        taken
    }

    /// What was accepted and still waits is refused, and taken out.
    pub fn refuse(&mut self) -> Vec<Entry> {
        self.accepted.set(Err(Refused::Closed));
        self.extract(Entry::is_open)
    }

    /// For what was accepted from this place in the queue on.
    pub fn ticket_of_accepted(&self, queue: i64) -> Ticket {
        Ticket::new(self.number, queue, Arc::clone(&self.accepted))
    }

    /// For all else.
    pub fn ticket(&self) -> Ticket {
        Ticket::new(self.number, 0, Arc::clone(&self.settled))
    }
}

/// The end of a UUID is random: it needs no hashing.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            // The first half of version 7 is the time, which must not decide alone.
            self.0 = self.0.rotate_left(32) ^ u64::from_le_bytes(word);
        }
    }

    fn write_usize(&mut self, _: usize) {}
}
