//! Tells when something accepted is on disk.

use crate::error::Refused;
use std::time::Duration;

/// Tells when what was handed in is on disk. Tickets of one commit share its outcome.
#[derive(Clone, Debug)]
pub struct Ticket {}

impl Ticket {
    /// The number of the commit that it waits for: commits are counted up from 1, and
    /// [`Store::on_commit`](crate::Store::on_commit) tells each number.
    #[must_use]
    pub fn number(&self) -> u64;

    /// The place in the queue of the first delivery that was accepted; the others follow one
    /// by one. 0 if the ticket is not of [`accept`](crate::Store::accept).
    #[must_use]
    pub fn queue(&self) -> i64;

    /// What came of it; none while the commit is still to come.
    #[must_use]
    pub fn outcome(&self) -> Option<Result<(), Refused>>;

    /// Waits for the outcome; none if the time is over before.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> Option<Result<(), Refused>>;
}
