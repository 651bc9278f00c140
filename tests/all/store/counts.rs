//! The count of attempts survives a kill, also while the disk takes nothing.

use super::{accepted, configuration, event, with_store};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::time::{Duration, Instant};

/// The longest that a responder's answer here makes a third attempt wait, and some more.
const LONG: Duration = Duration::from_secs(4);

#[test]
fn an_attempt_is_not_made_before_the_one_before_it_is_counted_on_disk() {
    let responder = Responder::start(|_| {
        let headers = vec![("retry-after".to_owned(), "1".to_owned())];
        Reply::Answer(503, headers, Default::default())
    });
    let program = Program::new(&configuration("here", &responder.url("/")));
    let mut running = with_store(&program);
    running.feed(&event("e1"));
    running.until("it is accepted", |stdout| accepted(stdout).len() == 1);
    responder.until_received(1);
    let list = ["deliveries", "--store", "store", "--json"];
    let counted = || program.call(&list).exits(0).lines()[0]["attempts"].clone();
    while counted() != 1 {}
    // From now on nobody else writes.
    let database = rusqlite::Connection::open(program.path("store/store.db")).unwrap();
    database.busy_timeout(Duration::from_secs(60)).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    responder.until_received(2);
    let end = Instant::now() + LONG;
    while responder.received().len() < 3 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    running.child.kill().unwrap();
    running.finish();
    drop(database);

    let before = responder.received().len();
    let running = with_store(&program);
    responder.until_received(before + 2);
    running.signal("KILL");
    running.finish();
    let received = responder.received().into_iter();
    let attempts = received.map(|one| one.header("x-servo-attempt").parse::<u32>().unwrap());
    let attempts: Vec<_> = attempts.collect();
    assert!(attempts.is_sorted(), "{attempts:?}");
}
