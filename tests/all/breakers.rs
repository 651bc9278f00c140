//! The breaker of a webhook that keeps failing, and the room that an endpoint has.

use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{
    Allow, BreakerRecord, BreakerState, Configuration, Connector, Event, LoadOptions, Observer,
    Options, Results, WebhookStatus, Webhooks,
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

/// Five questions without an answer open it, for longer than the test takes.
#[test]
fn a_question_is_asked_while_its_breaker_is_open_and_its_answer_lets_deliveries_go() {
    let (responder, well) = ailing();
    let program = Program::new(&format!(
        "- {{name: hook, events: ['after:measure', 'before:adjust'], url: '{}', secret: s, on_error: cancel}}\n",
        responder.url("/")
    ));
    let limits = ["--breaker-after", "0s", "--breaker-hold", "1h"];
    let mut running = run(&program, &limits);
    running.feed(&ASKED.repeat(5));
    running.until("it is open", |out| out.contains("\"open\""));
    running.feed(&[MEASURED, MEASURED, ASKED].concat());
    running.until("six are settled", |out| count(out, "\"cancelled\"") >= 6);
    assert_eq!(
        responder.received().len(),
        6,
        "the sixth is asked, and deliveries wait"
    );
    well.store(true, Ordering::SeqCst);
    running.feed(ASKED);
    running.close();
    let finished = running.finish().exits(0);
    let events = finished.of_type("event");
    let outcomes: Vec<_> = events
        .iter()
        .map(|event| event["webhooks"][0]["outcome"].as_str().unwrap())
        .collect();
    let expected = [
        &["no_answer"; 5][..],
        &["accepted", "accepted", "no_answer", "proceeded"],
    ];
    assert_eq!(outcomes, expected.concat());
    let deliveries = finished.of_type("delivery");
    assert_eq!(deliveries.len(), 2);
    for delivery in deliveries {
        assert_eq!(delivery["outcome"], "delivered");
        assert_eq!(delivery["attempts"], 1, "being held is no attempt");
    }
    let breakers = finished.of_type("breaker");
    let states: Vec<_> = breakers
        .iter()
        .map(|breaker| breaker["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["open", "closed"]);
    assert_eq!(breakers[0]["failures"], 5);
    assert_eq!(breakers[0]["hold_ms"], 3_600_000);
    assert_eq!(breakers[0]["error"], "answered 503");
    assert_eq!(breakers[0]["webhook"], "hook");
    let log = &finished.stderr;
    assert!(
        log.contains("breaker opened: 5 events in a row failed"),
        "{log}"
    );
    assert!(log.contains("breaker closed: sending resumed"), "{log}");
}

/// Nobody is asked, so a probe has to find out.
#[test]
fn what_comes_while_a_breaker_is_open_is_accepted_and_sent_when_the_endpoint_is_back() {
    let (responder, well) = ailing();
    let program = Program::new(&format!(
        "- {{events: 'after:measure', url: '{}', secret: s, backoff: false}}\n",
        responder.url("/")
    ));
    let limits = ["--breaker-after", "0s", "--breaker-hold", "1s"];
    let mut running = run(&program, &limits);
    for failed in 1..=5 {
        running.feed(MEASURED);
        running.until("it has failed", |out| count(out, "\"failed\"") == failed);
    }
    running.until("it is open", |out| out.contains("\"open\""));
    well.store(true, Ordering::SeqCst);
    running.feed(&MEASURED.repeat(20));
    running.close();
    let finished = running.finish().exits(1);
    let events = finished.of_type("event");
    assert!(events.iter().all(|event| event["outcome"] == "accepted"));
    let deliveries = finished.of_type("delivery");
    let of = |outcome| {
        let all = deliveries.iter();
        all.filter(|delivery| delivery["outcome"] == outcome)
            .count()
    };
    assert_eq!((of("failed"), of("delivered")), (5, 20));
    let breakers = finished.of_type("breaker");
    let states = breakers.iter().map(|breaker| &breaker["state"]);
    assert!(states.eq(["open", "half_open", "closed"]));
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
    let options = LoadOptions::default();
    let yaml = yaml.as_bytes();
    let read = Configuration::read(&connector, "test.yaml", Path::new(""), yaml, &options);
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    adapt(&mut options);
    Webhooks::start(read.unwrap(), options, breakers.clone()).unwrap()
}

async fn tell(webhooks: &Webhooks) {
    let event = Event::new("measure").unwrap();
    let outcome = webhooks.after(&event, &Results::new()).await.unwrap();
    assert!(outcome.is_accepted());
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
        "- {{events: 'after:measure', url: '{}', secret: s, timeout: 30s, backoff: false}}\n",
        responder.url("/")
    );
    let breakers = Breakers::default();
    let webhooks = start(&yaml, &breakers, |options| {
        options.breaker_after = Duration::ZERO;
        options.breaker_hold = Duration::from_millis(200);
    });
    for _ in 0..6 {
        // The sixth is a probe, once the first hold is over.
        tell(&webhooks).await;
        webhooks.idle().await;
    }
    for _ in 0..50 {
        tell(&webhooks).await;
    }
    let received = tokio::task::spawn_blocking(move || {
        responder.until_received(7);
        responder
    });
    let responder = received.await.unwrap();
    assert_eq!(webhooks.waiting(), 50);
    assert_eq!(responder.received().len(), 7, "the seventh is a probe");
    open.send(true).unwrap();
    webhooks.idle().await;
    assert_eq!(responder.received().len(), 56);
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
        assert_eq!(of(1).outcome, WebhookStatus::Accepted);
        let full = number > 5;
        assert_eq!(of(0).outcome == WebhookStatus::Rejected, full, "{number}");
        if full {
            let error = of(0).error.as_deref().unwrap();
            let origin = hanging.url("");
            let expected = format!("the queue for {origin} is full: 5 deliveries are waiting");
            assert!(error.starts_with(&expected), "{error}");
        }
        // Its own part must not fill either.
        quick.until_received(number);
        while webhooks.waiting() > number.min(5) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 5);
}
