//! Deliveries that are ready, each queued at its endpoint, and whose turn it is.

use crate::breaker::Health;
use crate::queue_item::QueueItem;
use crate::time::Time;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

/// As many that are ready keep an endpoint busy; more would only fill the memory.
const ENOUGH: usize = 256;

/// What did not move for so long does not keep up.
pub const STALLED_AFTER: Duration = Duration::from_millis(20);

/// What is ready to be sent to one endpoint, and how much is on its way.
#[derive(Clone, Debug)]
struct EndpointQueue<D> {
    ready: VecDeque<D>,
    in_flight: usize,
    /// As many may be in flight by now.
    bound: usize,
    /// It has a place in the round.
    listed: bool,
    /// When one was last taken out of a queue that was long enough.
    moved: Option<Time>,
}

impl<D> EndpointQueue<D> {
    const fn new(bound: usize) -> Self {
        Self {
            ready: VecDeque::new(),
            in_flight: 0,
            bound,
            listed: false,
            moved: None,
        }
    }

    /// How many could be sent now.
    fn sendable(&self) -> usize {
        let free = self.bound.saturating_sub(self.in_flight);
        self.ready.len().min(free)
    }
}

/// A delivery whose turn it is.
pub(crate) struct Popped<D> {
    pub delivery: D,
    /// Its queue has become short by it: half of what is enough.
    pub short: bool,
}

/// The queues of all endpoints, which take turns.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints<D: QueueItem> {
    max_in_flight: usize,
    queues: HashMap<D::Endpoint, EndpointQueue<D>>,
    /// Those that can be sent to, in the order in which it is their turn.
    round: VecDeque<D::Endpoint>,
    /// Deliveries that could be sent now.
    sendable: usize,
    /// Those that are or were met gently: once is enough.
    met: HashSet<D::Endpoint>,
    /// Those of them that have not had their bound yet.
    gentle: HashSet<D::Endpoint>,
}

impl<D: QueueItem> Endpoints<D> {
    pub(crate) fn new(max_in_flight: usize) -> Self {
        Self {
            max_in_flight,
            queues: HashMap::new(),
            round: VecDeque::new(),
            sendable: 0,
            met: HashSet::new(),
            gentle: HashSet::new(),
        }
    }

    /// Deliveries that could be sent now, if there were workers for them.
    pub(crate) const fn sendable(&self) -> usize {
        self.sendable
    }

    /// Changes a queue, and keeps the books.
    fn change<R>(
        &mut self,
        endpoint: &D::Endpoint,
        change: impl FnOnce(&mut EndpointQueue<D>) -> R,
    ) -> Option<R> {
        let queue = self.queues.get_mut(endpoint)?;
        let before = queue.sendable();
        let changed = change(queue);
        let after = queue.sendable();
        self.sendable = self.sendable + after - before;
        if after > 0 && !queue.listed {
            queue.listed = true;
            self.round.push_back(endpoint.clone());
        }
        let idle = queue.ready.is_empty() && queue.in_flight == 0 && !queue.listed;
        // Or it would forget that it is met gently.
        if idle && queue.bound >= self.max_in_flight {
            self.queues.remove(endpoint);
        }
        Some(changed)
    }

    /// Makes sure that an endpoint has a queue.
    fn open(&mut self, endpoint: &D::Endpoint) {
        let bound = self.max_in_flight;
        let queue = self.queues.entry(endpoint.clone());
        queue.or_insert_with(|| EndpointQueue::new(bound));
    }

    /// Queues a delivery that is ready.
    pub(crate) fn push(&mut self, delivery: D) {
        let endpoint = delivery.endpoint().clone();
        self.open(&endpoint);
        self.change(&endpoint, |queue| queue.ready.push_back(delivery));
    }

    /// One attempt at a time is made at an endpoint, until more of them succeed: many wait for
    /// it, and nobody knows how it is. Each endpoint is met so once.
    pub(crate) fn meet_gently(&mut self, endpoint: &D::Endpoint) {
        if self.met.insert(endpoint.clone()) {
            let first = self.max_in_flight.min(1);
            self.gentle.insert(endpoint.clone());
            self.open(endpoint);
            self.change(endpoint, |queue| queue.bound = first);
        }
    }

    /// An attempt at an endpoint showed how that is; whether more may be in flight than before.
    pub(crate) fn heard(&mut self, endpoint: &D::Endpoint, health: Health) -> bool {
        if !self.gentle.contains(endpoint) {
            return false;
        }
        let most = self.max_in_flight;
        let more = self.change(endpoint, |queue| {
            let before = queue.bound;
            let bound = match health {
                Health::Up => before * 2,
                Health::Down => 1,
            };
            queue.bound = bound.min(most);
            (queue.bound > before, queue.bound == most)
        });
        let (more, well) = more.unwrap_or_default();
        if well {
            self.gentle.remove(endpoint);
        }
        more
    }

