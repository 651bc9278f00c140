//! A small host with one webhook.

use lifecycle::{
    AttemptResult, BreakerLimits, Deliveries, Delivery, DeliveryProgress, Health, Limits, Next,
    QueueItem, Settled, Signals, Time, Verdict, Wait, WebhookState, Worker,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

pub const SECOND: Duration = Duration::from_secs(1);

/// Three tries in a minute.
pub const LIMITS: Limits = Limits {
    timeout: SECOND,
    patience: Duration::from_secs(60),
    max_tries: 3,
    breaker: BreakerLimits {
        after: Duration::ZERO,
        hold: Duration::ZERO,
    },
};

pub struct Queued {
    webhook: Rc<RefCell<WebhookState>>,
    pub state: Delivery,
}

impl QueueItem for Queued {
    type Endpoint = ();

    fn endpoint(&self) -> &() {
        &()
    }

    fn delivery(&self) -> &Delivery {
        &self.state
    }

    fn with<R>(&mut self, step: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R {
        step(&mut self.state, &mut self.webhook.borrow_mut(), &LIMITS)
    }
}

/// A host whose clock has just begun.
pub struct Host {
    pub now: Time,
    pub webhook: Rc<RefCell<WebhookState>>,
    pub deliveries: Deliveries<Queued>,
    /// With the numbers of their attempts.
    pub out: Vec<(Worker, u32)>,
    pub settled: Vec<Settled>,
    /// How many were ready when the host was told that these are few.
    pub short: Vec<usize>,
}

impl Host {
    pub fn new(max_in_flight: usize) -> Self {
        Self::with_enough(max_in_flight, 64)
    }

    /// A machine that so many attempts keep busy.
    pub fn with_enough(max_in_flight: usize, enough: usize) -> Self {
        Self {
            now: Time::default(),
            webhook: Rc::default(),
            deliveries: Deliveries::new(max_in_flight, enough),
            out: Vec::new(),
            settled: Vec::new(),
            short: Vec::new(),
        }
    }

    pub fn heed(&mut self, signals: Signals) {
        if signals.short {
            self.short.push(self.deliveries.ready(&()));
        }
        for worker in signals.workers {
            self.work(worker);
        }
    }

    fn work(&mut self, worker: Worker) {
        loop {
            let (next, signals) = self.deliveries.next(worker, self.now, |_| (), |_, _| {});
            self.heed(signals);
            match next {
                Next::Send((), attempt) => return self.out.push((worker, attempt.number)),
                Next::Settle(_, how) => self.settled.push(how),
                Next::Idle => return,
            }
        }
    }

    pub fn queued(&self, progress: DeliveryProgress) -> Queued {
        Queued {
            webhook: Rc::clone(&self.webhook),
            state: Delivery::restored(progress, self.now),
        }
    }

    pub fn restore(&mut self, progress: DeliveryProgress, wait: Option<Wait>) {
        let queued = self.queued(progress);
        let signals = self.deliveries.restore([(queued, wait)], self.now);
        self.heed(signals.unwrap());
    }

    /// So many are accepted at once.
    pub fn accept(&mut self, count: usize) {
        let new = |_| self.queued(DeliveryProgress::default());
        let new: Vec<_> = (0..count).map(new).collect();
        let signals = self.deliveries.accept(new, self.now);
        self.heed(signals.unwrap());
    }

    pub fn after(&mut self, passed: Duration) {
        self.now = self.now + passed;
        let due = self.deliveries.pop_due(self.now);
        self.heed(due);
    }

    /// The first attempt that is out comes to a result, and its worker does no more.
    pub fn result(&mut self, verdict: Verdict, health: Option<Health>) -> Signals {
        let (worker, _) = self.out.remove(0);
        let result = AttemptResult { verdict, health };
        let finished = self.deliveries.finished(worker, result, self.now, |_| {});
        finished.unwrap().1
    }

    /// The first attempt that is out comes to a result.
    pub fn finish(&mut self, verdict: Verdict, health: Option<Health>) {
        let (worker, _) = self.out.remove(0);
        let result = AttemptResult { verdict, health };
        let finished = self.deliveries.finished(worker, result, self.now, |_| {});
        let (finished, signals) = finished.unwrap();
        self.heed(signals);
        self.settled.extend(finished.settled.map(|(_, how)| how));
        self.work(worker);
    }

    pub fn delivered(&mut self) {
        self.finish(Verdict::Delivered, Some(Health::Up));
    }

    pub fn failed(&mut self) {
        self.finish(Verdict::Failed, Some(Health::Down));
    }
}
