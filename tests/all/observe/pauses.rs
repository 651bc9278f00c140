//! Webhooks that are paused, by a host that embeds the library.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use servo_webhooks::{
    Allow, Configuration, Connector, Event, LoadOptions, Options, Results, StoreOptions, Webhooks,
};
use std::path::Path;
use std::time::{Duration, Instant};

fn read(text: &str) -> Configuration {
    let connector = Connector::built_in().unwrap();
    Configuration::read(
        &connector,
        "test",
        Path::new(""),
        text.as_bytes(),
        &LoadOptions::default(),
    )
    .unwrap()
}

fn options() -> Options {
    Options::default().with_allow(Allow::parse(["loopback"]).unwrap())
}

fn configuration(responder: &Responder) -> String {
    format!(
        "[{{name: hook, events: ['after:measure', 'before:adjust'], url: '{}', secret: s3cr3t}}]",
        responder.url("/")
    )
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn tell(webhooks: &Webhooks, id: &str) {
    let event = Event::new("measure").unwrap().with_id(id).unwrap();
    assert!(
        webhooks
            .after(&event, &Results::new())
            .await
            .unwrap()
            .is_accepted()
    );
}

#[tokio::test]
async fn deliveries_wait_and_questions_are_asked() {
    let responder = Responder::start(|_| Reply::status(200));
    let webhooks = Webhooks::start(read(&configuration(&responder)), options(), ()).unwrap();
    assert!(webhooks.pause("nobody").unwrap_err().is_unknown_webhook());
    assert!(webhooks.pause("hook").unwrap());
    assert!(!webhooks.pause("hook").unwrap(), "it is paused already");
    tell(&webhooks, "1").await;
    let asked = webhooks
        .before(&Event::new("adjust").unwrap())
        .await
        .unwrap();
    assert!(!asked.is_cancelled());
    assert_eq!(responder.received().len(), 1, "the question alone");
    let snapshot = webhooks.snapshot();
    assert!(snapshot[0].paused.is_some());
    assert_eq!(snapshot[0].waiting, 1);
    // What a reload brings is paused as well.
    webhooks.reload(read(&configuration(&responder)));
    tell(&webhooks, "2").await;
    assert_eq!(webhooks.snapshot()[0].waiting, 2);
    assert_eq!(responder.received().len(), 1);
    assert!(webhooks.resume("hook").unwrap());
    assert!(!webhooks.resume("hook").unwrap());
    webhooks.idle().await;
    assert_eq!(responder.received().len(), 3);
    assert_eq!(webhooks.snapshot()[0].counts.delivered, 2);
    webhooks.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_pause_outlives_a_restart_with_a_store() {
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::empty();
    let start = || {
        let mut options = options();
        options.store = Some(StoreOptions::new(program.path("store")));
        Webhooks::start(read(&configuration(&responder)), options, ()).unwrap()
    };
    let webhooks = start();
    webhooks.pause("hook").unwrap();
    let since = webhooks.snapshot()[0].paused.unwrap();
    tell(&webhooks, "1").await;
    assert_eq!(webhooks.shutdown(Duration::from_millis(50)).await, 0);
    drop(webhooks);
    let webhooks = start();
    let again = webhooks.snapshot()[0].paused.unwrap();
    let apart = since
        .duration_since(again)
        .unwrap_or_else(|error| error.duration());
    assert!(apart < Duration::from_millis(2), "{apart:?}");
    until("it is loaded", || webhooks.snapshot()[0].waiting == 1).await;
    assert_eq!(responder.received().len(), 0);
    webhooks.resume("hook").unwrap();
    until("it is delivered", || responder.received().len() == 1).await;
    webhooks.shutdown(Duration::from_secs(5)).await;
    drop(webhooks);
    let webhooks = start();
    assert_eq!(webhooks.snapshot()[0].paused, None);
    webhooks.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn what_is_paused_takes_nothing_from_others_of_its_endpoint() {
    const MOST: usize = 5;
    let responder = Responder::start(|_| Reply::status(200));
    let program = Program::empty();
    let url = responder.url("/");
    let hook = |name: &str, event: &str| {
        format!("{{name: {name}, events: '{event}', url: '{url}', secret: s3cr3t}}")
    };
    let both = format!(
        "[{}, {}]",
        hook("paused", "after:measure"),
        hook("other", "after:adjust")
    );
    let mut options = options();
    options.store = Some(StoreOptions::new(program.path("store")));
    options.max_waiting = MOST;
    let webhooks = Webhooks::start(read(&both), options, ()).unwrap();
    webhooks.pause("paused").unwrap();
    for number in 0..3 * MOST {
        tell(&webhooks, &number.to_string()).await;
    }
    let event = Event::new("adjust").unwrap().with_id("other").unwrap();
    let told = webhooks.after(&event, &Results::new()).await.unwrap();
    assert!(told.is_accepted());
    until("the other one is told", || responder.received().len() == 1).await;
    assert_eq!(
        responder.received()[0].header("x-servo-event"),
        "after:adjust"
    );
    webhooks.resume("paused").unwrap();
    until("all are told", || {
        responder.received().len() == 1 + 3 * MOST
    })
    .await;
    webhooks.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_run_ends_though_a_webhook_is_paused() {
    let responder = Responder::start(|_| Reply::status(200));
    let other = format!(
        "- {{name: hook, events: 'after:measure', url: '{0}', secret: s3cr3t}}\n\
         - {{name: other, events: 'after:measure', url: '{0}', secret: s3cr3t}}\n",
        responder.url("/")
    );
    let program = Program::new(&other);
    let mut options = options();
    options.store = Some(StoreOptions::new(program.path("store")));
    let webhooks = Webhooks::start(read(&configuration(&responder)), options, ()).unwrap();
    webhooks.pause("hook").unwrap();
    webhooks.shutdown(Duration::from_secs(5)).await;
    drop(webhooks);
    let events = "{\"event\":\"after:measure\"}\n".repeat(3);
    let finished = tokio::task::spawn_blocking(move || program.run(&events, &["--store", "store"]));
    let finished = finished.await.unwrap().exits(0);
    assert!(
        finished.stderr.contains("still paused"),
        "{}",
        finished.stderr
    );
    assert!(
        finished.stderr.contains("deliveries wait in the store"),
        "{}",
        finished.stderr
    );
    assert_eq!(responder.received().len(), 3, "the other webhook was told");
}

#[tokio::test]
async fn what_is_paused_is_not_waited_for_and_reported_at_the_end() {
    let responder = Responder::start(|_| Reply::status(200));
    let webhooks = Webhooks::start(read(&configuration(&responder)), options(), ()).unwrap();
    webhooks.pause("hook").unwrap();
    tell(&webhooks, "1").await;
    let began = Instant::now();
    assert_eq!(
        webhooks.shutdown(Duration::from_secs(600)).await,
        1,
        "undelivered"
    );
    assert!(began.elapsed() < Duration::from_secs(60));
}

#[tokio::test]
async fn pauses_and_reloads_at_the_same_time_leave_no_delivery_behind() {
    let responder = Responder::start(|_| Reply::status(200));
    let text = configuration(&responder);
    let webhooks = Webhooks::start(read(&text), options(), ()).unwrap();
    let reloading = {
        let (webhooks, text) = (webhooks.clone(), text.clone());
        tokio::task::spawn_blocking(move || (0..50).for_each(|_| webhooks.reload(read(&text))))
    };
    let mut told = 0;
    while !reloading.is_finished() || told < 50 {
        webhooks.pause("hook").unwrap();
        tell(&webhooks, &told.to_string()).await;
        told += 1;
        webhooks.resume("hook").unwrap();
        assert_eq!(webhooks.snapshot()[0].paused, None);
    }
    reloading.await.unwrap();
    webhooks.idle().await;
    assert_eq!(responder.received().len(), told);
    webhooks.shutdown(Duration::from_secs(5)).await;
}
