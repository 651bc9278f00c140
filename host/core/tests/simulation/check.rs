//! What holds in a world between two happenings.

use crate::store::Stands;
use crate::world::{UnderWay, World};
use lifecycle::STALLED_AFTER;
use std::collections::HashMap;

impl World {
    pub fn check(&mut self) {
        let mut in_flight = HashMap::new();
        for one in self.under_way.iter().chain(&self.reading) {
            *in_flight.entry(one.webhook.endpoint).or_default() += 1;
        }
        let (deliveries, capacity) = (&self.deliveries, &self.capacity);
        self.ledger.check(deliveries, capacity);
        self.ledger.check_waits(deliveries, self.now);
        self.check_endpoints(&in_flight);
        self.check_pauses();
        self.check_disk();
        if !self.ended {
            for webhook in &self.all {
                self.ledger.check_webhook(webhook);
            }
        }
    }

    /// Each endpoint has its bound. What could be sent waits only while the machine is busy
    /// with attempts that are young, and no longer than these are.
    fn check_endpoints(&self, in_flight: &HashMap<usize, usize>) {
        let young = |one: &&UnderWay| self.now.since(one.began) < STALLED_AFTER;
        let young = self.under_way.iter().chain(&self.reading).filter(young);
        let young = young.count();
        for endpoint in 0..self.endpoints.len() {
            let out = in_flight.get(&endpoint).copied().unwrap_or_default();
            assert_eq!(self.deliveries.in_flight(&endpoint), out, "attempts differ");
            assert!(out <= self.max_in_flight, "too many in flight");
            let bound = self.gentle.bound(endpoint, self.max_in_flight);
            if out < bound && self.deliveries.ready(&endpoint) > 0 {
                assert!(young >= self.enough, "endpoint {endpoint} is starved");
                let soon = |alarm| alarm <= self.now + STALLED_AFTER;
                assert!(self.alarm.is_some_and(soon), "nobody looks again");
            }
        }
    }

    /// A row of the store that waits is in memory, or will be loaded or buried.
    pub fn check_disk(&self) {
        let Some(disk) = &self.disk else { return };
        assert_eq!(
            disk.memory.len(),
            self.ledger.deliveries.len(),
            "one is lost"
        );
        // That takes long, where much waits.
        if !self.steps.is_multiple_of(64) {
            return;
        }
        self.check_written();
        let mut in_memory = 0;
        for (id, row) in disk.store.waiting() {
            assert_eq!(row.stands, Stands::Waiting);
            if disk.memory.contains(&id) {
                assert!(
                    self.ledger.deliveries.contains_key(&id),
                    "in nobody's memory"
                );
                in_memory += 1;
                continue;
            }
            let cursor = disk.cursors.get(&row.name).copied().unwrap_or_default();
            let comes = cursor.behind && (row.queue == 0 || row.queue > cursor.at);
            assert!(comes || disk.unnoticed || self.ended, "stranded: {id}");
        }
        assert!(
            in_memory == disk.memory.len() || self.ended,
            "settled, and in memory"
        );
    }
}
