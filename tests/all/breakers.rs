//! The breaker of a webhook that keeps failing, and the room that an endpoint has.

use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use futures_util::future::join_all;
use servo_webhooks::{
    Allow, BreakerRecord, BreakerState, Configuration, Connector, Decision, Event, EventOutcome,
    Observer, Options, Reading, Results, Settlement, Webhooks,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

const MEASURED: &str = "{\"event\": \"after:measure\"}\n";
const ASKED: &str = "{\"event\": \"before:adjust\"}\n";

/// Answers 503 until it is told that it is well.
fn ailing() -> (Responder, Arc<AtomicBool>) {
    let well = Arc::new(AtomicBool::new(false));
    let known = Arc::clone(&well);
    let responder = Responder::start(move |_| match known.load(Ordering::SeqCst) {
        true => Reply::status(200),
        false => Reply::status(503),
    });
    (responder, well)
}

fn run(program: &Program, more: &[&str]) -> Running {
    let always = ["run", "--events", "-", "--allow", "loopback"];
    program.start(&[&always, more].concat())
}

fn count(said: &str, text: &str) -> usize {
    said.matches(text).count()
}

#[test]
fn what_waits_is_kept_and_sent_when_the_endpoint_is_back() {
    let (responder, well) = ailing();
    let program = Program::new(&format!(
        "- {{name: hook, events: ['after:measure', 'before:adjust'], url: '{}', secret: s, on_error: cancel}}\n",
        responder.url("/")
    ));
    let limits = ["--breaker-after", "0s", "--breaker-hold", "3s"];
    let mut running = run(&program, &limits);
    // It waits to be tried again, and is no failure yet.
    running.feed(MEASURED);
    responder.until_received(1);
    running.feed(&ASKED.repeat(6));
    running.until("six are settled", |out| count(out, "\"cancelled\"") >= 6);
    assert_eq!(
        responder.received().len(),
        6,
        "the sixth event is not sent, nor is the delivery"
    );
    // What is new fails at once.
    running.feed(MEASURED);
    running.until("one has failed", |out| count(out, "\"failed\"") == 1);
    well.store(true, Ordering::SeqCst);
    running.close();
    let finished = running.finish().exits(1);
    let events = finished.of_type("event");
    let errors: Vec<_> = events
        .iter()
        .map(|event| event["webhooks"][0]["error"].as_str().unwrap_or_default())
        .collect();
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| event["webhooks"][0]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes[1..6], ["no_answer"; 5]);
    assert_eq!(outcomes[6..], ["switched_off"; 2]);
    for error in &errors[6..] {
        assert!(error.contains("its breaker is open"), "{error}");
    }
    let reason = events[6]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("hook gave no answer: switched off for "),
        "{reason}"
    );
    let deliveries = finished.of_type("delivery");
    assert_eq!(deliveries[0]["outcome"], "failed");
    assert_eq!(deliveries[0]["attempts"], 0);
    assert_eq!(deliveries[1]["outcome"], "delivered");
    assert_eq!(deliveries[1]["attempts"], 2, "being held is no attempt");
    let breakers = finished.of_type("breaker");
    let states: Vec<_> = breakers
        .iter()
        .map(|breaker| breaker["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["open", "half_open", "closed"]);
    assert_eq!(breakers[0]["failures"], 5);
    assert_eq!(breakers[0]["hold_ms"], 3000);
    assert_eq!(breakers[0]["error"], "answered 503");
    assert_eq!(breakers[0]["webhook"], "hook");
    let log = &finished.stderr;
    assert!(
        log.contains("its breaker opens: 5 events in a row failed"),
        "{log}"
    );
    assert!(log.contains("its breaker closes"), "{log}");
}

#[test]
fn without_a_hold_nothing_is_held() {
    let (responder, _) = ailing();
    let program = Program::new(&format!(
        "- {{events: 'before:adjust', url: '{}', secret: s}}\n",
        responder.url("/")
    ));
    let limits = ["--breaker-after", "0s", "--breaker-hold", "0s"];
    program.run(&ASKED.repeat(20), &limits).exits(0);
    assert_eq!(responder.received().len(), 20);
}

#[derive(Clone, Default)]
struct Breakers(Arc<Mutex<Vec<BreakerRecord>>>);

impl Observer for Breakers {
    fn breaker(&self, record: BreakerRecord) {
        self.0.lock().unwrap().push(record);
    }
}

fn start(yaml: &str, breakers: &Breakers, adapt: impl FnOnce(&mut Options)) -> Webhooks {
    let connector = Connector::built_in().unwrap();
    let reading = Reading::default();
    let yaml = yaml.as_bytes();
    let read = Configuration::read(&connector, "test.yaml", Path::new(""), yaml, &reading);
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    adapt(&mut options);
    Webhooks::start(&connector, read.unwrap(), options, breakers.clone()).unwrap()
}

async fn ask(webhooks: &Webhooks) -> EventOutcome {
    webhooks
        .before(&Event::new("adjust").unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_probe_at_a_time_goes_out_and_what_it_finds_holds_for_all() {
    let (open, gate) = watch::channel(false);
    let asked = Arc::new(AtomicUsize::new(0));
    let known = Arc::clone(&asked);
    let responder = Responder::start(move |_| match known.fetch_add(1, Ordering::SeqCst) {
        0..6 => Reply::status(500),
        _ => Reply::Gated(gate.clone(), 200),
    });
    let yaml = format!(
        "- {{events: 'before:adjust', url: '{}', secret: s, timeout: 30s}}\n",
        responder.url("/")
    );
    let breakers = Breakers::default();
    let hold = Duration::from_millis(200);
    let webhooks = start(&yaml, &breakers, |options| {
        options.breaker_after = Duration::ZERO;
        options.breaker_hold = hold;
    });
    for _ in 0..5 {
        assert_eq!(
            ask(&webhooks).await.webhooks[0].outcome,
            Settlement::NoAnswer
        );
    }
    tokio::time::sleep(hold).await;
    let probe = ask(&webhooks).await;
    assert_eq!(
        probe.webhooks[0].outcome,
        Settlement::NoAnswer,
        "the sixth 500"
    );
    // Twice as long now.
    assert_eq!(
        ask(&webhooks).await.webhooks[0].outcome,
        Settlement::SwitchedOff
    );
    tokio::time::sleep(2 * hold).await;
    let many = tokio::spawn({
        let webhooks = webhooks.clone();
        async move { join_all((0..50).map(|_| ask(&webhooks))).await }
    });
    responder.until_received(7);
    open.send(true).unwrap();
    let outcomes = many.await.unwrap();
    let of = |settlement| {
        let mut all = outcomes.iter().map(|outcome| outcome.webhooks[0].outcome);
        all.by_ref()
            .filter(|outcome| *outcome == settlement)
            .count()
    };
    assert_eq!(
        (of(Settlement::Proceeded), of(Settlement::SwitchedOff)),
        (1, 49)
    );
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome.outcome == Decision::Proceed)
    );
    assert_eq!(responder.received().len(), 7);
    assert_eq!(
        ask(&webhooks).await.webhooks[0].outcome,
        Settlement::Proceeded
    );
    let states: Vec<_> = breakers
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|record| record.state)
        .collect();
    use BreakerState::{Closed, HalfOpen, Open};
    assert_eq!(states, [Open, HalfOpen, Open, HalfOpen, Closed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_full_rejects_for_itself_alone() {
    let hanging = Responder::start(|_| Reply::Hang);
    let quick = Responder::start(|_| Reply::status(200));
    let yaml = format!(
        "- {{name: hangs, events: 'after:measure', url: '{}', secret: s}}\n- {{name: quick, events: 'after:measure', url: '{}', secret: s}}\n",
        hanging.url("/"),
        quick.url("/")
    );
    let webhooks = start(&yaml, &Breakers::default(), |options| {
        options.max_waiting = 10
    });
    let event = Event::new("measure").unwrap();
    for number in 1..=50 {
        let outcome = webhooks.after(&event, &Results::new()).await.unwrap();
        let of = |index: usize| &outcome.webhooks[index];
        assert_eq!(of(1).outcome, Settlement::Accepted);
        let full = number > 5;
        assert_eq!(of(0).outcome == Settlement::Rejected, full, "{number}");
        if full {
            let error = of(0).error.as_deref().unwrap();
            let origin = hanging.url("");
            let expected = format!("5 deliveries are waiting for {origin}, as many as may");
            assert!(error.starts_with(&expected), "{error}");
        }
        // Its own part must not fill either.
        quick.until_received(number);
        while webhooks.waiting() > number.min(5) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(webhooks.drain(Duration::ZERO).await, 5);
}
