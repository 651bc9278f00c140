//! What the ledger knows of deliveries that outlive their process.

use crate::bounds::Bounds;
use crate::ledger::{Entry, Ledger};
use crate::store::Row;
use crate::webhook::Webhook;
use lifecycle::{DeliveryProgress, Time};
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

/// What is held at once has used so much, or it would begin anew.
const HELD: Duration = Duration::from_millis(1);

impl Ledger {
    /// A process died, or ended. Of some deliveries something was not synced.
    pub fn died(&mut self, lost: HashSet<usize>) {
        self.repeatable.extend(lost);
        self.deliveries.clear();
        self.room = Bounds::default();
        (self.accepted, self.settled) = (0, 0);
    }

    /// It is on the disk that they are settled.
    pub fn settled_for_good(&mut self, ids: Vec<usize>) {
        self.for_good.extend(ids);
    }

    pub fn replayed(&mut self, id: usize) {
        assert!(self.for_good.remove(&id), "it was not settled");
        self.begun.remove(&id);
    }

    /// A delivery is taken from the store, and goes on with what it has.
    pub fn restored(&mut self, id: usize, row: &Row, to: &Rc<Webhook>, now: Time, wall: i64) {
        assert!(!self.for_good.contains(&id), "it was settled for good");
        self.accepted += 1;
        let DeliveryProgress {
            attempts,
            mut spent,
        } = row.progress;
        let has_begun = attempts > 0 || !spent.is_zero();
        let mut left = Duration::ZERO;
        if let Some((due, longest)) = row.due {
            let by_the_wall = u64::try_from(due - wall).unwrap_or(0);
            left = longest.min(Duration::from_nanos(by_the_wall));
            // When the wait is over, it has used as much as if nobody had died.
            spent = spent + longest - left;
        }
        if has_begun {
            left = left.min(to.limits.patience.saturating_sub(spent));
        }
        let first = has_begun.then(|| now - spent);
        let entry = Entry {
            webhook: Rc::clone(to),
            accepted: first.unwrap_or(now),
            attempts,
            first,
            not_before: now + left,
            probe: None,
            out: false,
            verdict: None,
            restored: Some(now + left),
            counted: now,
        };
        let known = self.deliveries.insert(id, entry);
        assert!(known.is_none(), "restored twice");
    }

    /// What is written down of a delivery is what has happened to it.
    pub fn check_progress(&self, id: usize, progress: DeliveryProgress, now: Time) {
        let entry = &self.deliveries[&id];
        assert_eq!(progress.attempts, entry.attempts, "attempts are written");
        match entry.first {
            Some(first) => assert_eq!(progress.spent, now.since(first), "time is written"),
            // Only held so far, since a moment that nobody was told of.
            None => assert!(progress.spent <= now.since(entry.accepted).max(HELD)),
        }
    }
}
