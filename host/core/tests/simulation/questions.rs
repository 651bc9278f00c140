//! An event before which webhooks are asked, and the decision that it must come to.

use crate::endpoint::{Answer, Endpoint};
use crate::ledger::Ledger;
use crate::webhook::{Sent, Webhook, verdict};
use lifecycle::{
    Ask, AttemptResult, EventDecision, EventQuestions, Heard, OnError, Question, Time, Verdict,
    WebhookStatus,
};
use std::rc::Rc;

#[derive(Debug)]
pub struct Questions {
    budget: Time,
    places: Vec<Place>,
    event: EventQuestions,
    /// The first that made an end of the event, by what its endpoint said.
    cancelled_by: Option<usize>,
}

#[derive(Debug)]
struct Place {
    webhook: Rc<Webhook>,
    state: Question,
    stands: Stands,
    attempts: u32,
}

#[derive(Debug)]
enum Stands {
    Out(Sent),
    Waits(Time),
    Settled(WebhookStatus),
}

impl Questions {
    pub fn new(
        webhooks: Vec<Rc<Webhook>>,
        budget: Time,
        now: Time,
        ledger: &mut Ledger,
        endpoints: &[Endpoint],
        chance: &mut fastrand::Rng,
    ) -> Self {
        let mut questions = Self {
            budget,
            event: EventQuestions::new(webhooks.len()),
            places: Vec::new(),
            cancelled_by: None,
        };
        for webhook in webhooks {
            questions.places.push(Place {
                webhook,
                state: Question::default(),
                stands: Stands::Waits(now),
                attempts: 0,
            });
        }
        for place in 0..questions.places.len() {
            if chance.u8(0..10) == 0 {
                questions.settle(place, WebhookStatus::Skipped);
            } else {
                questions.ask(place, now, ledger, endpoints, chance);
            }
        }
        questions
    }

    fn ask(
        &mut self,
        place: usize,
        now: Time,
        ledger: &mut Ledger,
        endpoints: &[Endpoint],
        chance: &mut fastrand::Rng,
    ) {
        let asked = &mut self.places[place];
        let webhook = &asked.webhook;
        let next = asked
            .state
            .next(&webhook.state.borrow(), &webhook.limits, self.budget, now);
        match next {
            Ask::Send(attempt) => {
                asked.attempts += 1;
                assert_eq!(attempt.number, asked.attempts);
                assert_eq!(attempt.probe, None);
                assert_eq!(
                    attempt.deadline,
                    self.budget.min(now + webhook.limits.timeout)
                );
                let endpoint = &endpoints[webhook.endpoint];
                asked.stands = Stands::Out(Sent::new(&attempt, now, endpoint, chance));
            }
            Ask::SwitchedOff => {
                let gone = ledger.webhook(webhook.serial).is_gone();
                assert!(gone, "a question was not asked");
                self.settle(place, WebhookStatus::SwitchedOff);
            }
        }
    }

    /// Settles a place, and says to ourselves whether that cancels the event.
    fn settle(&mut self, place: usize, status: WebhookStatus) {
        if self.cancelled_by.is_some() {
            // Of those that were asked at once another one was quicker.
            return;
        }
        let on_error = self.places[place].webhook.on_error;
        let cancels = match status {
            WebhookStatus::Cancelled => true,
            WebhookStatus::NoAnswer | WebhookStatus::SwitchedOff => on_error == OnError::Cancel,
            _ => false,
        };
        if cancels {
            self.cancelled_by = Some(place);
        }
        self.places[place].stands = Stands::Settled(status);
        self.event.settle(place, status, on_error);
        self.check();
    }

    /// The decision is the first cancel's, or comes when all have been heard.
    fn check(&self) {
        let all = || {
            let mut places = self.places.iter();
            places.all(|place| matches!(place.stands, Stands::Settled(_)))
        };
        let expected = match self.cancelled_by {
            Some(by) => Some(EventDecision::Cancel { by }),
            None => (self.places.len() == self.event.statuses().count() && all())
                .then_some(EventDecision::Proceed),
        };
        assert_eq!(
            self.event.decision(),
            expected,
            "a cancel was lost or invented"
        );
    }

    /// When something happens next, and where.
    pub fn next(&self) -> Option<(Time, usize)> {
        let places = self.places.iter().enumerate();
        let times = places.filter_map(|(at, place)| match &place.stands {
            Stands::Out(sent) => Some((sent.ends, at)),
            Stands::Waits(time) => Some((*time, at)),
            Stands::Settled(_) => None,
        });
        times.min()
    }

    /// It happens; a breaker that was closed by it is to let go what it held.
    pub fn happen(
        &mut self,
        place: usize,
        now: Time,
        ledger: &mut Ledger,
        endpoints: &[Endpoint],
        chance: &mut fastrand::Rng,
    ) {
        let Stands::Out(sent) = self.places[place].stands else {
            return self.ask(place, now, ledger, endpoints, chance);
        };
        let asked = &mut self.places[place];
        let webhook = Rc::clone(&asked.webhook);
        let result = AttemptResult {
            verdict: verdict(&sent, &webhook, now, chance),
            health: sent.answer.health(),
        };
        let mut state = webhook.state.borrow_mut();
        let (heard, noted) =
            asked
                .state
                .finished(&mut state, &webhook.limits, result, self.budget, now);
        drop(state);
        let again = matches!(result.verdict, Verdict::Retry(wait) if now + wait < self.budget);
        let expected = ledger.webhook(webhook.serial);
        if sent.answer == Answer::Gone {
            expected.is_gone_now();
        }
        let change = expected.finished(result.health, false, !again, &webhook.limits, now);
        assert_eq!(noted.change, change, "the breaker differs");
        let status = match (sent.answer, heard) {
            (Answer::Good, Heard::Proceed) => WebhookStatus::Proceeded,
            (Answer::Veto, Heard::Cancel) => WebhookStatus::Cancelled,
            (_, Heard::Retry(at)) if again => {
                assert!(
                    at >= now && at < self.budget,
                    "retried after the event's time"
                );
                asked.stands = Stands::Waits(at);
                return;
            }
            (Answer::Good | Answer::Veto, _) | (_, Heard::Proceed | Heard::Cancel) => {
                panic!("{:?} was heard as {heard:?}", sent.answer)
            }
            (_, Heard::NoAnswer { .. }) if !again => WebhookStatus::NoAnswer,
            other => panic!("{other:?}"),
        };
        self.settle(place, status);
    }

    /// Once it is decided, what comes later changes nothing, and who was not heard was not
    /// awaited.
    pub fn is_over(&mut self) -> bool {
        let Some(decision) = self.event.decision() else {
            return false;
        };
        for place in 0..self.places.len() {
            if let Stands::Settled(status) = self.places[place].stands {
                let said = self.event.statuses().nth(place);
                let before_the_end = said == Some(status);
                assert!(before_the_end, "its answer was exchanged");
            } else {
                let said = self.event.statuses().nth(place);
                assert_eq!(said, Some(WebhookStatus::NotAwaited));
                assert_ne!(decision, EventDecision::Proceed, "somebody was not heard");
                self.event
                    .settle(place, WebhookStatus::Cancelled, OnError::Cancel);
                assert_eq!(self.event.decision(), Some(decision), "decided twice");
            }
        }
        true
    }
}
