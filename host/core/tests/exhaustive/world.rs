//! A small world, and what must hold in it.

use crate::questions::Asked;
use crate::settings::{ANSWERS, Answer, Choice, LIMITS, Side, Start};
use lifecycle::{
    Deliveries, Delivery, Health, Limits, Next, QueueItem, Signals, Time, WebhookState, Worker,
};
use std::cell::RefCell;
use std::rc::Rc;

#[derive(Debug)]
pub struct Webhook {
    pub endpoint: usize,
    pub state: RefCell<WebhookState>,
}

#[derive(Debug)]
pub struct Queued {
    pub id: usize,
    pub webhook: Rc<Webhook>,
    pub state: Delivery,
}

impl QueueItem for Queued {
    type Endpoint = usize;

    fn endpoint(&self) -> &usize {
        &self.webhook.endpoint
    }

    fn delivery(&self) -> &Delivery {
        &self.state
    }

    fn with<R>(&mut self, step: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R {
        step(
            &mut self.state,
            &mut self.webhook.state.borrow_mut(),
            &LIMITS,
        )
    }
}

/// Something that is under way or waits.
#[derive(Debug)]
pub enum Open {
    /// At an endpoint.
    Delivery(Worker, usize, u32),
    Question(usize, u32),
}

pub struct World {
    pub start: Start,
    pub now: Time,
    pub next: usize,
    pub webhooks: [Rc<Webhook>; 2],
    pub deliveries: Deliveries<Queued>,
    pub open: Vec<Open>,
    pub asked: Option<Asked>,
    pub decided: usize,
    pub settled: [u32; 6],
    pub accepted: usize,
    pub ended: bool,
}

impl World {
    pub fn new(start: Start) -> Self {
        let webhook = |at: usize| {
            let mut state = WebhookState::default();
            for _ in 0..start.failures {
                let down = Some(Health::Down);
                state
                    .breaker
                    .note(LIMITS.breaker, Time::default(), down, None, true);
            }
            Rc::new(Webhook {
                endpoint: if start.shared_endpoint { 0 } else { at },
                state: RefCell::new(state),
            })
        };
        Self {
            start,
            now: Time::default(),
            next: 0,
            webhooks: [webhook(0), webhook(1)],
            deliveries: Deliveries::new(1, 64),
            open: Vec::new(),
            asked: None,
            decided: 0,
            settled: [0; 6],
            accepted: 0,
            ended: false,
        }
    }

    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        if self.ended {
            return choices;
        }
        // One question at a time keeps the world small.
        if self.next < 3 && (self.start.events[self.next] == Side::After || self.asked.is_none()) {
            choices.push(Choice::Event);
        }
        for at in 0..self.open.len() {
            choices.extend(ANSWERS.map(|answer| Choice::Answer(at, answer)));
        }
        if self.next_time().is_some() {
            choices.push(Choice::Time);
        }
        choices.push(Choice::End);
        choices
    }

    pub fn next_time(&self) -> Option<Time> {
        let asked = self.asked.iter();
        let retries = asked.flat_map(|asked| asked.retries.iter().flatten().copied());
        self.deliveries
            .waiting()
            .map(|(due, _)| due)
            .chain(retries)
            .min()
    }

    pub fn make(&mut self, choice: Choice) {
        match choice {
            Choice::Event => match self.start.events[self.next] {
                Side::After => self.tell(),
                Side::Before => self.ask(),
            },
            Choice::Answer(at, answer) => match self.open.remove(at) {
                Open::Delivery(worker, _, number) => self.delivered(worker, answer, number),
                Open::Question(place, number) => self.answered(place, answer, number),
            },
            Choice::Time => self.time_passes(),
            Choice::End => self.end(),
        }
        self.check();
    }

    pub fn tell(&mut self) {
        let queued = [0, 1].map(|at| Queued {
            id: self.next * 2 + at,
            webhook: Rc::clone(&self.webhooks[at]),
            state: Delivery::default(),
        });
        self.next += 1;
        self.accepted += 2;
        let signals = self.deliveries.accept(queued, self.now).unwrap();
        self.heed(signals);
    }

    fn heed(&mut self, signals: Signals) {
        for worker in signals.workers {
            self.work(worker);
        }
    }

    pub fn work(&mut self, worker: Worker) {
        loop {
            let endpoint = |delivery: &mut Queued| delivery.webhook.endpoint;
            let (next, signals) = self.deliveries.next(worker, self.now, endpoint, |_, _| {});
            self.heed(signals);
            match next {
                Next::Send(endpoint, attempt) => {
                    let open = Open::Delivery(worker, endpoint, attempt.number);
                    return self.open.push(open);
                }
                Next::Settle(delivery, _) => self.settled[delivery.id] += 1,
                Next::Idle => return,
            }
        }
    }

    pub fn delivered(&mut self, worker: Worker, answer: Answer, number: u32) {
        let result = answer.result(number, false);
        let finished = self.deliveries.finished(worker, result, self.now, |_| {});
        let (finished, signals) = finished.unwrap();
        self.heed(signals);
        if let Some((delivery, _)) = finished.settled {
            self.settled[delivery.id] += 1;
        }
        self.release();
        self.work(worker);
    }

    pub fn release(&mut self) {
        let signals = self.deliveries.release(self.now);
        self.heed(signals);
    }

    pub fn time_passes(&mut self) {
        let Some(time) = self.next_time() else { return };
        self.now = self.now.max(time);
        let signals = self.deliveries.pop_due(self.now);
        self.heed(signals);
        for place in [0, 1] {
            let Some(asked) = &mut self.asked else { return };
            if asked.retries[place].is_some_and(|at| at <= self.now) {
                asked.retries[place] = None;
                self.ask_one(place);
            }
        }
    }

    pub fn end(&mut self) {
        self.ended = true;
        for delivery in self.deliveries.end() {
            self.settled[delivery.id] += 1;
        }
        let settled = self.settled.iter().filter(|count| **count > 0).count();
        assert_eq!(settled, self.accepted, "one was lost");
    }

    pub fn check(&self) {
        assert!(self.settled.iter().all(|count| *count < 2), "settled twice");
        let open = self.deliveries.iter().count();
        let settled = self.settled.iter().filter(|count| **count == 1).count();
        assert_eq!(open + settled, self.accepted, "one is lost");
        for webhook in &self.webhooks {
            let out = self.open.iter().filter(|open| {
                matches!(open, Open::Delivery(_, endpoint, _) if *endpoint == webhook.endpoint)
            });
            let (out, ready) = (out.count(), self.deliveries.ready(&webhook.endpoint));
            assert!(
                out <= 1 && (out == 1 || ready == 0 || self.ended),
                "it is starved"
            );
            let breaker = &webhook.state.borrow().breaker;
            assert!(
                !breaker.is_probing() || out == 1 || self.ended,
                "a probe is lost"
            );
        }
    }

    /// All that decides what can happen from here on.
    pub fn fingerprint(&self) -> String {
        let mut ready: Vec<_> = self
            .deliveries
            .iter()
            .map(|one| format!("{one:?}"))
            .collect();
        ready.sort_unstable();
        let waiting: Vec<_> = self
            .deliveries
            .waiting()
            .map(|(due, one)| (due, one.id))
            .collect();
        let open = self.open.iter().map(|open| match open {
            Open::Delivery(_, endpoint, number) => (*endpoint, *number, true),
            Open::Question(place, number) => (*place, *number, false),
        });
        let open: Vec<_> = open.collect();
        let now = (self.now, self.next, self.settled, self.ended);
        format!("{now:?} {ready:?} {waiting:?} {open:?} {:?}", self.asked)
    }
}
