//! All deliveries that are not settled: what is ready is queued at its endpoint, what is to
//! be retried, or held by a breaker, waits for its time.
//!
//! Each endpoint has a bound on what is in flight, so that one which hangs holds up nothing
//! but itself. A delivery is in one place at each moment: ready, waiting, paused, or in the
//! slot of the worker that makes its attempt. Whoever takes it out settles it.

use crate::action::{Closed, Finished, Next, Signals};
use crate::delivery::Step;
use crate::endpoint::Endpoints;
use crate::queue_item::QueueItem;
use crate::time::Time;
use crate::webhook::{Attempt, AttemptResult};
use crate::worker::{Worker, Workers};
use std::collections::BTreeMap;

/// When a delivery is due. Of those that are due together, held by one breaker, that comes
/// first which could have been sent first: as a probe it has the least to lose.
type Due = (Time, Option<Time>, u64);

/// All deliveries that are not settled.
#[derive(Clone, Debug)]
pub struct Deliveries<D: QueueItem> {
    pub(crate) endpoints: Endpoints<D>,
    pub(crate) waiting: BTreeMap<Due, D>,
    /// Whose turn came while their webhooks were paused.
    pub(crate) paused: Vec<D>,
    pub(crate) workers: Workers<D>,
    /// What the host last heard of when to come again.
    armed: Option<Time>,
    serial: u64,
    pub(crate) closed: bool,
}

impl<D: QueueItem> Deliveries<D> {
    /// None yet. At each endpoint at most `max_in_flight` attempts are in flight; `enough`
    /// in all keep this machine busy, those not counted that take long.
    #[must_use]
    pub fn new(max_in_flight: usize, enough: usize) -> Self {
        Self {
            endpoints: Endpoints::new(max_in_flight),
            waiting: BTreeMap::new(),
            paused: Vec::new(),
            workers: Workers::new(enough.max(1)),
            armed: None,
            serial: 0,
            closed: false,
        }
    }

    /// Accepts deliveries, those of one event at once.
    ///
    /// # Errors
    /// If none are accepted any more.
    pub fn accept(
        &mut self,
        deliveries: impl IntoIterator<Item = D>,
        now: Time,
    ) -> Result<Signals, Closed> {
        if self.closed {
            return Err(Closed);
        }
        for delivery in deliveries {
            self.endpoints.push(delivery);
        }
        Ok(self.signals(now))
    }

    /// What is to be done after a change.
    pub(crate) fn signals(&mut self, now: Time) -> Signals {
        let workers = self.workers.start(self.endpoints.sendable(), now);
        Signals {
            workers,
            rearm: self.rearm(),
            short: false,
        }
    }

    fn rearm(&mut self) -> bool {
        let due = self.due();
        let earlier = match (due, self.armed) {
            (Some(due), Some(armed)) => due < armed,
            (due, _) => due.is_some(),
        };
        if earlier {
            self.armed = due;
        }
        earlier
    }

    fn due(&self) -> Option<Time> {
        let waiting = self.waiting.first_key_value().map(|(due, _)| due.0);
        let start = self.workers.next_start(self.endpoints.sendable());
        waiting.into_iter().chain(start).min()
    }

    /// What a worker does next. `prepare` takes what an attempt needs from its delivery,
    /// which stays here. `held` is told of each that a breaker holds, and until when, so that
    /// a host writes it down.
    pub fn next<F>(
        &mut self,
        worker: Worker,
        now: Time,
        prepare: impl FnOnce(&mut D) -> F,
        mut held: impl FnMut(&D, Time),
    ) -> (Next<D, F>, Signals) {
        let Some(last) = self.workers.asks(worker) else {
            return (Next::Idle, Signals::default());
        };
        if let Some(endpoint) = last {
            self.endpoints.free(&endpoint);
        }
        let mut short = false;
        let next = loop {
            let Some(mut turn) = self.endpoints.pop(now) else {
                // In the same moment, or one that comes just then would wait for ever.
                self.workers.ends(worker);
                break Next::Idle;
            };
            short |= turn.short;
            let delivery = &mut turn.delivery;
            let step = delivery.with(|delivery, webhook, limits| {
                let pauses = delivery.pauses(webhook);
                (!pauses).then(|| delivery.next(webhook, limits, now))
            });
            match step {
                None => self.paused.push(turn.delivery),
                Some(Step::Send(attempt)) => {
                    let prepared = prepare(delivery);
                    self.endpoints.sent(delivery.endpoint());
                    self.workers.sends(worker, turn.delivery, now);
                    break Next::Send(prepared, attempt);
                }
                Some(Step::Wait(time)) => {
                    held(&turn.delivery, time);
                    self.wait(time, turn.delivery);
                }
                Some(Step::Settle(settled)) => break Next::Settle(turn.delivery, settled),
            }
        };
        let signals = Signals {
            short,
            ..self.signals(now)
        };
        (next, signals)
    }

