//! What a world does with its deliveries.

use crate::store::Stands;
use crate::webhook::{Queued, Sent};
use crate::world::{UnderWay, World};
use lifecycle::{
    AttemptResult, Change, Demand, Next, QueueItem, Settled, Signals, Verdict, Worker,
};
use std::collections::HashSet;
use std::rc::Rc;

impl World {
    /// An event after which some webhooks are told.
    pub fn event_after(&mut self) {
        if self.closed && self.disk.is_some() {
            return;
        }
        let bytes = self.chance.usize(0..200);
        let concerned = self.some_webhooks();
        let endpoints: Vec<_> = concerned.iter().map(|webhook| webhook.endpoint).collect();
        let demand = Demand::new(endpoints.iter().copied(), 1, bytes);
        let each_once = endpoints.iter().collect::<HashSet<_>>().len() == endpoints.len();
        let fits = self.capacity.fits(&demand);
        let free = self.capacity.deliveries() == 0;
        if self.capacity.hold(bytes, bytes).is_err() {
            assert!(!fits || free, "there was room for it");
            return concerned
                .iter()
                .for_each(|webhook| self.spill(webhook, bytes));
        }
        self.ledger.room.held(bytes);
        let bounds = self.bounds();
        let mut accepted = Vec::new();
        for webhook in &concerned {
            if self.waits_on_disk(webhook) {
                self.spill(webhook, bytes);
                continue;
            }
            let room = self.capacity.enter(&webhook.endpoint, bytes, bytes);
            self.ledger
                .room
                .entered(webhook.endpoint, bytes, &room, bounds);
            if room.is_err() {
                assert!(!fits || free || !each_once, "there was room for it");
                self.spill(webhook, bytes);
                continue;
            }
            self.next_id += 1;
            accepted.push(Queued::new(self.next_id, webhook, bytes));
        }
        // Each delivery's bytes are the body's; that is given back when the event was told of.
        self.capacity.free(bytes);
        self.ledger.room.freed(bytes);
        for delivery in &accepted {
            self.ledger.accepted(delivery, self.now);
            self.insert(delivery);
        }
        let places: Vec<_> = accepted
            .iter()
            .map(|one| (*one.endpoint(), one.id, one.bytes))
            .collect();
        match self.deliveries.accept(accepted, self.now) {
            Ok(signals) => self.heed(signals),
            Err(_closed) => {
                for (endpoint, id, bytes) in places {
                    self.ledger.undelivered(id);
                    self.leave(endpoint, bytes);
                }
            }
        }
    }

    pub fn finish(&mut self, index: usize) {
        let over = self.under_way.swap_remove(index);
        let UnderWay { worker, id, .. } = over;
        let (answer, endpoint) = (over.sent.answer, over.webhook.endpoint);
        let result = AttemptResult {
            verdict: over.verdict(self.now, &mut self.chance),
            health: answer.health(),
        };
        let finished = self.deliveries.finished(worker, result, self.now, |_| {});
        let (finished, signals) = finished.expect("its delivery was gone");
        let was_gone = self.ledger.webhook(over.webhook.serial).is_gone();
        let switched_off = result.verdict == Verdict::Gone && !was_gone;
        assert_eq!(finished.switched_off, switched_off, "switched off once");
        let change = self.ledger.finished(id, answer, result.verdict, self.now);
        assert_eq!(finished.change, change, "the breaker differs");
        self.gentle
            .finished(endpoint, result.health, self.max_in_flight);
        match (finished.settled, finished.waits) {
            (Some((delivery, how)), None) => self.settle(&delivery, how),
            (None, Some(due)) => {
                assert!(due >= self.now);
                self.write_progress(id, finished.progress, Some(due));
            }
            other => panic!("settled and waiting, or neither: {other:?}"),
        }
        self.heed(signals);
        if change == Some(Change::Closed) {
            let released = self.deliveries.release(self.now);
            self.heed(released);
        }
        if result.verdict == Verdict::Delivered && self.chance.u8(0..10) == 0 {
            self.reading.push(over);
        } else {
            self.work(worker);
        }
    }

