//! What a host that embeds the library keeps when it ends: time that is used up stays used up,
//! and each delivery is either kept or reported.

use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use rusqlite::Connection;
use servo_webhooks::{
    Allow, Configuration, Connector, Event, LoadOptions, Options, Results, StoreOptions, Webhooks,
};
use servo_webhooks_store::{DeliveryFilter, Editor, Store};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::time::timeout;

/// Tells what hangs from what is slow.
const PATIENCE: Duration = Duration::from_secs(120);

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A webhook that is tried once, with a breaker that opens at the fifth failure.
fn start(program: &Program, responder: &Responder, max_waiting: usize) -> Webhooks {
    let text = format!(
        "[{{name: hook, events: ['after:measure'], url: '{}', secret: s3cr3t, timeout: 10m,
           backoff: {{max_tries: 1, max_time: 1h}}}}]",
        responder.url("/")
    );
    let configuration = Configuration::read(
        &Connector::built_in().unwrap(),
        "test",
        Path::new(""),
        text.as_bytes(),
        &LoadOptions::default(),
    );
    let mut options = Options::default().with_allow(Allow::parse(["loopback"]).unwrap());
    options.store = Some(StoreOptions::new(program.path("store")));
    options.breaker_after = Duration::ZERO;
    options.breaker_hold = Duration::from_secs(60);
    options.max_waiting = max_waiting;
    Webhooks::start(configuration.unwrap(), options, ()).unwrap()
}

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn tell(webhooks: &Webhooks, id: &str) -> bool {
    let event = Event::new("measure").unwrap().with_id(id).unwrap();
    let outcome = webhooks.after(&event, &Results::new()).await.unwrap();
    outcome.is_accepted()
}

/// What is on disk of an event's delivery: attempts, and milliseconds that are used up and that
/// it waits.
fn row(program: &Program, id: &str) -> (i64, i64, i64) {
    let database = Connection::open(program.path("store/store.db")).unwrap();
    database
        .query_row(
            "SELECT attempts, spent, wait FROM delivery WHERE event_id = ?1",
            (id,),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap()
}

/// Opens a breaker, and has these deliveries held by it.
async fn hold(webhooks: &Webhooks, program: &Program, ids: &[&str]) {
    for id in ["1", "2", "3", "4", "5"] {
        assert!(tell(webhooks, id).await);
        webhooks.idle().await;
    }
    for id in ids {
        assert!(tell(webhooks, id).await);
        until("it is written that it is held", || row(program, id).2 > 0).await;
    }
}

/// How many wait in the store.
async fn waiting(program: &Program) -> u64 {
    let mut found = None;
    until("the store is free", || {
        let options = servo_webhooks_store::StoreOptions::new(now);
        found = Store::open(&program.path("store"), options).ok();
        found.is_some()
    })
    .await;
    let (store, opened) = found.unwrap();
    store.close(PATIENCE).unwrap();
    opened.waiting
}

#[tokio::test]
async fn the_time_that_a_breaker_held_a_delivery_is_used_up() {
    let responder = Responder::start(|_| Reply::status(503));
    let program = Program::empty();
    let webhooks = start(&program, &responder, 100);
    hold(&webhooks, &program, &["held"]).await;
    let (attempts, spent, _) = row(&program, "held");
    assert_eq!(attempts, 0);
    assert!(spent > 0, "a process that dies would give all time anew");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 0);
    let (attempts, spent, wait) = row(&program, "held");
    assert_eq!((attempts, wait), (0, 0));
    assert!(spent >= 20, "{spent} ms");
    assert_eq!(responder.received().len(), 5);
}

#[tokio::test]
async fn the_time_of_an_attempt_that_is_cut_off_is_used_up() {
    let responder = Responder::start(|_| Reply::Hang);
    let program = Program::empty();
    let webhooks = start(&program, &responder, 100);
    assert!(tell(&webhooks, "1").await);
    until("it is sent", || responder.received().len() == 1).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 0);
    let (attempts, spent, _) = row(&program, "1");
    assert_eq!(attempts, 1);
    assert!(spent >= 20, "{spent} ms");
}

/// Accepts a delivery while another process writes, and ends; how many are reported as
/// undelivered, and how many are kept.
async fn ended_while_another_writes(lets_go: bool) -> (usize, u64) {
    let responder = Responder::start(|_| Reply::Hang);
    let program = Program::empty();
    let webhooks = start(&program, &responder, 100);
    let other = Connection::open(program.path("store/store.db")).unwrap();
    other.busy_timeout(PATIENCE).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let own = webhooks.clone();
    let telling = tokio::spawn(async move { tell(&own, "1").await });
    until("it is sent", || responder.received().len() == 1).await;
    let is_accepting = || webhooks.store_health().unwrap().is_accepting();
    let mut other = Some(other);
    if lets_go {
        until("the store is in trouble", || !is_accepting()).await;
        let other = other.take();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(500));
            drop(other);
        });
    }
    let undelivered = webhooks.shutdown(Duration::ZERO).await;
    drop(other);
    telling.abort();
    drop(webhooks);
    (undelivered, waiting(&program).await)
}

#[tokio::test]
async fn what_is_on_disk_in_the_end_is_not_reported() {
    assert_eq!(ended_while_another_writes(true).await, (0, 1));
}

#[tokio::test]
async fn what_is_reported_is_not_written_later() {
    assert_eq!(ended_while_another_writes(false).await, (1, 0));
}

#[tokio::test]
async fn what_is_forgotten_leaves_the_memory_though_its_turn_does_not_come() {
    let responder = Responder::start(|_| Reply::status(503));
    let program = Program::empty();
    let webhooks = start(&program, &responder, 100);
    hold(&webhooks, &program, &["6", "7", "8"]).await;
    let mut editor = Editor::open(&program.path("store")).unwrap();
    let mut go_on = |_: servo_webhooks_store::Progress| ControlFlow::Continue(());
    let forgotten = editor
        .forget(&DeliveryFilter::default(), now(), false, &mut go_on)
        .unwrap();
    assert_eq!(forgotten, 8);
    // They would be held for a minute.
    let idle = timeout(Duration::from_secs(40), webhooks.idle()).await;
    assert!(idle.is_ok(), "what is forgotten keeps its place");
    assert_eq!(webhooks.shutdown(Duration::ZERO).await, 0);
    assert_eq!(responder.received().len(), 5);
}

#[tokio::test]
async fn what_is_only_on_disk_is_not_waited_for_at_the_end() {
    let open = Arc::new(AtomicBool::new(false));
    let is_open = Arc::clone(&open);
    let responder = Responder::start(move |_| {
        while !is_open.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Reply::status(200)
    });
    let program = Program::empty();
    let webhooks = start(&program, &responder, 1);
    for id in ["1", "2", "3", "4"] {
        assert!(tell(&webhooks, id).await);
    }
    let own = webhooks.clone();
    let ending = tokio::spawn(async move { own.shutdown(Duration::from_hours(1)).await });
    // On this one thread it has begun by then.
    tokio::task::yield_now().await;
    open.store(true, Ordering::SeqCst);
    let undelivered = timeout(PATIENCE, ending).await.expect("it waits");
    assert_eq!(undelivered.unwrap(), 0);
    drop(webhooks);
    assert_eq!(responder.received().len(), 1);
    assert_eq!(waiting(&program).await, 3);
}
