//! Workers, each of which makes one attempt after the other, and how many there are.

use crate::endpoint::STALLED_AFTER;
use crate::queue_item::QueueItem;
use crate::time::Time;
use std::collections::{HashMap, VecDeque};

/// The right to make attempts, one after the other.
///
/// Whoever has it calls [`crate::Deliveries::next`] until that says [`crate::Next::Idle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Worker(u64);

impl Worker {
    /// Tells it from all others.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What a worker does.
#[derive(Clone, Debug)]
struct Slot<D: QueueItem> {
    /// It makes an attempt there, or reads what came of it.
    endpoint: Option<D::Endpoint>,
    /// Of which delivery, until that is settled or waits again.
    delivery: Option<D>,
    since: Time,
    stalled: bool,
}

/// All workers.
///
/// So many that keep this machine busy are enough: with more the requests only wait for
/// each other. An attempt that takes long is waited for by nobody, and does not count.
#[derive(Clone, Debug)]
pub(crate) struct Workers<D: QueueItem> {
    enough: usize,
    slots: HashMap<u64, Slot<D>>,
    /// Those that will ask for a delivery.
    asking: usize,
    /// Attempts in the order in which they began; some are over.
    young: VecDeque<(Time, u64)>,
    stalled: usize,
    serial: u64,
}

impl<D: QueueItem> Workers<D> {
    pub(crate) fn new(enough: usize) -> Self {
        Self {
            enough,
            slots: HashMap::new(),
            asking: 0,
            young: VecDeque::new(),
            stalled: 0,
            serial: 0,
        }
    }

    /// Those to be started when so many deliveries could be sent.
    pub(crate) fn start(&mut self, sendable: usize, now: Time) -> Vec<Worker> {
        let mut workers = Vec::new();
        while self.asking < sendable && self.may_start(now) {
            self.serial += 1;
            self.asking += 1;
            let slot = Slot {
                endpoint: None,
                delivery: None,
                since: now,
                stalled: false,
            };
            self.slots.insert(self.serial, slot);
            workers.push(Worker(self.serial));
        }
        workers
    }

    fn may_start(&mut self, now: Time) -> bool {
        self.look_for_stalled(now);
        self.slots.len() - self.stalled < self.enough
    }

    fn look_for_stalled(&mut self, now: Time) {
        while let Some((since, number)) = self.young.front().copied()
            && now.since(since) >= STALLED_AFTER
        {
            self.young.pop_front();
            if let Some(slot) = self.slots.get_mut(&number)
                && slot.endpoint.is_some()
                && slot.since == since
                && !slot.stalled
            {
                slot.stalled = true;
                self.stalled += 1;
            }
        }
    }

    /// When more could be started, if that many deliveries wait for a worker.
    pub(crate) fn next_start(&self, sendable: usize) -> Option<Time> {
        let (since, _) = self.young.front().filter(|_| self.asking < sendable)?;
        Some(*since + STALLED_AFTER)
    }

    /// A worker asks for a delivery: where its last attempt was. None if it is none any more.
    pub(crate) fn asks(&mut self, worker: Worker) -> Option<Option<D::Endpoint>> {
        let slot = self.slots.get_mut(&worker.0)?;
        let endpoint = slot.endpoint.take();
        self.asking += usize::from(endpoint.is_some());
        self.stalled -= usize::from(std::mem::take(&mut slot.stalled));
        Some(endpoint)
    }

    /// It makes an attempt from now on.
    pub(crate) fn sends(&mut self, worker: Worker, delivery: D, now: Time) {
        if let Some(slot) = self.slots.get_mut(&worker.0) {
            slot.endpoint = Some(delivery.endpoint().clone());
            slot.delivery = Some(delivery);
            slot.since = now;
            self.asking -= 1;
            self.young.push_back((now, worker.0));
            // Or what is over would stay for ever where there are never enough workers.
            self.look_for_stalled(now);
        }
    }

    /// There is nothing for it.
    pub(crate) fn ends(&mut self, worker: Worker) {
        if self.slots.remove(&worker.0).is_some() {
            self.asking -= 1;
        }
    }

    /// The delivery of its attempt.
    pub(crate) fn take(&mut self, worker: Worker) -> Option<D> {
        self.slots.get_mut(&worker.0)?.delivery.take()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &D> {
        let slots = self.slots.values();
        slots.filter_map(|slot| slot.delivery.as_ref())
    }

    /// Takes out the deliveries of all; none is a worker any more.
    pub(crate) fn take_all(&mut self) -> Vec<D> {
        (self.asking, self.stalled) = (0, 0);
        self.young.clear();
        let slots = std::mem::take(&mut self.slots).into_values();
        slots.filter_map(|slot| slot.delivery).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue_item::tests::Nothing;
    use std::collections::HashSet;
    use std::time::Duration;

    #[test]
    fn each_worker_has_a_number_of_its_own() {
        let mut workers = Workers::<Nothing>::new(64);
        let started = workers.start(3, Time::default());
        let numbers: HashSet<_> = started.iter().map(|worker| worker.number()).collect();
        assert_eq!(numbers.len(), 3);
    }

    #[test]
    fn attempts_that_are_over_are_forgotten() {
        let mut workers = Workers::new(64);
        let mut now = Time::default();
        let worker = workers.start(1, now)[0];
        for _ in 0..10_000 {
            workers.sends(worker, Nothing, now);
            workers.take(worker);
            now = now + Duration::from_millis(1);
            workers.asks(worker);
        }
        assert!(
            workers.young.len() <= 20,
            "{} are kept",
            workers.young.len()
        );
    }
}