    /// Their attempts are over when their bodies have come.
    pub fn bodies_are_read(&mut self) {
        for over in std::mem::take(&mut self.reading) {
            self.work(over.worker);
        }
    }

    pub fn settle(&mut self, delivery: &Queued, how: Settled) {
        self.ledger.settled(delivery, how, self.now);
        let stands = match how {
            Settled::Delivered => Stands::Delivered,
            Settled::Failed(_) => Stands::Failed,
        };
        self.write_settled(delivery.id, stands);
        self.untold.push((*delivery.endpoint(), delivery.bytes));
    }

    pub fn heed(&mut self, signals: Signals) {
        if signals.rearm {
            self.alarm = self.deliveries.next_due();
        }
        for worker in signals.workers {
            self.work(worker);
        }
    }

    pub fn work(&mut self, worker: Worker) {
        loop {
            let now = self.now;
            let prepare = |delivery: &mut Queued| {
                let progress = delivery.delivery().progress(now);
                (delivery.id, progress, Rc::clone(&delivery.webhook))
            };
            let mut all_held = Vec::new();
            let held = |delivery: &Queued, until| {
                all_held.push((delivery.id, delivery.delivery().progress(now), until));
            };
            let (next, signals) = self.deliveries.next(worker, self.now, prepare, held);
            for (id, progress, until) in all_held {
                self.write_progress(id, progress, Some(until));
            }
            match next {
                Next::Send((id, progress, webhook), attempt) => {
                    self.meets(webhook.endpoint);
                    self.ledger.sent(id, &attempt, self.now);
                    self.begins(id, progress);
                    let endpoint = &self.endpoints[webhook.endpoint];
                    let sent = Sent::new(&attempt, self.now, endpoint, &mut self.chance);
                    self.under_way.push(UnderWay {
                        worker,
                        began: self.now,
                        id,
                        webhook,
                        sent,
                    });
                    return self.heed(signals);
                }
                Next::Settle(delivery, how) => {
                    self.ledger
                        .settled_in_its_turn(delivery.webhook.serial, how);
                    self.settle(&delivery, how);
                    self.heed(signals);
                }
                Next::Idle => return self.heed(signals),
            }
        }
    }

    /// One more attempt is made at an endpoint.
    fn meets(&self, endpoint: usize) {
        let there = |one: &&UnderWay| one.webhook.endpoint == endpoint;
        let out = self.under_way.iter().chain(&self.reading);
        let out = out.filter(there).count();
        let bound = self.gentle.bound(endpoint, self.max_in_flight);
        assert!(out < bound, "met with more than it is to be");
    }

    pub fn observer_is_told(&mut self) {
        for _ in 0..self.chance.usize(0..=self.untold.len()) {
            let at = self.chance.usize(0..self.untold.len());
            let (endpoint, bytes) = self.untold.swap_remove(at);
            self.leave(endpoint, bytes);
        }
    }

    pub fn leave(&mut self, endpoint: usize, bytes: usize) {
        self.capacity.leave(&endpoint, bytes);
        self.ledger.room.left(endpoint, bytes);
    }

    /// A bug: the task of an attempt panicked.
    pub fn attempt_comes_to_nothing(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let at = self.chance.usize(0..self.under_way.len());
        let UnderWay { worker, id, .. } = self.under_way.swap_remove(at);
        let mut delivery = self.deliveries.take(worker).expect("its delivery was gone");
        delivery.with(|delivery, webhook, _| delivery.abandon(webhook));
        self.ledger.abandoned(id);
        self.write_settled(id, Stands::Failed);
        self.untold.push((*delivery.endpoint(), delivery.bytes));
        self.work(worker);
    }
}