    /// An attempt came to a result. `note` writes down what the host wants to know of it.
    /// None if all deliveries were taken out meanwhile. The worker goes on by asking for
    /// the next one; until then its attempt counts as in flight.
    pub fn finished(
        &mut self,
        worker: Worker,
        result: AttemptResult,
        now: Time,
        note: impl FnOnce(&mut D),
    ) -> Option<(Finished<D>, Signals)> {
        let mut delivery = self.workers.take(worker)?;
        note(&mut delivery);
        let more = match result.health {
            Some(health) => self.endpoints.heard(delivery.endpoint(), health),
            None => false,
        };
        let (step, noted) = delivery
            .with(|delivery, webhook, limits| delivery.finished(webhook, limits, result, now));
        let mut finished = Finished {
            settled: None,
            waits: None,
            progress: delivery.delivery().progress(now),
            change: noted.change,
            switched_off: noted.switched_off,
        };
        match step {
            Step::Settle(settled) => finished.settled = Some((delivery, settled)),
            // No attempt follows another one at once.
            Step::Wait(time) | Step::Send(Attempt { first: time, .. }) => {
                finished.waits = Some(time);
                self.wait(time, delivery);
            }
        }
        let signals = if more {
            self.signals(now)
        } else {
            Signals {
                rearm: self.rearm(),
                ..Signals::default()
            }
        };
        Some((finished, signals))
    }

    /// Takes out the delivery of an attempt that came to no result; whoever does settles it.
    pub fn take(&mut self, worker: Worker) -> Option<D> {
        self.workers.take(worker)
    }

    pub(crate) fn wait(&mut self, time: Time, delivery: D) {
        self.serial += 1;
        let due = (time, delivery.delivery().first(), self.serial);
        self.waiting.insert(due, delivery);
    }

    /// The time has come: queues what is due by now. The host asks for the next time after it.
    pub fn pop_due(&mut self, now: Time) -> Signals {
        while let Some(first) = self.waiting.first_entry()
            && first.key().0 <= now
        {
            let delivery = first.remove();
            self.endpoints.push(delivery);
        }
        let workers = self.workers.start(self.endpoints.sendable(), now);
        self.armed = self.due();
        Signals {
            workers,
            ..Signals::default()
        }
    }

    /// When to come again with [`Deliveries::pop_due`], if that is needed.
    pub fn next_due(&mut self) -> Option<Time> {
        self.armed = self.due();
        self.armed
    }

    /// Queues what breakers held that have closed.
    pub fn release(&mut self, now: Time) -> Signals {
        let free = |_: &Due, delivery: &mut D| {
            delivery.with(|delivery, webhook, _| delivery.is_held() && webhook.breaker.is_closed())
        };
        let released: Vec<_> = self.waiting.extract_if(.., free).collect();
        for (_, delivery) in released {
            self.endpoints.push(delivery);
        }
        self.signals(now)
    }

    /// What waits for its time, with when it is due; the earliest first.
    pub fn waiting(&self) -> impl Iterator<Item = (Time, &D)> {
        let waiting = self.waiting.iter();
        waiting.map(|((time, ..), delivery)| (*time, delivery))
    }

    /// Deliveries to an endpoint that are ready to be sent.
    #[must_use]
    pub fn ready(&self, endpoint: &D::Endpoint) -> usize {
        self.endpoints.ready(endpoint)
    }

    /// Attempts at an endpoint that are being made.
    #[must_use]
    pub fn in_flight(&self, endpoint: &D::Endpoint) -> usize {
        self.endpoints.in_flight(endpoint)
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
        let mut endpoints = endpoints.into_iter();
        endpoints.any(|endpoint| self.endpoints.is_well_filled(endpoint, now))
    }

    /// Accepts nothing any more.
    pub const fn close(&mut self) {
        self.closed = true;
    }

    /// Accepts nothing any more, and takes out every delivery that is not settled, those of
    /// attempts that are under way included: their results come too late.
    pub fn end(&mut self) -> Vec<D> {
        self.closed = true;
        let mut left = self.endpoints.take_all();
        left.extend(std::mem::take(&mut self.waiting).into_values());
        left.append(&mut self.paused);
        left.extend(self.workers.take_all());
        left
    }

    /// Every delivery that is not settled, and whether its attempt is being made.
    pub fn all(&self) -> impl Iterator<Item = (&D, bool)> {
        let queued = self.endpoints.iter().chain(self.waiting.values());
        let still = queued.chain(&self.paused).map(|delivery| (delivery, false));
        still.chain(self.workers.iter().map(|delivery| (delivery, true)))
    }

    /// Every delivery that is not settled.
    pub fn iter(&self) -> impl Iterator<Item = &D> {
        let out = self.endpoints.iter().chain(self.workers.iter());
        out.chain(self.waiting.values()).chain(&self.paused)
    }
}
