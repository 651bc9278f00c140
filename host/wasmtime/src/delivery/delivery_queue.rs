//! Deliveries that are not settled: what is ready waits in the queue of its endpoint, what is
//! to be retried, or held by a breaker, waits for its time.
//!
//! Each endpoint has a bound on what is in flight, so that one which hangs holds up
//! nothing but itself. A delivery that waits is a record, not a task.
//!
//! Nothing is spawned, logged or reported under the lock: on a runtime that is ending a
//! task is dropped where it is spawned, and what it drops comes back here.

use crate::attempt::context::AttemptContext;
use crate::deadline::processors;
use crate::delivery::capacity::Capacity;
use crate::delivery::delivery::Delivery;
use crate::ledger::Receipt;
use crate::ledger::entry::Entry;
use lifecycle::{Deliveries, STALLED_AFTER, Signals, Worker};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

/// Why nothing is accepted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Closed {
    /// By whoever had it.
    #[error("closed: these webhooks were shut down and accept nothing new")]
    Shutdown,
    /// By the end of its runtime.
    #[error("closed: the runtime that these webhooks were started in has ended")]
    Runtime,
}

/// Requests that are on their way and keep a processor busy; with more they only wait for
/// each other, each with a connection of its own.
const ENOUGH: usize = 32;

/// Starts a worker that makes attempts until nothing is ready.
pub(crate) type Start = fn(&Handle, Arc<DeliveryQueue>, Worker) -> AbortHandle;

/// All deliveries that are not settled.
pub(crate) struct DeliveryQueue {
    pub context: Arc<AttemptContext>,
    pub capacity: Arc<Capacity>,
    runtime: Handle,
    start: Start,
    state: Mutex<State>,
    /// Notified when something waits that is due before all else.
    rearm: Arc<Notify>,
    /// Notified when a queue that was long enough is short again.
    short: Notify,
    /// Held by whoever ends it, until that is done.
    pub(super) ending: tokio::sync::Mutex<()>,
}

pub(crate) struct State {
    pub deliveries: Deliveries<Box<Delivery>>,
    /// Of those who make attempts.
    pub tasks: HashMap<u64, Option<AbortHandle>>,
    pub closed: Option<Closed>,
    /// Nothing is sent any more either.
    pub(super) ended: bool,
    /// What was reported as undelivered at the end.
    pub(super) undelivered: usize,
    pub(super) beside: Vec<AbortHandle>,
}

impl DeliveryQueue {
    /// Starts with a runtime, and with what starts workers in it; at each endpoint at most so
    /// many attempts are in flight.
    pub(crate) fn new(
        context: Arc<AttemptContext>,
        capacity: Arc<Capacity>,
        max_in_flight: usize,
        runtime: Handle,
        start: Start,
    ) -> Arc<Self> {
        let state = State {
            deliveries: Deliveries::new(max_in_flight, ENOUGH * processors() as usize),
            tasks: HashMap::new(),
            closed: None,
            ended: false,
            undelivered: 0,
            beside: Vec::new(),
        };
        let queue = Arc::new(Self {
            context,
            capacity,
            runtime,
            start,
            state: Mutex::new(state),
            rearm: Arc::default(),
            short: Notify::new(),
            ending: tokio::sync::Mutex::default(),
        });
        queue.spawn(timer(Ending(Arc::downgrade(&queue))));
        queue
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the queues are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts deliveries, those of one event at once. `entries` are what the ledger is told,
    /// before any of them can be settled.
    ///
    /// # Errors
    /// Why none are accepted.
    pub(crate) fn push(
        self: &Arc<Self>,
        deliveries: impl IntoIterator<Item = Box<Delivery>>,
        entries: Vec<Entry>,
    ) -> Result<Option<Receipt>, String> {
        let mut state = self.lock();
        let receipt = match state.closed {
            Some(closed) => Err(closed.to_string()),
            None => match self.context.observer.ledger() {
                Some(ledger) if !entries.is_empty() => ledger.accept(entries).map(Some),
                _ => Ok(None),
            },
        };
        if receipt.is_err() {
            drop(state);
            drop(deliveries);
            return receipt;
        }
        let accepted = deliveries.into_iter().map(|mut delivery| {
            delivery.accept();
            delivery
        });
        let now = self.context.clock.now();
        let accepted = state.deliveries.accept(accepted, now);
        // It is open, as was seen under this lock.
        let signals = accepted.unwrap_or_default();
        self.heed(state, signals);
        receipt
    }

    /// Why nothing is accepted any more, if so.
    pub(crate) fn closed(&self) -> Option<Closed> {
        self.lock().closed
    }

    /// Waits while more for any of these endpoints would gain nothing: enough is queued
    /// there, and it keeps up. One that does not keep up is not waited for.
    pub(crate) async fn until_short(&self, endpoints: &[Arc<str>]) {
        loop {
            let mut short = std::pin::pin!(self.short.notified());
            // Register before checking, so that no wake-up is lost.
            short.as_mut().enable();
            if !self.is_well_filled(endpoints) {
                return;
            }
            let _ = timeout(STALLED_AFTER, short).await;
        }
    }

    fn is_well_filled(&self, endpoints: &[Arc<str>]) -> bool {
        let now = self.context.clock.now();
        self.lock().deliveries.is_well_filled(endpoints, now)
    }

    /// Runs something beside deliveries, until it ends or all does; whether all has not.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> bool {
        let task = self.runtime.spawn(task).abort_handle();
        let mut state = self.lock();
        if state.ended {
            drop(state);
            task.abort();
            return false;
        }
        if state.beside.len() == state.beside.capacity() {
            state.beside.retain(|task| !task.is_finished());
            let left = state.beside.len();
            state.beside.reserve(left + 8);
        }
        state.beside.push(task);
        true
    }

