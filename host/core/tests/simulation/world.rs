//! A world: the host around the core, in virtual time and on one thread.

use crate::endpoint::Endpoint;
use crate::ledger::{Ledger, verdict};
use crate::questions::Questions;
use crate::webhook::{Queued, Sent, Webhook, pick};
use lifecycle::{
    AttemptResult, Capacity, Change, Deliveries, Demand, Item, Next, Settled, Time, Worker,
};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::time::Duration;

/// For how long the process stands still, at most.
const STANDS_STILL: Duration = Duration::from_secs(1_000);

pub struct World {
    pub steps: u64,
    chance: fastrand::Rng,
    now: Time,
    endpoints: Vec<Endpoint>,
    webhooks: Vec<Rc<Webhook>>,
    /// Of all configurations.
    all: Vec<Rc<Webhook>>,
    deliveries: Deliveries<Queued>,
    max_in_flight: usize,
    capacity: Capacity<usize>,
    most: (usize, usize),
    under_way: Vec<UnderWay>,
    questions: Vec<Questions>,
    /// Settled, and the observer has not been told.
    untold: Vec<(usize, usize)>,
    next_id: usize,
    ledger: Ledger,
    ended: bool,
}

struct UnderWay {
    worker: Worker<usize>,
    id: usize,
    webhook: Rc<Webhook>,
    sent: Sent,
    /// Its probe, if it is one, is of this opening.
    open: bool,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut chance = fastrand::Rng::with_seed(seed);
        let endpoints = chance.usize(1..5);
        let endpoints: Vec<_> = (0..endpoints)
            .map(|_| Endpoint::random(&mut chance))
            .collect();
        let most = (chance.usize(1..40), chance.usize(1..2_000));
        let max_in_flight = chance.usize(1..5);
        let mut world = Self {
            steps: 0,
            now: Time::from_nanos(chance.u64(0..1 << 40)),
            deliveries: Deliveries::new(max_in_flight),
            max_in_flight,
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
            let due = self.deliveries.pop_due(self.now);
            self.start(due);
        }
    }

    /// An event after which some webhooks are told.
    fn event_after(&mut self) {
        let bytes = self.chance.usize(0..200);
        let concerned = self.some_webhooks();
        let endpoints: Vec<_> = concerned.iter().map(|webhook| webhook.endpoint).collect();
        let demand = Demand::new(endpoints.iter().copied(), 1, bytes);
        let each_once = endpoints.iter().collect::<HashSet<_>>().len() == endpoints.len();
        let fits = self.capacity.fits(&demand);
        let free = self.capacity.deliveries() == 0;
        if self.capacity.hold(bytes, bytes).is_err() {
            assert!(!fits || free, "there was room for it");
            return;
        }
        self.ledger.held(bytes);
        let most_of = |most: usize| (most / self.endpoints.len()).max(1);
        let part = (most_of(self.most.0), most_of(self.most.1));
        let mut accepted = Vec::new();
        for webhook in &concerned {
            let room = self.capacity.enter(&webhook.endpoint, bytes, bytes);
            self.ledger
                .entered(webhook.endpoint, bytes, &room, (self.most, part));
            if room.is_err() {
                assert!(!fits || free || !each_once, "there was room for it");
                continue;
            }
            self.next_id += 1;
            accepted.push(Queued::new(self.next_id, webhook, bytes));
        }
        // Each delivery's bytes are the body's; that is given back when the event was told of.
        self.capacity.free(bytes);
        self.ledger.freed(bytes);
        for delivery in &accepted {
            self.ledger.accepted(delivery, self.now);
        }
        let places: Vec<_> = accepted
            .iter()
            .map(|one| (*one.endpoint(), one.id, one.bytes))
            .collect();
        match self.deliveries.accept(accepted) {
            Ok(workers) => self.start(workers),
            Err(_closed) => {
                for (endpoint, id, bytes) in places {
                    self.ledger.undelivered(id);
                    self.leave(endpoint, bytes);
                }
            }
        }
    }

    fn some_webhooks(&mut self) -> Vec<Rc<Webhook>> {
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
        let due = self.deliveries.next_due();
        let times = [attempt.map(|one| one.0), question.map(|one| one.0), due];
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
        let released = self.deliveries.release();
        self.start(released);
    }

    fn finish(&mut self, index: usize) {
        let UnderWay {
            worker,
            id,
            webhook,
            sent,
            open,
        } = self.under_way.swap_remove(index);
        let result = AttemptResult {
            verdict: verdict(&sent, &webhook, self.now, &mut self.chance),
            health: sent.answer.health(),
        };
        let finished = self.deliveries.finished(&worker, result, self.now, |_| {});
        let finished = finished.expect("its delivery was gone");
        let change = self
            .ledger
            .finished(id, sent.answer, result.verdict, open, self.now);
        assert_eq!(finished.change, change, "the breaker differs");
        match (finished.settled, finished.waits) {
            (Some((delivery, how)), None) => self.settle(&delivery, how),
            (None, Some((due, _))) => assert!(due >= self.now),
            other => panic!("settled and waiting, or neither: {other:?}"),
        }
        if change == Some(Change::Closed) {
            let released = self.deliveries.release();
            self.start(released);
        }
        self.work(&worker);
    }

    fn settle(&mut self, delivery: &Queued, how: Settled) {
        self.ledger.settled(delivery, how, self.now);
        self.untold.push((*delivery.endpoint(), delivery.bytes));
    }

    fn start(&mut self, workers: Vec<Worker<usize>>) {
        for worker in workers {
            self.work(&worker);
        }
    }

    fn work(&mut self, worker: &Worker<usize>) {
        loop {
            let prepare = |delivery: &mut Queued| (delivery.id, Rc::clone(&delivery.webhook));
            match self.deliveries.next(worker, self.now, prepare).0 {
                Next::Send((id, webhook), attempt) => {
                    self.ledger.sent(id, &attempt, self.now);
                    let endpoint = &self.endpoints[webhook.endpoint];
                    let sent = Sent::new(&attempt, self.now, endpoint, &mut self.chance);
                    self.under_way.push(UnderWay {
                        worker: worker.clone(),
                        id,
                        webhook,
                        sent,
                        open: attempt.probe.is_some(),
                    });
                    return;
                }
                Next::Settle(delivery, how) => self.settle(&delivery, how),
                Next::Idle => return,
            }
        }
    }

    fn observer_is_told(&mut self) {
        for _ in 0..self.chance.usize(0..=self.untold.len()) {
            let at = self.chance.usize(0..self.untold.len());
            let (endpoint, bytes) = self.untold.swap_remove(at);
            self.leave(endpoint, bytes);
        }
    }

    fn leave(&mut self, endpoint: usize, bytes: usize) {
        self.capacity.leave(&endpoint, bytes);
        self.ledger.left(endpoint, bytes);
    }

    /// The process is stopped, or its machine asleep: all that was to come is late.
    fn stand_still(&mut self) {
        let late = self.chance.u64(0..STANDS_STILL.as_nanos() as u64);
        self.now = self.now + Duration::from_nanos(late);
    }

    /// A bug: the task of an attempt panicked.
    fn attempt_comes_to_nothing(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let at = self.chance.usize(0..self.under_way.len());
        let UnderWay { worker, id, .. } = self.under_way.swap_remove(at);
        let mut delivery = self
            .deliveries
            .take(&worker)
            .expect("its delivery was gone");
        delivery.with(|delivery, webhook, _| delivery.abandon(webhook));
        self.ledger.abandoned(id);
        self.untold.push((*delivery.endpoint(), delivery.bytes));
        self.work(&worker);
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
            let late = self.deliveries.finished(&worker, result, self.now, |_| {});
            assert!(late.is_none(), "settled after the end");
            let next = self.deliveries.next(&worker, self.now, |_| ()).0;
            assert!(matches!(next, Next::Idle), "sent after the end");
        }
    }

    fn check(&mut self) {
        let mut in_flight = HashMap::new();
        for one in &self.under_way {
            *in_flight.entry(one.webhook.endpoint).or_default() += 1;
        }
        let endpoints = self.endpoints.len();
        let (deliveries, capacity) = (&self.deliveries, &self.capacity);
        let (now, most) = (self.now, self.max_in_flight);
        self.ledger
            .check(deliveries, capacity, endpoints, &in_flight, most, now);
        self.ledger.check_waits(deliveries);
        if !self.ended {
            for webhook in &self.all {
                self.ledger.check_webhook(webhook);
            }
        }
    }

    /// All that is open comes to its end: each delivery is settled, each event decided.
    pub fn end(&mut self) {
        self.deliveries.close();
        let drain = self.chance.bool();
        while drain && self.deliveries.iter().next().is_some() {
            self.time_passes();
            self.timer();
            self.steps += 1;
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
