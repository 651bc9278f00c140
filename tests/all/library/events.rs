//! Events, told and asked about.

use super::{Notes, both_sides, options, start};
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{
    Connector, Decision, DeliveryStatus, Dispatched, Event, Message, Reception, Results, Tried,
    WebhookStatus,
};
use std::time::Duration;

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
        (value, before.decision, after.unwrap().reception),
        (42, Decision::Proceed, Reception::Accepted)
    );
    assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
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
    assert_eq!(deliveries[0].outcome, DeliveryStatus::Delivered);
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
    let Dispatched::Cancelled { reason, before } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (reason.as_str(), before.reason()),
        ("not today", Some("not today"))
    );
    assert_eq!(before.webhooks[0].outcome, WebhookStatus::Cancelled);
    assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
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
        webhooks.message(&message).await.unwrap().reception,
        Reception::Accepted
    );
    let outcome = webhooks
        .after(&Event::new("adjust").unwrap(), &Results::new())
        .await
        .unwrap();
    assert_eq!(outcome.webhooks[0].outcome, WebhookStatus::Accepted);
    assert_eq!(webhooks.waiting(), 2);
    assert_eq!(webhooks.shutdown(Duration::from_millis(50)).await, 2);
    let deliveries = notes.deliveries.lock().unwrap();
    assert_eq!(deliveries.len(), 2);
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.outcome == DeliveryStatus::Undelivered)
    );
}

#[tokio::test]
async fn what_comes_after_the_end_is_rejected_as_closed_and_nobody_is_asked() {
    let responder = Responder::start(|_| Reply::status(200));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let webhooks = start(
        &connector,
        &both_sides(&responder.url("/"), ", on_error: cancel"),
        options(),
        &notes,
    );
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 0);
    let event = Event::new("adjust").unwrap();
    let message = Message::new("news", "text/plain", "hello").unwrap();
    for told in [
        webhooks.after(&event, &Results::new()).await.unwrap(),
        webhooks.message(&message).await.unwrap(),
    ] {
        assert_eq!(told.reception, Reception::Rejected);
        assert_eq!(told.webhooks[0].outcome, WebhookStatus::Rejected);
        let error = told.webhooks[0].error.as_deref().unwrap();
        assert!(error.starts_with("closed: "), "{error}");
    }
    let asked = webhooks.before(&event).await.unwrap();
    assert!(asked.is_cancelled(), "as on_error says");
    assert_eq!(asked.webhooks[0].outcome, WebhookStatus::NoAnswer);
    let error = asked.webhooks[0].error.as_deref().unwrap();
    assert!(error.starts_with("closed: "), "{error}");
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 0);
    assert!(notes.deliveries.lock().unwrap().is_empty());
    assert!(responder.received().is_empty());
}

#[tokio::test]
async fn of_work_that_fails_webhooks_are_told_by_choice() {
    let responder = Responder::start(|_| Reply::status(200));
    let (connector, notes) = (Connector::built_in().unwrap(), Notes::default());
    let yaml = both_sides(&responder.url("/"), "");
    let webhooks = start(&connector, &yaml, options(), &notes);
    let event = Event::new("adjust").unwrap();
    let work = async || Err::<((), Results), _>("locked");
    let untold = webhooks.try_dispatch(&event, work, |_| None).await.unwrap();
    let Tried::Failed {
        error: "locked",
        after: None,
        ..
    } = untold
    else {
        panic!("{untold:?}")
    };
    let results = |why: &&str| {
        let value = serde_json::json!({"error": "Locked", "message": why});
        Results::new().with("kubernetes", &value).ok()
    };
    let told = webhooks.try_dispatch(&event, work, results).await.unwrap();
    let Tried::Failed {
        after: Some(Ok(after)),
        ..
    } = told
    else {
        panic!("{told:?}")
    };
    assert!(after.is_accepted());
    let done = async || Ok::<_, &str>((7, Results::new()));
    let done = webhooks.try_dispatch(&event, done, |_| None).await.unwrap();
    assert!(matches!(done, Tried::Done { value: 7, .. }), "{done:?}");
    assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
    let received = responder.received();
    let names = received.iter().map(|one| one.header("x-servo-event"));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    let (before, after) = ("before:adjust", "after:adjust");
    assert_eq!(names, [after, after, before, before, before]);
    let failed = received.iter().map(|one| one.json());
    let mut failed = failed.filter(|body| body["results"][0]["value"]["message"] == "locked");
    assert!(failed.next().is_some() && failed.next().is_none());
}
