//! Deliveries whose acceptance failed.

use crate::write::entry::New;
use std::collections::{HashMap, VecDeque};
use uuid::Uuid;

/// So many are known at most.
const MOST: usize = 1 << 14;

/// Deliveries whose acceptance failed: they may be sent nevertheless, and their end is history
/// then. Of those that are not sent nothing is ever told, so the oldest ones give way.
#[derive(Default)]
pub struct Unaccepted {
    known: HashMap<Uuid, New>,
    /// All that are known, and some that were; the oldest first.
    order: VecDeque<Uuid>,
}

impl Unaccepted {
    /// Its acceptance failed. Its body is not written any more.
    pub fn add(&mut self, id: Uuid, new: New) {
        if self.known.insert(id, new).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > MOST {
            self.order
                .pop_front()
                .map(|oldest| self.known.remove(&oldest));
        }
    }

    /// Whether its acceptance failed.
    pub fn contains(&self, id: Uuid) -> bool {
        self.known.contains_key(&id)
    }

    /// It ended; what is known of it, if its acceptance failed.
    pub fn take(&mut self, id: Uuid) -> Option<New> {
        let new = self.known.remove(&id);
        if self.known.is_empty() {
            self.order.clear();
        }
        new
    }
}
