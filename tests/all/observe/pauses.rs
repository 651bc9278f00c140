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