    /// The delivery whose turn it is.
    pub(crate) fn pop(&mut self, now: Time) -> Option<Popped<D>> {
        while let Some(endpoint) = self.round.pop_front() {
            let turn = self.change(&endpoint, |queue| {
                queue.listed = false;
                if queue.in_flight >= queue.bound {
                    return None;
                }
                let delivery = queue.ready.pop_front()?;
                if queue.ready.len() >= ENOUGH - 1 {
                    queue.moved = Some(now);
                }
                let short = queue.ready.len() == ENOUGH / 2;
                Some(Popped { delivery, short })
            });
            if let Some(Some(turn)) = turn {
                return Some(turn);
            }
        }
        None
    }

    /// An attempt at an endpoint is made from now on.
    pub(crate) fn sent(&mut self, endpoint: &D::Endpoint) {
        self.open(endpoint);
        self.change(endpoint, |queue| queue.in_flight += 1);
    }

    /// An attempt at an endpoint is over.
    pub(crate) fn free(&mut self, endpoint: &D::Endpoint) {
        self.change(endpoint, |queue| queue.in_flight -= 1);
    }

    pub(crate) fn ready(&self, endpoint: &D::Endpoint) -> usize {
        let queue = self.queues.get(endpoint);
        queue.map_or(0, |queue| queue.ready.len())
    }

    pub(crate) fn in_flight(&self, endpoint: &D::Endpoint) -> usize {
        let queue = self.queues.get(endpoint);
        queue.map_or(0, |queue| queue.in_flight)
    }

    /// Whether more for an endpoint would gain nothing: enough is ready there, and it moves.
    pub(crate) fn is_well_filled(&self, endpoint: &D::Endpoint, now: Time) -> bool {
        self.queues.get(endpoint).is_some_and(|queue| {
            let moves = |moved| now.since(moved) < STALLED_AFTER;
            queue.ready.len() >= ENOUGH && queue.moved.is_some_and(moves)
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &D> {
        self.queues.values().flat_map(|queue| queue.ready.iter())
    }

    /// Takes out what is ready and meant.
    pub(crate) fn remove(&mut self, mut which: impl FnMut(&D) -> bool) -> Vec<D> {
        let mut removed = Vec::new();
        let endpoints: Vec<_> = self.queues.keys().cloned().collect();
        for endpoint in endpoints {
            self.change(&endpoint, |queue| {
                let ready = std::mem::take(&mut queue.ready).into_iter();
                let (out, left): (Vec<_>, Vec<_>) = ready.partition(&mut which);
                queue.ready = left.into();
                removed.extend(out);
            });
        }
        removed
    }

    /// Takes out all that is ready.
    pub(crate) fn take_all(&mut self) -> Vec<D> {
        self.round.clear();
        self.sendable = 0;
        let queues = std::mem::take(&mut self.queues).into_values();
        queues.flat_map(|queue| queue.ready).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue_item::tests::Nothing;

    /// Sends so many of what is ready.
    fn send(endpoints: &mut Endpoints<Nothing>, count: usize) {
        for _ in 0..count {
            assert!(endpoints.pop(Time::default()).is_some());
            endpoints.sent(&());
        }
    }

    #[test]
    fn queues_of_endpoints_with_nothing_are_forgotten() {
        let mut endpoints = Endpoints::new(2);
        endpoints.push(Nothing);
        send(&mut endpoints, 1);
        assert_eq!(endpoints.queues.len(), 1);
        endpoints.free(&());
        assert_eq!(endpoints.queues.len(), 0);
    }

    #[test]
    fn an_endpoint_that_had_its_bound_is_like_any_other() {
        let mut endpoints = Endpoints::<Nothing>::new(4);
        endpoints.meet_gently(&());
        // Nobody needs to start a worker for as many as before, or fewer.
        let heard = [
            Health::Down,
            Health::Up,
            Health::Down,
            Health::Up,
            Health::Up,
        ];
        let more = heard.map(|health| endpoints.heard(&(), health));
        assert_eq!(more, [false, true, false, true, true]);
        assert!(endpoints.gentle.is_empty());
        assert!(endpoints.queues.is_empty());
        endpoints.meet_gently(&());
        assert!(endpoints.gentle.is_empty(), "once is enough");
        assert!(!endpoints.heard(&(), Health::Up));
    }

    #[test]
    fn one_at_a_time_is_all_that_some_endpoints_ever_get() {
        let mut endpoints = Endpoints::new(1);
        endpoints.meet_gently(&());
        endpoints.push(Nothing);
        assert_eq!(endpoints.sendable(), 1);
        send(&mut endpoints, 1);
        assert!(!endpoints.heard(&(), Health::Down));
        assert!(endpoints.gentle.is_empty());
    }
}
