//! Workers, and what they are told.

use crate::breaker::Change;
use crate::delivery::Settled;
use crate::time::Time;
use crate::webhook::Attempt;

/// The right to make attempts at one endpoint, one after the other.
///
/// Whoever has it calls [`next`](crate::Deliveries::next) until that says [`Next::Idle`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker<E> {
    /// Its slot.
    pub number: u64,
    /// The endpoint that it sends to.
    pub endpoint: E,
}

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

/// What else [`next`](crate::Deliveries::next) did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// The queue of the endpoint has become short: more would keep it busy.
    pub short: bool,
    /// Something waits that is due before all else that did.
    pub rearm: bool,
}

/// What became of an attempt's delivery.
#[derive(Debug)]
pub struct Finished<D> {
    /// To be settled; without one it waits.
    pub settled: Option<(D, Settled)>,
    /// When it comes again, if it waits, and whether nothing else is due earlier.
    pub waits: Option<(Time, bool)>,
    /// The breaker of its webhook changed.
    pub change: Option<Change>,
    /// Its webhook has just been switched off.
    pub switched_off: bool,
}
