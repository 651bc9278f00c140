//! The questions of a small world.

use crate::settings::{Answer, BUDGET, LIMITS, SECOND};
use crate::world::{Open, World};
use lifecycle::{
    Ask, EventDecision, EventQuestions, Heard, OnError, Question, Time, WebhookStatus,
};

/// The event before which webhooks are asked.
#[derive(Debug)]
pub struct Asked {
    pub budget: Time,
    pub questions: [Question; 2],
    pub retries: [Option<Time>; 2],
    pub event: EventQuestions,
    /// By what was said, the first that ends it.
    pub cancelled_by: Option<usize>,
    pub heard: [bool; 2],
}

impl World {
    pub fn ask(&mut self) {
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

    pub fn ask_one(&mut self, place: usize) {
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

    pub fn answered(&mut self, place: usize, answer: Answer, number: u32) {
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

    pub fn heard(&mut self, place: usize, status: WebhookStatus) {
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
}
