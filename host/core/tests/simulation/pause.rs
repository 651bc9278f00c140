//! Somebody pauses webhooks and resumes them.

use crate::ledger::Ledger;
use crate::webhook::pick;
use crate::world::World;
use lifecycle::{Settled, Time};

impl World {
    pub fn pause_or_resume(&mut self) {
        let webhook = pick(&mut self.chance, &self.all).clone();
        let is_paused = self.ledger.webhook(webhook.serial).paused.is_some();
        if is_paused {
            webhook.state.borrow_mut().resume();
            self.resume(|serial| serial == webhook.serial);
        } else {
            webhook.state.borrow_mut().pause(self.now);
            self.ledger.webhook(webhook.serial).paused = Some(self.now);
        }
    }

    pub fn resume_all(&mut self) {
        for webhook in &self.all {
            webhook.state.borrow_mut().resume();
        }
        self.resume(|_| true);
    }

    fn resume(&mut self, which: impl Fn(usize) -> bool) {
        self.count_pauses();
        for webhook in self.all.iter().filter(|webhook| which(webhook.serial)) {
            self.ledger.webhook(webhook.serial).paused = None;
        }
        let resumed = self.deliveries.resume(self.now);
        self.heed(resumed);
    }

    /// The ledger learns for how long those have stood still that do.
    pub fn count_pauses(&mut self) {
        for delivery in self.deliveries.paused() {
            self.ledger.stood_still(delivery.id, self.now);
        }
    }

    pub fn check_pauses(&mut self) {
        for delivery in self.deliveries.paused() {
            let expected = self.ledger.webhook(delivery.webhook.serial);
            assert!(expected.paused.is_some(), "it waits for nothing");
        }
    }
}

impl Ledger {
    /// None of the time counts that it waited since its webhook was paused, or it was last
    /// looked at.
    fn stood_still(&mut self, id: usize, now: Time) {
        let entry = self.deliveries.get_mut(&id).expect("it is settled");
        let (first, counted, serial) = (entry.first, entry.counted, entry.webhook.serial);
        let since = self.webhook(serial).paused.expect("it waits for nothing");
        if let (Some(first), Some(entry)) = (first, self.deliveries.get_mut(&id)) {
            let still = now.since(since.max(first).max(counted));
            (entry.first, entry.counted) = (Some(first + still), now);
        }
    }

    /// Only what was under way is settled while its webhook is paused.
    pub fn settled_in_its_turn(&mut self, serial: usize, how: Settled) {
        let paused = self.webhook(serial).paused;
        assert_eq!(paused, None, "settled while paused: {how:?}");
    }
}
