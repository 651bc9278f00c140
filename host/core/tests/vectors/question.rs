use crate::{
    breaker_limits, cases, compare, duration, health, milliseconds, number, result, text, time,
};
use lifecycle::{
    Ask, EventDecision, EventQuestions, Heard, Limits, OnError, Question, Time, Verdict,
    WebhookState, WebhookStatus,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

struct Webhook {
    name: String,
    limits: Limits,
    on_error: OnError,
    state: WebhookState,
}

#[derive(Clone)]
struct Place {
    question: Question,
    out: bool,
    retry: Option<Time>,
    status: Value,
    error: Value,
}

struct Asked {
    name: String,
    budget: Time,
    event: EventQuestions,
    places: Vec<Place>,
}

impl Asked {
    fn ask(&mut self, place: usize, webhooks: &[Webhook], now: Time, done: &mut Vec<Value>) {
        let Webhook {
            name,
            limits,
            on_error,
            state,
        } = &webhooks[place];
        let asked = &mut self.places[place];
        match asked.question.next(state, limits, self.budget, now) {
            Ask::Send(attempt) => {
                asked.out = true;
                done.push(json!({
                    "action": "send", "question": self.name, "webhook": name,
                    "attempt": attempt.number, "limit": attempt.deadline.since(now).as_millis(),
                }));
            }
            Ask::SwitchedOff => {
                asked.error = json!("switched_off");
                self.event
                    .settle(place, WebhookStatus::SwitchedOff, *on_error);
            }
        }
    }

    fn heard(&mut self, place: usize, heard: Heard, step: &Value, webhook: &Webhook) {
        let asked = &mut self.places[place];
        asked.out = false;
        asked.status = step["status"].clone();
        let status = match heard {
            Heard::Proceed => WebhookStatus::Proceeded,
            Heard::Cancel => WebhookStatus::Cancelled,
            Heard::Retry(at) => return asked.retry = Some(at),
            Heard::NoAnswer { no_time_left } => {
                let lacking = text(step, "verdict") == "lacking";
                let error = match (no_time_left, lacking) {
                    (true, _) => "budget_over",
                    (_, true) => "lacking",
                    _ => "attempt",
                };
                asked.error = json!(error);
                WebhookStatus::NoAnswer
            }
        };
        self.event.settle(place, status, webhook.on_error);
    }

    /// What a decision does to all.
    fn decided(&self, decision: EventDecision, webhooks: &[Webhook], done: &mut Vec<Value>) {
        let statuses = self.event.statuses().zip(&self.places).zip(webhooks);
        let mut entries = Vec::new();
        for ((status, place), Webhook { name, .. }) in statuses {
            let outcome = match status {
                WebhookStatus::Proceeded => "proceeded",
                WebhookStatus::Cancelled => "cancelled",
                WebhookStatus::NoAnswer => "no_answer",
                WebhookStatus::SwitchedOff => "switched_off",
                WebhookStatus::Skipped => "skipped",
                WebhookStatus::NotAwaited => "not_awaited",
            };
            let awaited = status != WebhookStatus::NotAwaited;
            if place.out {
                done.push(json!({"action": "abort", "question": self.name, "webhook": name}));
            }
            entries.push(json!({
                "webhook": name, "outcome": outcome, "error": place.error,
                "attempts": if awaited { place.question.attempts() } else { 0 },
                "status": if awaited { place.status.clone() } else { Value::Null },
            }));
        }
        let (outcome, by) = match decision {
            EventDecision::Proceed => ("proceed", Value::Null),
            EventDecision::Cancel { by } => ("cancelled", json!(webhooks[by].name)),
        };
        done.push(json!({
            "action": "decide", "question": self.name, "outcome": outcome, "by": by,
            "webhooks": entries,
        }));
    }
}

fn webhook(from: &Value, settings: &Value) -> Webhook {
    let mut state = WebhookState::default();
    if from["switched_off"] == true {
        state.switch_off();
    }
    Webhook {
        name: text(from, "webhook").to_owned(),
        limits: Limits {
            timeout: duration(from, "timeout"),
            patience: Duration::ZERO,
            max_tries: 1,
            breaker: breaker_limits(settings),
        },
        on_error: match text(from, "on_error") {
            "cancel" => OnError::Cancel,
            _ => OnError::Proceed,
        },
        state,
    }
}

fn play(case: &Value) {
    let settings = &case["settings"];
    let listed = settings["webhooks"].as_array().unwrap();
    let mut webhooks: Vec<_> = listed.iter().map(|one| webhook(one, settings)).collect();
    let mut open: BTreeMap<String, Asked> = BTreeMap::new();
    for (at, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        let now = time(step, "at");
        let mut done = Vec::new();
        let find = |name: &str| webhooks.iter().position(|one| one.name == name).unwrap();
        match text(step, "happening") {
            "time" => {}
            "asked" => {
                let name = text(step, "question").to_owned();
                let place = Place {
                    question: Question::default(),
                    out: false,
                    retry: None,
                    status: Value::Null,
                    error: Value::Null,
                };
                let mut asked = Asked {
                    name: name.clone(),
                    budget: now + duration(settings, "budget"),
                    event: EventQuestions::new(webhooks.len()),
                    places: vec![place; webhooks.len()],
                };
                for place in 0..webhooks.len() {
                    asked.ask(place, &webhooks, now, &mut done);
                }
                open.insert(name, asked);
            }
            "result" => {
                let place = find(text(step, "webhook"));
                let asked = open.get_mut(text(step, "question")).unwrap();
                let webhook = &mut webhooks[place];
                let question = &mut asked.places[place].question;
                let (budget, result) = (asked.budget, result(step));
                let (state, limits) = (&mut webhook.state, &webhook.limits);
                let (heard, _) = question.finished(state, limits, result, budget, now);
                asked.heard(place, heard, step, webhook);
                if let Heard::Retry(until) = heard
                    && until > now
                {
                    done.push(json!({
                        "action": "wait", "question": asked.name, "webhook": webhook.name,
                        "until": milliseconds(until),
                    }));
                }
                assert_eq!(
                    matches!(heard, Heard::Cancel),
                    result.verdict == Verdict::Cancel,
                    "a cancel is a cancel"
                );
            }
            "others" => {
                let webhook = find(text(step, "webhook"));
                let Webhook { state, limits, .. } = &mut webhooks[webhook];
                for _ in 0..number(step, "count") {
                    state
                        .breaker
                        .note(limits.breaker, now, health(step), None, true);
                }
            }
            other => panic!("unknown happening: {other}"),
        }
        for asked in open.values_mut() {
            for place in 0..webhooks.len() {
                if asked.places[place].retry.is_some_and(|at| at <= now) {
                    asked.places[place].retry = None;
                    asked.ask(place, &webhooks, now, &mut done);
                }
            }
        }
        open.retain(|_, asked| match asked.event.decision() {
            Some(decision) => {
                asked.decided(decision, &webhooks, &mut done);
                false
            }
            None => true,
        });
        compare(case, at, done);
    }
}

#[test]
fn questions_live_as_the_vectors_say() {
    let cases = cases("lifecycle.json");
    let of_questions = cases.iter().filter(|case| case["kind"] == "question");
    assert!(of_questions.inspect(|case| play(case)).count() > 30);
}
