//! A world: the host around the core, in virtual time and on one thread.

use crate::disk::Disk;
use crate::endpoint::Endpoint;
use crate::gentle_start::GentleStart;
use crate::ledger::Ledger;
use crate::questions::Questions;
use crate::webhook::{Queued, Sent, Webhook, pick, verdict};
use lifecycle::{Capacity, Deliveries, Time, Verdict, Worker};
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
    /// Of all configurations of this process.
    pub all: Vec<Rc<Webhook>>,
    pub next_serial: usize,
    pub deliveries: Deliveries<Queued>,
    pub max_in_flight: usize,
    pub enough: usize,
    /// When the host looks again, as far as it was told.
    pub alarm: Option<Time>,
    pub capacity: Capacity<usize>,
    pub most: (usize, usize),
    pub under_way: Vec<UnderWay>,
    /// Delivered, and their answers are still being read.
    pub reading: Vec<UnderWay>,
    pub questions: Vec<Questions>,
    /// Settled, and the observer has not been told.
    pub untold: Vec<(usize, usize)>,
    pub next_id: usize,
    pub ledger: Ledger,
    pub gentle: GentleStart,
    /// If it has a store.
    pub disk: Option<Disk>,
    /// Nothing is accepted any more.
    pub closed: bool,
    pub ended: bool,
    pub figures: Figures,
}

/// How often what happens to stores has happened.
#[derive(Debug, Default)]
pub struct Figures {
    pub crashes: u64,
    pub restored: u64,
    pub spilled: u64,
    pub orphaned: u64,
    pub replayed: u64,
    pub forgotten: u64,
}

pub struct UnderWay {
    pub worker: Worker,
    pub began: Time,
    pub id: usize,
    pub webhook: Rc<Webhook>,
    pub sent: Sent,
}

impl UnderWay {
    pub fn verdict(&self, now: Time, chance: &mut fastrand::Rng) -> Verdict {
        verdict(&self.sent, &self.webhook, now, chance)
    }
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let endpoints = chance.usize(1..5);
        let endpoints: Vec<_> = (0..endpoints)
            .map(|_| Endpoint::random(&mut chance))
            .collect();
        // One of four has no store.
        let disk = (chance.u8(0..4) > 0).then(|| Disk {
            crashes: *pick(&mut chance, &[0, 1, 10, 50]),
            ..Disk::default()
        });
        let mut world = Self {
            steps: 0,
            now: Time::default(),
            deliveries: Deliveries::new(1, 1),
            max_in_flight: 1,
            enough: 1,
            alarm: None,
            capacity: Capacity::new(1, 1, 1),
            most: (1, 1),
            endpoints,
            chance,
            webhooks: Vec::new(),
            all: Vec::new(),
            next_serial: 0,
            under_way: Vec::new(),
            reading: Vec::new(),
            questions: Vec::new(),
            untold: Vec::new(),
            next_id: 0,
            ledger: Ledger::default(),
            gentle: GentleStart::default(),
            disk,
            closed: false,
            ended: false,
            figures: Figures::default(),
        };
        world.boot();
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
            870..930 => self.observer_is_told(),
            930..960 => self.bodies_are_read(),
            960..970 => self.stand_still(),
            970..980 => self.pause_or_resume(),
            980..987 => self.attempt_comes_to_nothing(),
            987..990 => self.forget(),
            990..998 => self.reload(),
            998 => self.close(),
            _ if self.disk.is_some() => self.start_again(),
            _ if self.chance.u8(0..10) == 0 => self.shut_down(),
            _ => {}
        }
        self.store_goes_on();
        self.timer();
        self.check();
    }

    /// What happens to a store beside.
    fn store_goes_on(&mut self) {
        let Some(disk) = &self.disk else { return };
        if self.chance.u16(0..1_000) < disk.crashes {
            self.crash();
        }
        match self.chance.u16(0..1_000) {
            0..500 => self.sync(),
            500..520 => self.replay(),
            520..600 => self.notice(),
            600..610 => self.set_the_clock(),
            _ => {}
        }
        if self.chance.bool() {
            self.load();
            self.bury();
        }
    }

    pub fn notice(&mut self) {
        if let Some(disk) = &mut self.disk {
            disk.notice();
        }
    }

    fn close(&mut self) {
        self.closed = true;
        self.deliveries.close();
    }

    /// How much may wait in all, and for each endpoint.
    pub fn bounds(&self) -> ((usize, usize), (usize, usize)) {
        let part = |most: usize| (most / self.endpoints.len()).max(1);
        (self.most, (part(self.most.0), part(self.most.1)))
    }

    /// What is due is sent, or put back; at most a few times in one moment.
    pub fn timer(&mut self) {
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
    pub fn time_passes(&mut self) {
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

    /// All that is open comes to its end: each delivery is settled, each event decided.
    pub fn end(&mut self) {
        self.resume_all();
        if self.disk.is_some() {
            self.drain_the_store();
        }
        self.close();
        let (drain, mut idle) = (self.chance.bool(), 0);
        while drain && self.deliveries.iter().next().is_some() {
            let before = (self.now, self.under_way.len());
            self.time_passes();
            self.bodies_are_read();
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