    /// Starts workers and wakes whom it concerns, once the lock is given back.
    pub(crate) fn heed(self: &Arc<Self>, mut state: MutexGuard<'_, State>, signals: Signals) {
        let known = signals.workers.iter();
        state
            .tasks
            .extend(known.map(|worker| (worker.number(), None)));
        drop(state);
        if signals.short {
            self.short.notify_waiters();
        }
        if signals.rearm {
            self.rearm.notify_one();
        }
        for worker in signals.workers {
            let task = (self.start)(&self.runtime, Arc::clone(self), worker);
            if let Some(known) = self.lock().tasks.get_mut(&worker.number()) {
                *known = Some(task);
            } else {
                // It is over already, or all is.
                task.abort();
            }
        }
    }

    /// Sends what is due; when to come again.
    fn pop_due(self: &Arc<Self>) -> Option<Instant> {
        let mut state = self.lock();
        let due = state.deliveries.pop_due(self.context.clock.now());
        let next = state.deliveries.next_due();
        self.heed(state, due);
        next.map(|time| self.context.clock.instant(time))
    }

    /// Sends what breakers held that have closed.
    fn release(self: &Arc<Self>) {
        let mut state = self.lock();
        let released = state.deliveries.release(self.context.clock.now());
        self.heed(state, released);
    }

    /// When the next delivery is to be retried, if any waits.
    pub(crate) fn next_retry(&self) -> Option<Instant> {
        let state = self.lock();
        let next = state.deliveries.waiting().next();
        next.map(|(due, _)| self.context.clock.instant(due))
    }
}

/// Held by a task for as long as the runtime lives: with it all ends.
struct Ending(Weak<DeliveryQueue>);

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(queue) = self.0.upgrade() {
            queue.end(Closed::Runtime);
        }
    }
}

/// Puts deliveries back into their queues when their time has come, or their breaker closed.
async fn timer(queue: Ending) {
    loop {
        // Not held while waiting: the queue ends with its last user.
        let Some((next, context, rearm)) = queue.0.upgrade().map(|queue| {
            let next = queue.pop_due();
            (next, Arc::clone(&queue.context), Arc::clone(&queue.rearm))
        }) else {
            return;
        };
        let due = async {
            match next {
                Some(time) => sleep_until(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => {}
            () = rearm.notified() => {}
            () = context.closed.notified() => {
                let Some(queue) = queue.0.upgrade() else { return };
                queue.release();
            }
        }
    }
}
