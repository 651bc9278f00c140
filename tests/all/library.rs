//! The library as a servo host uses it.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::sabotage::{Fault, sabotage};
use futures_util::FutureExt;
use servo_webhooks::{
    Allow, Component, Configuration, Connector, Decision, DeliveryOutcome, DeliveryState,
    Dispatched, Event, Message, Observer, Options, Publication, Reading, Results, Settlement,
    Webhooks,
};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Notes {
    deliveries: Arc<Mutex<Vec<DeliveryOutcome>>>,
    publications: Arc<Mutex<Vec<Publication>>>,
}

impl Observer for Notes {
    fn delivery(&self, outcome: DeliveryOutcome) {
        self.deliveries.lock().unwrap().push(outcome);
    }

    fn publication(&self, publication: Publication) {
        self.publications.lock().unwrap().push(publication);
    }
}

fn options() -> Options {
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    options
}

fn start(connector: &Connector, yaml: &str, options: Options, notes: &Notes) -> Webhooks {
    let read = Configuration::read(
        connector,
        "test.yaml",
        Path::new(""),
        yaml.as_bytes(),
        &Reading::default(),
    );
    Webhooks::start(connector, read.unwrap(), options, notes.clone()).unwrap()
}

fn both_sides(url: &str, more: &str) -> String {
    format!(
        "- {{name: hook, events: [before:adjust, after:adjust], channels: news, response_channel: answers, url: '{url}', secret: s{more}}}\n"
    )
}

#[tokio::test]
async fn dispatch_wraps_an_event_whole() {
    let responder = Responder::start(|_| Reply::typed(200, "text/plain", "seen"));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ""),
        options(),
        &notes,
    );
    let event = Event::new("adjust").unwrap().with_id("e1").unwrap();
    let work = async || {
        (
            42,
            Results::new()
                .with("web", &serde_json::json!({"components": []}))
                .unwrap(),
        )
    };
    let Dispatched::Done {
        value,
        before,
        after,
    } = webhooks.dispatch(&event, work).await.unwrap()
    else {
        panic!("not cancelled by anyone")
    };
    assert_eq!(
        (value, before.outcome, after.outcome),
        (42, Decision::Proceed, Decision::Accepted)
    );
    assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
    let received = responder.received();
    assert_eq!(received[0].header("x-servo-event"), "before:adjust");
    assert_eq!(
        received[1].json()["results"],
        serde_json::json!([{"connector": "web", "value": {"components": []}}])
    );
    assert!(
        received.iter().all(|request| request.json()["id"] == "e1"),
        "both sides are one event"
    );
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(deliveries[0].outcome, DeliveryState::Delivered);
    assert_eq!(notes.publications.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_cancelled_event_is_not_begun_and_not_told() {
    let responder = Responder::start(|_| Reply::cancel("not today"));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ""),
        options(),
        &notes,
    );
    let work = async || -> ((), Results) { panic!("the work was begun") };
    let outcome = webhooks
        .dispatch(&Event::new("adjust").unwrap(), work)
        .await
        .unwrap();
    let Dispatched::Cancelled(before) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(before.reason.as_deref(), Some("not today"));
    assert_eq!(before.webhooks[0].outcome, Settlement::Cancelled);
    assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
    assert_eq!(
        responder.received().len(),
        1,
        "nothing after a cancelled event"
    );
}

#[tokio::test]
async fn after_returns_before_anything_is_answered() {
    let responder = Responder::start(|_| Reply::Hang);
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ", timeout: 1h"),
        options(),
        &notes,
    );
    let message = Message::new("news", "text/plain", "hello").unwrap();
    assert_eq!(
        webhooks.message(&message).await.unwrap().outcome,
        Decision::Accepted
    );
    let outcome = webhooks
        .after(&Event::new("adjust").unwrap(), &Results::new())
        .await
        .unwrap();
    assert_eq!(outcome.webhooks[0].outcome, Settlement::Accepted);
    assert_eq!(webhooks.waiting(), 2);
    assert_eq!(webhooks.drain(Duration::from_millis(50)).await, 2);
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries.len(), 2);
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.outcome == DeliveryState::Undelivered)
    );
}

#[tokio::test]
async fn what_comes_after_the_end_is_undelivered() {
    let responder = Responder::start(|_| Reply::status(200));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ""),
        options(),
        &notes,
    );
    webhooks.drain(Duration::ZERO).await;
    webhooks
        .after(&Event::new("adjust").unwrap(), &Results::new())
        .await
        .unwrap();
    assert_eq!(
        notes.deliveries.lock().unwrap()[0].outcome,
        DeliveryState::Undelivered
    );
    assert!(responder.received().is_empty());
}

