use crate::{
    breaker_limits, cases, compare, duration, health, milliseconds, number, result, text, time,
};
use lifecycle::{
    Cause, Deliveries, Delivery, Limits, Next, QueueItem, Settled, Signals, Time, Verdict,
    WebhookState, Worker,
};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Debug)]
struct Queued {
    name: String,
    webhook: Rc<(RefCell<WebhookState>, Limits)>,
    state: Delivery,
    status: Value,
    /// Of its last attempt.
    error: Option<&'static str>,
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
        step(
            &mut self.state,
            &mut self.webhook.0.borrow_mut(),
            &self.webhook.1,
        )
    }
}

impl Queued {
    fn settled(&self, outcome: &str, error: Option<&str>) -> Value {
        json!({
            "action": "settle", "delivery": self.name, "outcome": outcome,
            "attempts": self.state.attempts(), "status": self.status, "error": error,
        })
    }
}

struct Host {
    now: Time,
    deliveries: Deliveries<Queued>,
    webhook: Rc<(RefCell<WebhookState>, Limits)>,
    out: HashMap<String, Worker>,
    /// Delivered, their answers still being read.
    reading: HashMap<String, (Queued, Worker)>,
    done: Vec<Value>,
}

impl Host {
    fn heed(&mut self, signals: Signals) {
        for worker in signals.workers {
            self.work(worker);
        }
    }

    fn work(&mut self, worker: Worker) {
        loop {
            let name = |delivery: &mut Queued| delivery.name.clone();
            let (next, signals) = self.deliveries.next(worker, self.now, name, |_, _| {});
            self.heed(signals);
            match next {
                Next::Send(name, attempt) => {
                    self.done.push(json!({
                        "action": "send", "delivery": name, "attempt": attempt.number,
                        "limit": attempt.deadline.since(self.now).as_millis(),
                    }));
                    self.out.insert(name, worker);
                    return;
                }
                Next::Settle(delivery, settled) => self.settle(&delivery, settled),
                Next::Idle => return,
            }
        }
    }

    fn settle(&mut self, delivery: &Queued, settled: Settled) {
        let (outcome, error) = match settled {
            Settled::Delivered => ("delivered", None),
            Settled::Failed(Cause::Attempt) => ("failed", Some("attempt")),
            Settled::Failed(Cause::SwitchedOff) => ("failed", Some("switched_off")),
            Settled::Failed(Cause::Late | Cause::Held) => ("failed", Some("time_over")),
            Settled::Failed(Cause::Lacking) => ("failed", Some("lacking")),
        };
        self.done.push(delivery.settled(outcome, error));
    }

    fn release(&mut self) {
        let released = self.deliveries.release(self.now);
        self.heed(released);
    }

    fn happen(&mut self, step: &Value) {
        match text(step, "happening") {
            "time" => {}
            "accepted" => {
                let delivery = Queued {
                    name: text(step, "delivery").to_owned(),
                    webhook: Rc::clone(&self.webhook),
                    state: Delivery::default(),
                    status: Value::Null,
                    error: None,
                };
                let signals = self.deliveries.accept([delivery], self.now).unwrap();
                self.heed(signals);
            }
            "result" => self.result(step),
            "read" => {
                let (delivery, worker) = self.reading.remove(text(step, "delivery")).unwrap();
                self.settle(&delivery, Settled::Delivered);
                self.work(worker);
            }
            "others" => {
                for _ in 0..number(step, "count") {
                    let (state, limits) = &*self.webhook;
                    let breaker = &mut state.borrow_mut().breaker;
                    breaker.note(limits.breaker, self.now, health(step), None, true);
                }
                self.release();
            }
            "shutdown" => {
                for delivery in self.deliveries.end() {
                    self.done
                        .push(delivery.settled("undelivered", delivery.error));
                }
                for (_, (delivery, _)) in std::mem::take(&mut self.reading) {
                    self.settle(&delivery, Settled::Delivered);
                }
            }
            other => panic!("unknown happening: {other}"),
        }
        while self
            .deliveries
            .next_due()
            .is_some_and(|due| due <= self.now)
        {
            let due = self.deliveries.pop_due(self.now);
            self.heed(due);
        }
    }

    fn result(&mut self, step: &Value) {
        let name = text(step, "delivery").to_owned();
        let worker = self.out.remove(&name).unwrap();
        let result = result(step);
        let finished = self
            .deliveries
            .finished(worker, result, self.now, |delivery| {
                if result.verdict != Verdict::Lacking {
                    delivery.status = step["status"].clone();
                }
                delivery.error = match result.verdict {
                    Verdict::Delivered => None,
                    Verdict::Lacking => Some("lacking"),
                    _ => Some("attempt"),
                };
            });
        let (finished, signals) = finished.unwrap();
        self.heed(signals);
        self.release();
        match finished.settled {
            Some((delivery, Settled::Delivered)) if step["reading"] == true => {
                self.reading.insert(name, (delivery, worker));
                return;
            }
            Some((delivery, settled)) => self.settle(&delivery, settled),
            None => {}
        }
        self.work(worker);
    }

    fn waiting(&self) -> HashMap<String, (Time, bool)> {
        let waiting = self.deliveries.waiting();
        let entries = waiting.map(|(due, one)| (one.name.clone(), (due, one.state.is_held())));
        entries.collect()
    }
}

fn play(case: &Value) {
    let settings = &case["settings"];
    let max_tries = u32::try_from(number(settings, "max_tries")).unwrap();
    let limits = Limits::new(
        duration(settings, "timeout"),
        max_tries,
        duration(settings, "max_time"),
        breaker_limits(settings),
    );
    let mut host = Host {
        now: Time::default(),
        deliveries: Deliveries::new(16, 64),
        webhook: Rc::new((RefCell::default(), limits)),
        out: HashMap::new(),
        reading: HashMap::new(),
        done: Vec::new(),
    };
    for (at, step) in case["steps"].as_array().unwrap().iter().enumerate() {
        host.now = time(step, "at");
        let before = host.waiting();
        host.happen(step);
        for (name, (due, held)) in host.waiting() {
            if before.get(&name) != Some(&(due, held)) {
                let action = if held { "hold" } else { "wait" };
                let until = milliseconds(due);
                let wait = json!({"action": action, "delivery": name, "until": until});
                host.done.push(wait);
            }
        }
        compare(case, at, std::mem::take(&mut host.done));
    }
}

#[test]
fn deliveries_live_as_the_vectors_say() {
    let cases = cases("lifecycle.json");
    let of_deliveries = cases.iter().filter(|case| case["kind"] == "delivery");
    assert!(of_deliveries.inspect(|case| play(case)).count() > 50);
}
