//! A world: the host around the core, in virtual time and on one thread.

use crate::endpoint::Endpoint;
use crate::ledger::{Ledger, verdict};
use crate::questions::Questions;
use crate::webhook::{Queued, Sent, Webhook, pick};
use lifecycle::{AttemptResult, Capacity, Deliveries, Item, Next, STALLED_AFTER, Time, Worker};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

/// For how long the process stands still, at most.
const STANDS_STILL: Duration = Duration::from_secs(1_000);

pub struct World {
    pub steps: u64,
    pub chance: fastrand::Rng,
    pub now: Time,
    pub endpoints: Vec<Endpoint>,
    pub webhooks: Vec<Rc<Webhook>>,
    /// Of all configurations.
    pub all: Vec<Rc<Webhook>>,
    pub deliveries: Deliveries<Queued>,
    pub max_in_flight: usize,
    pub enough: usize,
    /// When the host looks again, as far as it was told.
    pub alarm: Option<Time>,
    pub capacity: Capacity<usize>,
    pub most: (usize, usize),
    pub under_way: Vec<UnderWay>,
    pub questions: Vec<Questions>,
    /// Settled, and the observer has not been told.
    pub untold: Vec<(usize, usize)>,
    pub next_id: usize,
    pub ledger: Ledger,
    pub ended: bool,
}

