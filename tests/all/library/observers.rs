//! Observers that panic, hang or stand still.

use super::{both_sides, options, read};
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{
    Asked, AttemptRecord, Connector, DeliveryOutcome, Dispatched, Event, Observer, Results, Told,
    WebhookStatus, Webhooks,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

/// Does what it is told to with each delivery.
struct Moody(Box<dyn Fn() + Send + Sync>);

impl Observer for Moody {
    fn delivery(&self, _: DeliveryOutcome) {
        (self.0)();
    }
}

/// One that was switched off reported in the task of whoever told it of the event.
async fn switched_off(connector: &Connector, observer: Moody) -> Webhooks {
    let responder = Responder::start(|_| Reply::status(410));
    let yaml = both_sides(&responder.url("/"), "");
    let webhooks = Webhooks::start(read(connector, &yaml), options(), observer).unwrap();
    let event = Event::new("adjust").unwrap();
    let asked = webhooks.before(&event).await.unwrap();
    assert_eq!(asked.webhooks[0].status, Some(410));
    webhooks
}

async fn work(webhooks: &Webhooks, told: WebhookStatus) -> u32 {
    let event = Event::new("adjust").unwrap();
    let work = async || (42, Results::new());
    match webhooks.dispatch(&event, work).await.unwrap() {
        Dispatched::Done { value, after, .. } => {
            let after = after.unwrap();
            assert_eq!(after.webhooks[0].outcome, told);
            value
        }
        Dispatched::Cancelled { before, .. } => panic!("{before:?}"),
    }
}

#[tokio::test]
async fn an_observer_that_panics_loses_neither_the_value_of_the_work_nor_the_end() {
    let connector = Connector::built_in().unwrap();
    let told = Arc::new(AtomicUsize::new(0));
    let known = Arc::clone(&told);
    let observer = Moody(Box::new(move || {
        known.fetch_add(1, Ordering::SeqCst);
        panic!("an observer that panics, on purpose");
    }));
    let webhooks = switched_off(&connector, observer).await;
    for _ in 0..3 {
        assert_eq!(work(&webhooks, WebhookStatus::SwitchedOff).await, 42);
    }
    assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
    assert_eq!(told.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_observer_that_hangs_loses_neither_the_value_of_the_work_nor_the_end() {
    let connector = Connector::built_in().unwrap();
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Mutex::new(stuck);
    let observer = Moody(Box::new(move || {
        let _ = stuck.lock().unwrap().recv();
    }));
    let webhooks = switched_off(&connector, observer).await;
    assert_eq!(work(&webhooks, WebhookStatus::SwitchedOff).await, 42);
    // It would take as long as the channel lives.
    webhooks.shutdown(Duration::ZERO).await;
    drop(webhooks);
    drop(release);
}

/// What the observer was not told of counts as waiting, so that its line has a bound.
#[tokio::test]
async fn an_observer_that_stands_still_stops_what_is_new() {
    let responder = Responder::start(|_| Reply::status(200));
    let connector = Connector::built_in().unwrap();
    let (release, stuck) = mpsc::channel::<()>();
    let stuck = Mutex::new(stuck);
    let observer = Moody(Box::new(move || {
        let _ = stuck.lock().unwrap().recv();
    }));
    let mut few = options();
    few.max_waiting = 10;
    let configuration = read(&connector, &both_sides(&responder.url("/"), ""));
    let webhooks = Webhooks::start(configuration, few, observer).unwrap();
    let (event, none) = (Event::new("adjust").unwrap(), Results::new());
    for _ in 0..10 {
        let told = webhooks.after(&event, &none).await.unwrap();
        assert!(told.is_accepted());
    }
    let all = tokio::task::spawn_blocking(move || responder.until_received(10));
    all.await.unwrap();
    let told = webhooks.after(&event, &none).await.unwrap();
    assert!(!told.is_accepted());
    drop(release);
    webhooks.idle().await;
    assert_eq!(webhooks.waiting(), 0);
}

/// Notes whatever it is told.
#[derive(Default)]
struct Curious(Mutex<Vec<String>>);

impl Curious {
    fn note(&self, what: String) {
        self.0.lock().unwrap().push(what);
    }
}

impl Observer for Curious {
    fn wants_details(&self) -> bool {
        true
    }

    fn attempt(&self, attempt: AttemptRecord) {
        self.note(format!(
            "{} attempt {}: {:?}",
            attempt.event, attempt.number, attempt.status
        ));
    }

    fn before(&self, asked: Asked) {
        self.note(format!(
            "{} cancelled: {}",
            asked.event,
            asked.is_cancelled()
        ));
    }

    fn delivery(&self, outcome: DeliveryOutcome) {
        self.note(format!("{}: {:?}", outcome.event, outcome.outcome));
    }

    fn rejected(&self, told: Told) {
        self.note(format!("{} rejected", told.event));
    }
}

#[tokio::test]
async fn a_shared_observer_is_told_of_attempts_questions_and_rejections_in_their_order() {
    let responder = Responder::start(|_| Reply::status(200));
    let connector = Connector::built_in().unwrap();
    let curious = Arc::new(Curious::default());
    let configuration = read(&connector, &both_sides(&responder.url("/"), ""));
    let observer = Arc::clone(&curious);
    let webhooks = Webhooks::start(configuration, options(), observer).unwrap();
    assert_eq!(work(&webhooks, WebhookStatus::Accepted).await, 42);
    assert_eq!(webhooks.shutdown(Duration::from_secs(30)).await, 0);
    let (event, none) = (Event::new("adjust").unwrap(), Results::new());
    assert!(!webhooks.after(&event, &none).await.unwrap().is_accepted());
    webhooks.idle().await;
    assert_eq!(
        *curious.0.lock().unwrap(),
        [
            "before:adjust attempt 1: Some(200)",
            "before:adjust cancelled: false",
            "after:adjust attempt 1: Some(200)",
            "after:adjust: Delivered",
            "after:adjust rejected",
        ]
    );
}
