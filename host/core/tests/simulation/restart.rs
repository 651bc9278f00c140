//! A process ends in order or dies, and another one begins, under another configuration.

use crate::disk::NAMES;
use crate::webhook::{Webhook, pick};
use crate::world::{UnderWay, World};
use lifecycle::{AttemptResult, Capacity, Deliveries, Next, QueueItem, Time};
use std::rc::Rc;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

impl World {
    /// A process with bounds of its own begins, and its clock with it.
    pub fn boot(&mut self) {
        let most = (self.chance.usize(1..40), self.chance.usize(1..2_000));
        self.max_in_flight = self.chance.usize(1..7);
        self.enough = *pick(&mut self.chance, &[1, 2, 4, 64]);
        let start = *pick(&mut self.chance, &[0, 1 << 20, 1 << 40]);
        self.now = Time::from_nanos(self.chance.u64(0..=start));
        self.deliveries = Deliveries::new(self.max_in_flight, self.enough);
        self.capacity = Capacity::new(most.0, most.1, self.endpoints.len());
        self.most = most;
        self.alarm = None;
        self.gentle = Default::default();
        self.under_way.clear();
        self.reading.clear();
        self.questions.clear();
        self.untold.clear();
        (self.closed, self.ended) = (false, false);
        self.all.clear();
        self.reload();
        if let Some(disk) = &mut self.disk {
            disk.begin();
        }
    }

    /// A new configuration. What is in memory goes on under the old one.
    pub fn reload(&mut self) {
        let mut names: Vec<_> = (0..NAMES).collect();
        self.chance.shuffle(&mut names);
        names.truncate(self.chance.usize(1..7));
        self.webhooks.clear();
        for name in names {
            let endpoint = self.chance.usize(0..self.endpoints.len());
            let mut webhook = Webhook::random(name, endpoint, &mut self.chance);
            webhook.serial = self.next_serial;
            self.next_serial += 1;
            self.webhooks.push(Rc::new(webhook));
        }
        self.all.extend(self.webhooks.iter().cloned());
    }

    /// The process dies, and what was not synced is lost; now and then the next one dies as
    /// soon as it has begun.
    pub fn crash(&mut self) {
        self.check_written();
        let came_through = self.chance.bool();
        let Some(disk) = &mut self.disk else { return };
        let (lost, settled) = disk.store.die(came_through);
        self.ledger.settled_for_good(settled);
        self.ledger.died(lost);
        self.figures.crashes += 1;
        self.time_goes_on_without_us();
        if self.chance.u8(0..5) == 0 {
            self.load();
            self.crash();
        }
    }

    /// Nothing is waited for: neither the machine's time nor the clock of the wall tells how
    /// long it was.
    fn time_goes_on_without_us(&mut self) {
        let jumps = [
            0,
            0,
            SECOND,
            60 * SECOND,
            DAY,
            400 * DAY,
            -60 * SECOND,
            -DAY,
            -400 * DAY,
        ];
        let jump = *pick(&mut self.chance, &jumps);
        let wall = self.disk.as_ref().map_or(0, |disk| disk.wall(self.now));
        self.boot();
        if let Some(disk) = &mut self.disk {
            disk.ahead = wall + jump - self.now.as_nanos().cast_signed();
        }
    }

    /// Somebody sets the clock of the wall.
    pub fn set_the_clock(&mut self) {
        let jump = *pick(&mut self.chance, &[SECOND, -SECOND, DAY, -DAY, 400 * DAY]);
        if let Some(disk) = &mut self.disk {
            disk.ahead += jump;
        }
    }

    /// The process ends in order. With a store, what is left is written down and waits.
    pub fn shut_down(&mut self) {
        (self.closed, self.ended) = (true, true);
        self.count_pauses();
        let unwritten = self.deliveries.unwritten();
        let unwritten = unwritten.map(|one| (one.id, one.delivery().progress(self.now)));
        for (id, progress) in unwritten.collect::<Vec<_>>() {
            self.write_progress(id, progress, None);
        }
        for delivery in self.deliveries.end() {
            self.ledger.undelivered(delivery.id);
            self.leave(*delivery.endpoint(), delivery.bytes);
        }
        assert!(self.ledger.deliveries.is_empty(), "one is lost at the end");
        for one in std::mem::take(&mut self.under_way) {
            self.comes_too_late(&one);
        }
        self.reading.clear();
        if let Some(disk) = &mut self.disk {
            disk.memory.clear();
        }
    }

    fn comes_too_late(&mut self, one: &UnderWay) {
        let result = AttemptResult {
            verdict: one.verdict(self.now, &mut self.chance),
            health: one.sent.answer.health(),
        };
        let late = self
            .deliveries
            .finished(one.worker, result, self.now, |_| {});
        assert!(late.is_none(), "settled after the end");
        let next = self
            .deliveries
            .next(one.worker, self.now, |_| (), |_, _| {})
            .0;
        assert!(matches!(next, Next::Idle), "sent after the end");
    }

    /// The process ends in order, and the next one begins.
    pub fn start_again(&mut self) {
        self.shut_down();
        self.sync();
        self.sync();
        self.ledger.died(Default::default());
        self.time_goes_on_without_us();
    }

    /// What was written by now is on the disk.
    pub fn sync(&mut self) {
        if let Some(disk) = &mut self.disk {
            let settled = disk.store.end();
            self.ledger.settled_for_good(settled);
            disk.store.begin();
        }
    }

    /// All that was ever acknowledged is settled, whatever it takes.
    pub fn drain_the_store(&mut self) {
        self.start_again();
        let mut idle = 0;
        while self
            .disk
            .as_ref()
            .is_some_and(|disk| disk.store.waiting().next().is_some())
        {
            let before = (self.now, self.under_way.len(), self.ledger.settled);
            self.time_passes();
            self.timer();
            self.observer_is_told();
            self.bodies_are_read();
            self.sync();
            self.notice();
            self.load();
            self.bury();
            self.steps += 1;
            let after = (self.now, self.under_way.len(), self.ledger.settled);
            idle = if before == after { idle + 1 } else { 0 };
            assert!(idle < 1_000, "nothing happens any more");
        }
        self.sync();
        self.sync();
        if let Some(disk) = &self.disk {
            disk.store.check_settled();
        }
    }
}