pub struct UnderWay {
    pub worker: Worker,
    pub began: Time,
    pub id: usize,
    pub webhook: Rc<Webhook>,
    pub sent: Sent,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let endpoints = chance.usize(1..5);
        let endpoints: Vec<_> = (0..endpoints)
            .map(|_| Endpoint::random(&mut chance))
            .collect();
        let most = (chance.usize(1..40), chance.usize(1..2_000));
        let (max_in_flight, enough) = (chance.usize(1..5), *pick(&mut chance, &[1, 2, 4, 64]));
        let mut world = Self {
            steps: 0,
            now: Time::from_nanos(chance.u64(0..1 << 40)),
            deliveries: Deliveries::new(max_in_flight, enough),
            max_in_flight,
            enough,
            alarm: None,
            capacity: Capacity::new(most.0, most.1, endpoints.len()),
            most,
            endpoints,
            chance,
            webhooks: Vec::new(),
            all: Vec::new(),
            under_way: Vec::new(),
            questions: Vec::new(),
            untold: Vec::new(),
            next_id: 0,
            ledger: Ledger::default(),
            ended: false,
        };
        world.reload();
        world
    }

    pub const fn has_ended(&self) -> bool {
        self.ended
    }

    /// One thing happens; then everything is checked.
    pub fn step(&mut self) {
        self.steps += 1;
        match self.chance.u16(0..1_000) {
            0..250 => self.event_after(),
            250..350 => self.event_before(),
            350..800 => self.time_passes(),
            800..870 => {
                let at = self.chance.usize(0..self.endpoints.len());
                self.endpoints[at] = Endpoint::random(&mut self.chance);
            }
            870..960 => self.observer_is_told(),
            960..980 => self.stand_still(),
            980..990 => self.attempt_comes_to_nothing(),
            990..998 => self.reload(),
            998 => self.deliveries.close(),
            _ if self.chance.u8(0..10) == 0 => self.shut_down(),
            _ => {}
        }
        self.timer();
        self.check();
    }

    /// What is due is sent, or put back; at most a few times in one moment.
    fn timer(&mut self) {
        for _ in 0..4 {
            if self.alarm.is_some_and(|alarm| alarm <= self.now) {
                let due = self.deliveries.pop_due(self.now);
                assert!(!due.rearm, "the timer would wake itself for ever");
                self.alarm = self.deliveries.next_due();
                self.heed(due);
            }
        }
    }

    pub fn some_webhooks(&mut self) -> Vec<Rc<Webhook>> {
        let mut some = self.webhooks.clone();
        some.retain(|_| self.chance.bool());
        some
    }

    fn event_before(&mut self) {
        let budget = *pick(&mut self.chance, &[0, 1, 1_000, 30_000, 300_000]);
        let budget = self.now + Duration::from_millis(budget);
        let asked = self.some_webhooks();
        let (ledger, endpoints) = (&mut self.ledger, &self.endpoints);
        let questions =
            Questions::new(asked, budget, self.now, ledger, endpoints, &mut self.chance);
        self.questions.push(questions);
        self.questions.retain_mut(|questions| !questions.is_over());
    }

    /// The next thing happens that was to come.
    fn time_passes(&mut self) {
        let attempts = self.under_way.iter().enumerate();
        let attempt = attempts.map(|(at, one)| (one.sent.ends, at)).min();
        let questions = self.questions.iter().enumerate();
        let question = questions
            .filter_map(|(at, one)| one.next().map(|(time, place)| (time, at, place)))
            .min();
        let times = [
            attempt.map(|one| one.0),
            question.map(|one| one.0),
            self.alarm,
        ];
        let Some(time) = times.into_iter().flatten().min() else {
            return;
        };
        self.now = self.now.max(time);
        match (attempt, question) {
            (Some((at, index)), _) if at == time => self.finish(index),
            (_, Some((at, index, place))) if at == time => self.answer(index, place),
            _ => {}
        }
    }

    fn answer(&mut self, index: usize, place: usize) {
        let questions = &mut self.questions[index];
        let (ledger, endpoints) = (&mut self.ledger, &self.endpoints);
        questions.happen(place, self.now, ledger, endpoints, &mut self.chance);
        self.questions.retain_mut(|questions| !questions.is_over());
        // Its answer may have closed a breaker.
        let released = self.deliveries.release(self.now);
        self.heed(released);
    }

    /// The process is stopped, or its machine asleep: all that was to come is late.
    fn stand_still(&mut self) {
        let late = self.chance.u64(0..STANDS_STILL.as_nanos() as u64);
        self.now = self.now + Duration::from_nanos(late);
    }

    /// A new configuration. What was accepted goes on under the old one.
    fn reload(&mut self) {
        let count = self.chance.usize(1..7);
        self.webhooks = (0..count)
            .map(|_| {
                let endpoint = self.chance.usize(0..self.endpoints.len());
                Rc::new(Webhook::random(self.all.len(), endpoint, &mut self.chance))
            })
            .collect();
        for (at, webhook) in self.webhooks.iter_mut().enumerate() {
            let serial = self.all.len() + at;
            Rc::get_mut(webhook).expect("nobody else has it yet").serial = serial;
        }
        self.all.extend(self.webhooks.iter().cloned());
    }

    fn shut_down(&mut self) {
        self.ended = true;
        for delivery in self.deliveries.end() {
            self.ledger.undelivered(delivery.id);
            self.leave(*delivery.endpoint(), delivery.bytes);
        }
        for UnderWay {
            worker,
            sent,
            webhook,
            ..
        } in std::mem::take(&mut self.under_way)
        {
            let result = AttemptResult {
                verdict: verdict(&sent, &webhook, self.now, &mut self.chance),
                health: sent.answer.health(),
            };
            let late = self.deliveries.finished(worker, result, self.now, |_| {});
            assert!(late.is_none(), "settled after the end");
            let next = self.deliveries.next(worker, self.now, |_| ()).0;
            assert!(matches!(next, Next::Idle), "sent after the end");
        }
    }

    fn check(&mut self) {
        let mut in_flight = HashMap::new();
        for one in &self.under_way {
            *in_flight.entry(one.webhook.endpoint).or_default() += 1;
        }
        let (deliveries, capacity) = (&self.deliveries, &self.capacity);
        self.ledger.check(deliveries, capacity);
        self.ledger.check_waits(deliveries, self.now);
        self.check_endpoints(&in_flight);
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
        let young = self.under_way.iter().filter(young).count();
        for endpoint in 0..self.endpoints.len() {
            let out = in_flight.get(&endpoint).copied().unwrap_or_default();
            assert_eq!(self.deliveries.in_flight(&endpoint), out, "attempts differ");
            assert!(out <= self.max_in_flight, "too many in flight");
            if out < self.max_in_flight && self.deliveries.ready(&endpoint) > 0 {
                assert!(young >= self.enough, "endpoint {endpoint} is starved");
                let soon = |alarm| alarm <= self.now + STALLED_AFTER;
                assert!(self.alarm.is_some_and(soon), "nobody looks again");
            }
        }
    }

    /// All that is open comes to its end: each delivery is settled, each event decided.
    pub fn end(&mut self) {
        self.deliveries.close();
        let (drain, mut idle) = (self.chance.bool(), 0);
        while drain && self.deliveries.iter().next().is_some() {
            let before = (self.now, self.under_way.len());
            self.time_passes();
            self.timer();
            self.steps += 1;
            let after = (self.now, self.under_way.len());
            idle = if before == after { idle + 1 } else { 0 };
            assert!(idle < 100, "nothing happens any more");
        }
        self.shut_down();
        while let Some(index) = self.questions.iter().position(|one| one.next().is_some()) {
            let (time, place) = self.questions[index].next().unwrap();
            self.now = self.now.max(time);
            self.answer(index, place);
            self.steps += 1;
        }
        assert!(self.questions.is_empty(), "an event was never decided");
        while !self.untold.is_empty() {
            self.observer_is_told();
        }
        assert_eq!(self.capacity.deliveries(), 0, "room was lost");
        assert_eq!(
            self.ledger.accepted, self.ledger.settled,
            "settled exactly once"
        );
        self.check();
    }
}
