//! Deliveries in line at one endpoint.

use crate::delivery::Delivery;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// As many in line keep an endpoint busy; more would only fill the memory.
const ENOUGH: usize = 256;

/// A line in which nothing moved for so long does not keep up.
pub const STILL: Duration = Duration::from_millis(20);

/// What is ready to be sent, and what is on its way.
#[derive(Default)]
pub struct Line {
    ready: VecDeque<Box<Delivery>>,
    /// Attempts that are being made.
    pub in_flight: usize,
    /// When one was last taken out of a line that was long enough.
    moved: Option<Instant>,
}

impl Line {
    pub fn push(&mut self, delivery: Box<Delivery>) {
        self.ready.push_back(delivery);
    }

    pub fn pop(&mut self) -> Option<Box<Delivery>> {
        let delivery = self.ready.pop_front()?;
        if self.ready.len() >= ENOUGH - 1 {
            self.moved = Some(Instant::now());
        }
        Some(delivery)
    }

    /// Whether the last one that was taken left half of what is enough.
    pub fn has_become_short(&self) -> bool {
        self.ready.len() == ENOUGH / 2
    }

    /// All that is ready.
    pub fn into_ready(self) -> VecDeque<Box<Delivery>> {
        self.ready
    }

    /// Whether more would gain nothing: enough is there, and it moves.
    pub fn is_well_filled(&self, now: Instant) -> bool {
        let moves = || self.moved.is_some_and(|moved| now - moved < STILL);
        self.ready.len() >= ENOUGH && moves()
    }
}
