//! All deliveries that are not settled: what is ready is queued at its endpoint, what is to
//! be retried, or held by a breaker, waits for its time.
//!
//! Each endpoint has a bound on what is in flight, so that one which hangs holds up nothing
//! but itself. A delivery is in one place at each moment: ready, waiting, or in the slot of
//! the worker that makes its attempt. Whoever takes it out settles it.

use crate::delivery::{Delivery, Step};
use crate::endpoint::EndpointQueue;
use crate::time::Time;
use crate::webhook::{Attempt, AttemptResult, Limits, WebhookState};
use crate::worker::{Finished, Next, Signals, Worker};
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// What a host queues: the state of a delivery, with all that it takes to send it.
pub trait Item {
    /// What shares a bound on attempts in flight.
    type Endpoint: Clone + Eq + Hash;

    /// Where it goes.
    fn endpoint(&self) -> &Self::Endpoint;

    /// Its state.
    fn delivery(&self) -> &Delivery;

    /// Its state, and that of its webhook, to go on.
    fn with<R>(&mut self, step: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R;
}

/// Nothing is accepted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// When a delivery is due. Of those that are due together, held by one breaker, that comes
/// first which could have been sent first: as a probe it has the least to lose.
type Due = (Time, Option<Time>, u64);

/// All deliveries that are not settled.
#[derive(Clone, Debug)]
pub struct Deliveries<D: Item> {
    max_in_flight: usize,
    endpoints: HashMap<D::Endpoint, EndpointQueue<D>>,
    waiting: BTreeMap<Due, D>,
    /// Of the workers, each with the delivery that it makes an attempt for.
    slots: HashMap<u64, Option<D>>,
    serial: u64,
    closed: bool,
}

impl<D: Item> Deliveries<D> {
    /// None yet; at each endpoint at most so many attempts are in flight.
    #[must_use]
    pub fn new(max_in_flight: usize) -> Self {
        Self {
            max_in_flight,
            endpoints: HashMap::new(),
            waiting: BTreeMap::new(),
            slots: HashMap::new(),
            serial: 0,
            closed: false,
        }
    }

    /// Accepts deliveries, those of one event at once; the workers to be started for them.
    ///
    /// # Errors
    /// If none are accepted any more.
    pub fn accept(
        &mut self,
        deliveries: impl IntoIterator<Item = D>,
    ) -> Result<Vec<Worker<D::Endpoint>>, Closed> {
        if self.closed {
            return Err(Closed);
        }
        let queued = deliveries.into_iter().filter_map(|one| self.queue(one));
        Ok(queued.collect())
    }

    /// Queues a delivery that is ready; a worker for it, if one more may send.
    fn queue(&mut self, delivery: D) -> Option<Worker<D::Endpoint>> {
        let endpoint = delivery.endpoint().clone();
        let queue = self.endpoints.entry(endpoint.clone()).or_default();
        queue.push(delivery);
        if queue.in_flight >= self.max_in_flight {
            return None;
        }
        queue.in_flight += 1;
        self.serial += 1;
        self.slots.insert(self.serial, None);
        Some(Worker {
            number: self.serial,
            endpoint,
        })
    }

    /// What a worker does next. `prepare` takes what an attempt needs from its delivery,
    /// which stays here.
    pub fn next<F>(
        &mut self,
        worker: &Worker<D::Endpoint>,
        now: Time,
        prepare: impl FnOnce(&mut D) -> F,
    ) -> (Next<D, F>, Signals) {
        let mut signals = Signals::default();
        while let Some(queue) = self.endpoints.get_mut(&worker.endpoint) {
            let Some((mut delivery, is_short)) = queue.pop(now) else {
                // In the same moment, or one that comes just then would wait for ever.
                queue.in_flight -= 1;
                if queue.in_flight == 0 {
                    self.endpoints.remove(&worker.endpoint);
                }
                self.slots.remove(&worker.number);
                break;
            };
            signals.short |= is_short;
            match delivery.with(|delivery, webhook, limits| delivery.next(webhook, limits, now)) {
                Step::Send(attempt) => {
                    let prepared = prepare(&mut delivery);
                    self.slots.insert(worker.number, Some(delivery));
                    return (Next::Send(prepared, attempt), signals);
                }
                Step::Wait(time) => {
                    signals.rearm |= self.wait(time, delivery);
                }
                Step::Settle(settled) => return (Next::Settle(delivery, settled), signals),
            }
        }
        (Next::Idle, signals)
    }

