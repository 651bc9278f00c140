//! What a host is told to do with its deliveries.

use crate::breaker::Change;
use crate::delivery::{DeliveryProgress, Settled};
use crate::time::Time;
use crate::webhook::Attempt;
use crate::worker::Worker;

/// What a worker does next.
#[derive(Debug)]
pub enum Next<D, F> {
    /// Make an attempt, with what was taken from the delivery for it.
    Send(F, Attempt),
    /// Settle this delivery, and ask again.
    Settle(D, Settled),
    /// Nothing: the right was given back.
    Idle,
}

/// What is to be done beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Signals {
    /// Workers to be started.
    pub workers: Vec<Worker>,
    /// [`crate::Deliveries::next_due`] is earlier than it was when it was last asked for.
    pub rearm: bool,
    /// The queue of an endpoint has become short: more would keep it busy.
    pub short: bool,
}

/// What became of an attempt's delivery.
#[derive(Debug)]
pub struct Finished<D> {
    /// To be settled; without one it waits.
    pub settled: Option<(D, Settled)>,
    /// When it comes again, if it waits.
    pub waits: Option<Time>,
    /// How far it has come, to be written down.
    pub progress: DeliveryProgress,
    /// The breaker of its webhook changed.
    pub change: Option<Change>,
    /// Its webhook has just been switched off.
    pub switched_off: bool,
}

/// Nothing is accepted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;
