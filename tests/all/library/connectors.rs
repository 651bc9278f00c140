//! Connectors that fail, and what runs in them.

use super::{Notes, both_sides, options, start};
use crate::support::faulty_connector::{Fault, sabotage};
use crate::support::responder::{Reply, Responder};
use futures_util::FutureExt;
use servo_webhooks::{
    Component, Configuration, Connector, DeliveryStatus, Event, LoadOptions, Results, WebhookStatus,
};
use std::path::Path;
use std::time::Duration;

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
        for (on_error, is_cancelled) in [("proceed", false), ("cancel", true)] {
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
                    outcome.is_cancelled(),
                    is_cancelled,
                    "{function} {fault:?}: {outcome:?}"
                );
                let webhook = &outcome.webhooks[0];
                assert_eq!(webhook.outcome, WebhookStatus::NoAnswer);
                let error = webhook.error.as_deref().unwrap();
                assert!(error.contains(says), "{function} {fault:?}: {error}");
            }
            webhooks.after(&event, &Results::new()).await.unwrap();
            assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
            let deliveries = notes.deliveries.lock().unwrap();
            assert_eq!(deliveries.len(), 1, "{function} {fault:?}");
            assert_eq!(deliveries[0].outcome, DeliveryStatus::Failed);
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
            &LoadOptions::default(),
        );
        let error = read.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
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
    assert!(outcome.is_cancelled());
    let error = outcome.webhooks[0].error.as_deref().unwrap();
    assert!(error.contains("half of the event's budget"), "{error}");

    let outcome = after.await.unwrap();
    assert!(
        outcome
            .webhooks
            .iter()
            .all(|webhook| webhook.outcome == WebhookStatus::Accepted)
    );
    webhooks.idle().await;
    let deliveries = notes.deliveries.lock().unwrap();
    let of = |name: &str| {
        let mut deliveries = deliveries.iter();
        deliveries
            .find(|delivery| delivery.webhook.as_deref() == Some(name))
            .unwrap()
    };
    assert_eq!(of("endless").outcome, DeliveryStatus::Failed);
    let error = of("endless").error.as_deref().unwrap();
    assert!(error.contains("ran longer than"), "{error}");
    assert_eq!(of("hook").outcome, DeliveryStatus::Delivered);
}
