//! Small worlds, searched to the end: two webhooks, three events, four answers, in every
//! order in which they can happen.
//!
//! A state is reached by the choices that led to it, which are made again from the start for
//! each: the core has no other way back. States that were seen are not entered again.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a rule that is broken is to stop it"
)]

use lifecycle::{
    Ask, AttemptResult, BreakerLimits, Deliveries, Delivery, EventDecision, EventQuestions, Health,
    Heard, Item, Limits, Next, OnError, Question, Time, Verdict, WebhookState, WebhookStatus,
    Worker,
};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

const LIMITS: Limits = Limits {
    timeout: SECOND,
    patience: Duration::from_secs(2),
    breaker: BreakerLimits {
        after: Duration::ZERO,
        hold: SECOND,
    },
};

/// Of the event's time, from when it is asked.
const BUDGET: Duration = Duration::from_secs(2);

/// What an endpoint may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Good,
    Veto,
    Nothing,
    Gone,
}

const ANSWERS: [Answer; 4] = [Answer::Good, Answer::Veto, Answer::Nothing, Answer::Gone];

impl Answer {
    /// Retried once after an event, for as long as there is time before it.
    fn result(self, number: u32, before: bool) -> AttemptResult {
        let retry = before || number < 2;
        let verdict = match self {
            Self::Good => Verdict::Delivered,
            Self::Veto => Verdict::Cancel,
            Self::Nothing if retry => Verdict::Retry(SECOND),
            Self::Nothing => Verdict::Failed,
            Self::Gone => Verdict::Gone,
        };
        let up = self != Self::Nothing;
        let health = if up { Health::Up } else { Health::Down };
        AttemptResult {
            verdict,
            health: Some(health),
        }
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Choice {
    Event,
    Answer(usize, Answer),
    Time,
    End,
}

/// The kinds of events of a world, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// What a search begins with.
#[derive(Clone, Copy, Debug)]
struct Start {
    events: [Side; 3],
    on_error: [OnError; 2],
    /// Failures of both webhooks before it.
    failures: u32,
    shared_endpoint: bool,
}

#[derive(Debug)]
struct Webhook {
    endpoint: usize,
    state: RefCell<WebhookState>,
}

#[derive(Debug)]
struct Queued {
    id: usize,
    webhook: Rc<Webhook>,
    state: Delivery,
}

impl Item for Queued {
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
enum Open {
    Delivery(Worker<usize>, u32),
    Question(usize, u32),
}

/// The event before which webhooks are asked.
#[derive(Debug)]
struct Asked {
    budget: Time,
    questions: [Question; 2],
    retries: [Option<Time>; 2],
    event: EventQuestions,
    /// By what was said, the first that ends it.
    cancelled_by: Option<usize>,
    heard: [bool; 2],
}

struct World {
    start: Start,
    now: Time,
    next: usize,
    webhooks: [Rc<Webhook>; 2],
    deliveries: Deliveries<Queued>,
    open: Vec<Open>,
    asked: Option<Asked>,
    decided: usize,
    settled: [u32; 6],
    accepted: usize,
    ended: bool,
}

impl World {
    fn new(start: Start) -> Self {
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
            deliveries: Deliveries::new(1),
            open: Vec::new(),
            asked: None,
            decided: 0,
            settled: [0; 6],
            accepted: 0,
            ended: false,
        }
    }

    fn choices(&self) -> Vec<Choice> {
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

    fn next_time(&self) -> Option<Time> {
        let asked = self.asked.iter();
        let retries = asked.flat_map(|asked| asked.retries.iter().flatten().copied());
        self.deliveries.next_due().into_iter().chain(retries).min()
    }

    fn make(&mut self, choice: Choice) {
        match choice {
            Choice::Event => match self.start.events[self.next] {
                Side::After => self.tell(),
                Side::Before => self.ask(),
            },
            Choice::Answer(at, answer) => match self.open.remove(at) {
                Open::Delivery(worker, number) => self.delivered(&worker, answer, number),
                Open::Question(place, number) => self.answered(place, answer, number),
            },
            Choice::Time => self.time_passes(),
            Choice::End => self.end(),
        }
        self.check();
    }

    fn tell(&mut self) {
        let queued = [0, 1].map(|at| Queued {
            id: self.next * 2 + at,
            webhook: Rc::clone(&self.webhooks[at]),
            state: Delivery::default(),
        });
        self.next += 1;
        self.accepted += 2;
        for worker in self.deliveries.accept(queued).unwrap() {
            self.work(&worker);
        }
    }

    fn work(&mut self, worker: &Worker<usize>) {
        loop {
            match self.deliveries.next(worker, self.now, |_| ()).0 {
                Next::Send((), attempt) => {
                    let open = Open::Delivery(worker.clone(), attempt.number);
                    return self.open.push(open);
                }
                Next::Settle(delivery, _) => self.settled[delivery.id] += 1,
                Next::Idle => return,
            }
        }
    }

    fn delivered(&mut self, worker: &Worker<usize>, answer: Answer, number: u32) {
        let result = answer.result(number, false);
        let finished = self.deliveries.finished(worker, result, self.now, |_| {});
        let finished = finished.unwrap();
        if let Some((delivery, _)) = finished.settled {
            self.settled[delivery.id] += 1;
        }
        self.release();
        self.work(worker);
    }

    fn release(&mut self) {
        for worker in self.deliveries.release() {
            self.work(&worker);
        }
    }

    fn ask(&mut self) {
        self.next += 1;
        self.asked = Some(Asked {
            budget: self.now + BUDGET,
            questions: Default::default(),
            retries: [None; 2],
            event: EventQuestions::new(2),
            cancelled_by: None,
            heard: [false; 2],
        });
        self.ask_one(0);
        self.ask_one(1);
    }

    fn ask_one(&mut self, place: usize) {
        let Some(asked) = &mut self.asked else { return };
        let webhook = &self.webhooks[place];
        let question = &mut asked.questions[place];
        let gone = webhook.state.borrow().is_gone();
        let ask = question.next(&webhook.state.borrow(), &LIMITS, asked.budget, self.now);
        match ask {
            Ask::Send(attempt) => {
                assert!(
                    attempt.number == 1 || self.now < asked.budget,
                    "asked too late"
                );
                self.open.push(Open::Question(place, attempt.number));
            }
            Ask::SwitchedOff => {
                assert!(gone, "a question was not asked");
                self.heard(place, WebhookStatus::SwitchedOff);
            }
        }
    }

    fn answered(&mut self, place: usize, answer: Answer, number: u32) {
        let Some(asked) = &mut self.asked else { return };
        let mut state = self.webhooks[place].state.borrow_mut();
        let result = answer.result(number, true);
        let question = &mut asked.questions[place];
        let (heard, _) = question.finished(&mut state, &LIMITS, result, asked.budget, self.now);
        drop(state);
        let retry = self.now + SECOND < asked.budget;
        let status = match (answer, heard) {
            (Answer::Good, Heard::Proceed) => WebhookStatus::Proceeded,
            (Answer::Veto, Heard::Cancel) => WebhookStatus::Cancelled,
            (Answer::Nothing, Heard::Retry(at)) if retry => {
                asked.retries[place] = Some(at);
                return self.release();
            }
            (Answer::Nothing, Heard::NoAnswer { no_time_left: true }) if !retry => {
                WebhookStatus::NoAnswer
            }
            (Answer::Gone, Heard::NoAnswer { .. }) => WebhookStatus::NoAnswer,
            other => panic!("heard wrong: {other:?}"),
        };
        self.heard(place, status);
        self.release();
    }

    fn heard(&mut self, place: usize, status: WebhookStatus) {
        let Some(asked) = &mut self.asked else { return };
        let on_error = self.start.on_error[place];
        let cancels = match status {
            WebhookStatus::Cancelled => true,
            WebhookStatus::Proceeded => false,
            _ => on_error == OnError::Cancel,
        };
        asked.heard[place] = true;
        if cancels && asked.cancelled_by.is_none() {
            asked.cancelled_by = Some(place);
        }
        asked.event.settle(place, status, on_error);
        let expected = match asked.cancelled_by {
            Some(by) => Some(EventDecision::Cancel { by }),
            None => (asked.heard == [true; 2]).then_some(EventDecision::Proceed),
        };
        assert_eq!(
            asked.event.decision(),
            expected,
            "a cancel was lost or invented"
        );
        if expected.is_some() {
            self.asked = None;
            self.decided += 1;
            self.open.retain(|open| matches!(open, Open::Delivery(..)));
        }
    }

    fn time_passes(&mut self) {
        let Some(time) = self.next_time() else { return };
        self.now = self.now.max(time);
        for worker in self.deliveries.pop_due(self.now) {
            self.work(&worker);
        }
        for place in [0, 1] {
            let Some(asked) = &mut self.asked else { return };
            if asked.retries[place].is_some_and(|at| at <= self.now) {
                asked.retries[place] = None;
                self.ask_one(place);
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        for delivery in self.deliveries.end() {
            self.settled[delivery.id] += 1;
        }
        let settled = self.settled.iter().filter(|count| **count > 0).count();
        assert_eq!(settled, self.accepted, "one was lost");
    }

    fn check(&self) {
        assert!(self.settled.iter().all(|count| *count < 2), "settled twice");
        let open = self.deliveries.iter().count();
        let settled = self.settled.iter().filter(|count| **count == 1).count();
        assert_eq!(open + settled, self.accepted, "one is lost");
        for webhook in &self.webhooks {
            let out = self.open.iter().filter(|open| {
                matches!(open, Open::Delivery(worker, _) if worker.endpoint == webhook.endpoint)
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
    fn fingerprint(&self) -> String {
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
            Open::Delivery(worker, number) => (worker.endpoint, *number, true),
            Open::Question(place, number) => (*place, *number, false),
        });
        let open: Vec<_> = open.collect();
        let now = (self.now, self.next, self.settled, self.ended);
        format!("{now:?} {ready:?} {waiting:?} {open:?} {:?}", self.asked)
    }
}

/// Every state that can be reached; how many there are.
fn search(start: Start) -> usize {
    let mut seen = HashSet::new();
    let mut frontier: Vec<Vec<Choice>> = vec![Vec::new()];
    while let Some(path) = frontier.pop() {
        let again = || {
            let mut world = World::new(start);
            for choice in &path {
                world.make(*choice);
            }
            world
        };
        for choice in again().choices() {
            let mut world = again();
            world.make(choice);
            if seen.insert(world.fingerprint()) {
                let mut path = path.clone();
                path.push(choice);
                frontier.push(path);
            }
        }
    }
    seen.len()
}

#[test]
fn nothing_can_go_wrong_in_a_small_world() {
    use OnError::{Cancel, Proceed};
    use Side::{After, Before};
    let quick = [
        [After, Before, Before],
        [Before, After, Before],
        [Before, Before, After],
    ];
    // Half a million states more: minutes, where the compiler does not optimise.
    let slow = [
        [After, After, Before],
        [Before, After, After],
        [After, Before, After],
    ];
    let worlds = if std::env::var_os("ALL_WORLDS").is_some() {
        [quick, slow].concat()
    } else {
        quick.into()
    };
    let mut states = 0;
    for events in worlds {
        for (failures, shared_endpoint, on_error) in [
            (0, false, [Proceed, Proceed]),
            (4, true, [Cancel, Proceed]),
            (4, false, [Cancel, Cancel]),
        ] {
            states += search(Start {
                events,
                on_error,
                failures,
                shared_endpoint,
            });
        }
    }
    println!("{states} states");
    assert!(states > 50_000, "it was not searched: {states} states");
}