/// A guest that fails fails its call: the event is settled, the fault is named, the host
/// goes on.
#[tokio::test]
async fn a_broken_connector_fails_its_call_alone() {
    let responder = Responder::start(|_| Reply::status(200));
    let ours = Component::built_in();
    for (function, fault, says) in [
        ("render", Fault::Trap, "the connector's render trapped"),
        (
            "render",
            Fault::Loop,
            "the connector's render ran longer than",
        ),
        ("render", Fault::Grow, "the connector's render"),
        (
            "render",
            Fault::Return(vec![9; 48]),
            "the connector's render",
        ),
        ("judge", Fault::Trap, "the connector's judge trapped"),
        (
            "judge",
            Fault::Loop,
            "the connector's judge ran longer than",
        ),
        ("select", Fault::Trap, "the connector's select trapped"),
    ] {
        let broken = Component::from_bytes("broken", sabotage(ours.bytes(), function, &fault));
        let connector = Connector::new(&broken).unwrap();
        for (on_error, decision) in [
            ("proceed", Decision::Proceed),
            ("cancel", Decision::Cancelled),
        ] {
            let notes = Notes::default();
            let yaml = both_sides(
                &responder.url("/"),
                &format!(", on_error: {on_error}, backoff: false"),
            );
            let webhooks = start(&connector, &yaml, options(), &notes);
            let event = Event::new("adjust").unwrap();
            for _ in 0..2 {
                let outcome = webhooks.before(&event).await.unwrap();
                assert_eq!(
                    outcome.outcome, decision,
                    "{function} {fault:?}: {outcome:?}"
                );
                let webhook = &outcome.webhooks[0];
                assert_eq!(webhook.outcome, Settlement::NoAnswer);
                let error = webhook.error.as_deref().unwrap();
                assert!(error.contains(says), "{function} {fault:?}: {error}");
            }
            webhooks.after(&event, &Results::new()).await.unwrap();
            assert_eq!(webhooks.drain(Duration::from_secs(30)).await, 0);
            let deliveries = notes.deliveries.lock().unwrap();
            assert_eq!(deliveries.len(), 1, "{function} {fault:?}");
            assert_eq!(deliveries[0].outcome, DeliveryState::Failed);
            assert!(
                deliveries[0].error.as_deref().unwrap().contains(says),
                "{deliveries:?}"
            );
        }
    }
}

#[test]
fn a_connector_that_cannot_read_configurations_says_so() {
    let ours = Component::built_in();
    for (function, fault, says) in [
        (
            "parse-config",
            Fault::Trap,
            "the connector's parse-config trapped",
        ),
        (
            "parse-config",
            Fault::Loop,
            "the connector's parse-config ran longer than 1000 ms",
        ),
        ("sign", Fault::Trap, "the connector's sign trapped"),
    ] {
        let broken = Component::from_bytes("broken", sabotage(ours.bytes(), function, &fault));
        let connector = Connector::new(&broken).unwrap();
        let yaml = both_sides("https://example.com/", "");
        let read = Configuration::read(
            &connector,
            "test.yaml",
            Path::new(""),
            yaml.as_bytes(),
            &Reading::default(),
        );
        let error = read.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn the_example_runs() {
    let example = crate::support::program::binary()
        .parent()
        .unwrap()
        .join("examples/embed");
    if !example.exists() {
        return crate::support::missing("the example `embed`, which plain `cargo test` builds,");
    }
    let responder = Responder::start(|request| match request.path.as_str() {
        "/cancel" => Reply::cancel("not on a Friday"),
        _ => Reply::status(200),
    });
    for (path, expected) in [
        ("/proceed", "adjusted\n0 deliveries were given up\n"),
        (
            "/cancel",
            "cancelled: not on a Friday\n0 deliveries were given up\n",
        ),
    ] {
        let program = Program::new(&both_sides(&responder.url(path), ""));
        let output = Command::new(&example)
            .current_dir(program.path(""))
            .env("SERVO_WEBHOOKS_ALLOW", "loopback")
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            expected,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(responder.at("/proceed").len(), 2);
    assert_eq!(responder.at("/cancel").len(), 1);
}

/// An expression that does not end by itself is no reason for anything else to wait: on a
/// runtime of one thread, whoever asks gets the thread back at once.
#[tokio::test(flavor = "current_thread")]
async fn expressions_run_apart_from_the_runtime() {
    let responder = Responder::start(|_| Reply::status(204));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let endless = ", on_error: cancel, when: 'def f: f; f'";
    let yaml = both_sides(&responder.url("/"), endless) + &both_sides(&responder.url("/"), "");
    let yaml = yaml
        .replacen("name: hook", "name: endless", 1)
        .replace("channels: news, response_channel: answers, ", "");
    let event = Event::new("adjust").unwrap();
    let mut short = options();
    short.before_budget = Duration::from_millis(20);
    let webhooks = start(&connector, &yaml, short, &notes);

    let results = Results::new();
    let mut after = Box::pin(webhooks.after(&event, &results));
    assert!((&mut after).now_or_never().is_none());
    let outcome = webhooks.before(&event).await.unwrap();
    assert_eq!(outcome.outcome, Decision::Cancelled);
    let error = outcome.webhooks[0].error.as_deref().unwrap();
    assert!(error.contains("half of the event's budget"), "{error}");

    let outcome = after.await.unwrap();
    assert!(
        outcome
            .webhooks
            .iter()
            .all(|webhook| webhook.outcome == Settlement::Accepted)
    );
    webhooks.settled().await;
    let deliveries = notes.deliveries.lock().unwrap();
    let of = |name: &str| {
        let mut deliveries = deliveries.iter();
        deliveries
            .find(|delivery| delivery.webhook.as_deref() == Some(name))
            .unwrap()
    };
    assert_eq!(of("endless").outcome, DeliveryState::Failed);
    let error = of("endless").error.as_deref().unwrap();
    assert!(error.contains("ran longer than"), "{error}");
    assert_eq!(of("hook").outcome, DeliveryState::Delivered);
}
