//! What is not on disk when the time is over is counted, also where it was being written.

use crate::support::{NOW, World, delivery, end, id, ok, open};
use servo_webhooks_store::{Decision, Notice, State, Store, StoreError};
use std::time::{Duration, Instant};

pub fn decision(number: u64) -> Decision {
    Decision {
        event: "before:adjust".into(),
        event_id: format!("event-{number}").into(),
        at: NOW,
        elapsed: 1,
        cancelled: true,
        reason: None,
        answers: Vec::new(),
    }
}

/// Two decisions, and the end of a delivery that is on disk. In a moment they are being written,
/// unless the store was about to look for old history.
fn hand_in(store: &Store, stuck: impl FnOnce()) {
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    stuck();
    store.decided(decision(1));
    store.decided(decision(2));
    store.settled(id(1), end(State::Delivered, 1));
    let begun = Instant::now();
    while store.health().pending > 0 && begun.elapsed() < Duration::from_millis(300) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn unwritten(closed: Result<(), StoreError>) -> u64 {
    match closed {
        Err(StoreError::Unwritten(changes)) => changes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_hangs_while_it_is_written_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    hand_in(&store, || other.execute_batch("BEGIN IMMEDIATE").unwrap());
    store.decided(decision(3));
    assert_eq!(unwritten(store.close(Duration::from_millis(50))), 4);
}

#[test]
fn what_fails_while_it_is_written_is_counted() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    hand_in(&store, || {
        other.execute_batch("DROP TABLE decision").unwrap();
    });
    world.wait_for(|notice| matches!(notice, Notice::Trouble(_)).then_some(()));
    assert_eq!(unwritten(store.close(Duration::from_millis(50))), 3);
}
