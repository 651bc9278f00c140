//! Deliveries that are ready for one endpoint.

use crate::time::Time;
use std::collections::VecDeque;
use std::time::Duration;

/// As many that are ready keep an endpoint busy; more would only fill the memory.
const ENOUGH: usize = 256;

/// A queue in which nothing moved for so long does not keep up.
pub const STALLED_AFTER: Duration = Duration::from_millis(20);

/// What is ready to be sent, and how much is on its way.
#[derive(Clone, Debug)]
pub(crate) struct EndpointQueue<D> {
    ready: VecDeque<D>,
    /// Workers that make attempts.
    pub in_flight: usize,
    /// When one was last taken out of a queue that was long enough.
    moved: Option<Time>,
}

impl<D> Default for EndpointQueue<D> {
    fn default() -> Self {
        Self {
            ready: VecDeque::new(),
            in_flight: 0,
            moved: None,
        }
    }
}

impl<D> EndpointQueue<D> {
    pub(crate) fn push(&mut self, delivery: D) {
        self.ready.push_back(delivery);
    }

    /// The next one, and whether the queue has become short by it: half of what is enough.
    pub(crate) fn pop(&mut self, now: Time) -> Option<(D, bool)> {
        let delivery = self.ready.pop_front()?;
        if self.ready.len() >= ENOUGH - 1 {
            self.moved = Some(now);
        }
        Some((delivery, self.ready.len() == ENOUGH / 2))
    }

    pub(crate) fn ready(&self) -> impl ExactSizeIterator<Item = &D> {
        self.ready.iter()
    }

    pub(crate) fn into_ready(self) -> VecDeque<D> {
        self.ready
    }

    /// Whether more would gain nothing: enough is there, and it moves.
    pub(crate) fn is_well_filled(&self, now: Time) -> bool {
        let moves = || {
            self.moved
                .is_some_and(|moved| now.since(moved) < STALLED_AFTER)
        };
        self.ready.len() >= ENOUGH && moves()
    }
}