    /// An attempt came to a result. `note` writes down what the host wants to know of it.
    /// None if all deliveries were taken out meanwhile.
    pub fn finished(
        &mut self,
        worker: &Worker<D::Endpoint>,
        result: AttemptResult,
        now: Time,
        note: impl FnOnce(&mut D),
    ) -> Option<Finished<D>> {
        let mut delivery = self.take(worker)?;
        note(&mut delivery);
        let (step, noted) = delivery
            .with(|delivery, webhook, limits| delivery.finished(webhook, limits, result, now));
        let mut finished = Finished {
            settled: None,
            waits: None,
            change: noted.change,
            switched_off: noted.switched_off,
        };
        match step {
            Step::Settle(settled) => finished.settled = Some((delivery, settled)),
            // No attempt follows another one at once.
            Step::Wait(time) | Step::Send(Attempt { first: time, .. }) => {
                finished.waits = Some((time, self.wait(time, delivery)));
            }
        }
        Some(finished)
    }

    /// Takes out the delivery of an attempt that came to no result; whoever does settles it.
    pub fn take(&mut self, worker: &Worker<D::Endpoint>) -> Option<D> {
        self.slots.get_mut(&worker.number)?.take()
    }

    /// Whether it is due before all else that waits.
    fn wait(&mut self, time: Time, delivery: D) -> bool {
        self.serial += 1;
        let due = (time, delivery.delivery().first(), self.serial);
        let first = self.waiting.first_key_value();
        let first = first.is_none_or(|(first, _)| due < *first);
        self.waiting.insert(due, delivery);
        first
    }

    /// Queues what is due by now; the workers to be started for it.
    pub fn pop_due(&mut self, now: Time) -> Vec<Worker<D::Endpoint>> {
        let mut workers = Vec::new();
        while let Some(first) = self.waiting.first_entry()
            && first.key().0 <= now
        {
            let delivery = first.remove();
            workers.extend(self.queue(delivery));
        }
        workers
    }

    /// When the next delivery is due, if any waits.
    #[must_use]
    pub fn next_due(&self) -> Option<Time> {
        self.waiting.first_key_value().map(|(due, _)| due.0)
    }

    /// Queues what breakers held that have closed; the workers to be started for it.
    pub fn release(&mut self) -> Vec<Worker<D::Endpoint>> {
        let free = |_: &Due, delivery: &mut D| {
            delivery.with(|delivery, webhook, _| delivery.is_held() && webhook.breaker.is_closed())
        };
        let released: Vec<_> = self.waiting.extract_if(.., free).collect();
        let queued = released.into_iter().filter_map(|(_, one)| self.queue(one));
        queued.collect()
    }

    /// What waits for its time, with when it is due; the earliest first.
    pub fn waiting(&self) -> impl Iterator<Item = (Time, &D)> {
        let waiting = self.waiting.iter();
        waiting.map(|((time, ..), delivery)| (*time, delivery))
    }

    /// Deliveries to an endpoint that are ready to be sent.
    #[must_use]
    pub fn ready(&self, endpoint: &D::Endpoint) -> usize {
        let queue = self.endpoints.get(endpoint);
        queue.map_or(0, |queue| queue.ready().len())
    }

    /// Workers that send to an endpoint.
    #[must_use]
    pub fn in_flight(&self, endpoint: &D::Endpoint) -> usize {
        self.endpoints
            .get(endpoint)
            .map_or(0, |queue| queue.in_flight)
    }

    /// Whether more for any of these endpoints would gain nothing: enough is ready there,
    /// and it keeps up.
    pub fn is_well_filled<'a>(
        &self,
        endpoints: impl IntoIterator<Item = &'a D::Endpoint>,
        now: Time,
    ) -> bool
    where
        D::Endpoint: 'a,
    {
        let mut queues = endpoints
            .into_iter()
            .filter_map(|one| self.endpoints.get(one));
        queues.any(|queue| queue.is_well_filled(now))
    }

    /// Accepts nothing any more.
    pub const fn close(&mut self) {
        self.closed = true;
    }

    /// Accepts nothing any more, and takes out every delivery that is not settled, those of
    /// attempts that are under way included: their results come too late.
    pub fn end(&mut self) -> Vec<D> {
        self.closed = true;
        let queues = std::mem::take(&mut self.endpoints).into_values();
        let mut left: Vec<D> = queues.flat_map(EndpointQueue::into_ready).collect();
        left.extend(std::mem::take(&mut self.waiting).into_values());
        let slots = std::mem::take(&mut self.slots).into_values();
        left.extend(slots.flatten());
        left
    }

    /// Every delivery that is not settled.
    pub fn iter(&self) -> impl Iterator<Item = &D> {
        let ready = self.endpoints.values().flat_map(EndpointQueue::ready);
        let in_flight = self.slots.values().flatten();
        ready.chain(self.waiting.values()).chain(in_flight)
    }
}
