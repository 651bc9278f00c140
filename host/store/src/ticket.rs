//! Tells when something accepted is on disk.

use crate::error::Refused;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Tells when what was handed in is on disk. Tickets of one commit share its outcome.
#[derive(Clone, Debug)]
pub struct Ticket {
    number: u64,
    queue: i64,
    outcome: Arc<Outcome>,
}

/// What came of a commit.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    known: Mutex<Option<Result<(), Refused>>>,
    over: Condvar,
}

impl Outcome {
    /// It is known; the first word counts.
    pub(crate) fn set(&self, outcome: Result<(), Refused>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(outcome);
        self.over.notify_all();
    }
}

impl Ticket {
    pub(crate) const fn new(number: u64, queue: i64, outcome: Arc<Outcome>) -> Self {
        Self {
            number,
            queue,
            outcome,
        }
    }

    /// Of what is not handed in.
    pub(crate) fn refused(number: u64, why: Refused) -> Self {
        let outcome = Arc::<Outcome>::default();
        outcome.set(Err(why));
        Self::new(number, 0, outcome)
    }

    /// The number of the commit that it waits for: commits are counted up from 1. Whenever
    /// [`Store::on_commit`](crate::Store::on_commit) tells this number or a later one, there
    /// may be an outcome.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The place in the queue of the first delivery that was accepted; the others follow one
    /// by one. 0 if the ticket is not of [`accept`](crate::Store::accept).
    #[must_use]
    pub const fn queue(&self) -> i64 {
        self.queue
    }

    /// What came of it; none while that is still to come.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<(), Refused>> {
        let known = self.outcome.known.lock();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the outcome; none if the time is over before. Blocks.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> Option<Result<(), Refused>> {
        let until = Instant::now() + limit;
        let mut known = self
            .outcome
            .known
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        loop {
            if known.is_some() {
                return known.clone();
            }
            let left = until.checked_duration_since(Instant::now())?;
            let woken = self.outcome.over.wait_timeout(known, left);
            known = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
