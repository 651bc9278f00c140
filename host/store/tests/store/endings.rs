//! What is not on disk when the time is over is counted, also where it was being written.

use crate::support::{NOW, World, delivery, end, go_on, id, ok, open};
use servo_webhooks_store::{Decision, Notice, Reader, Refused, State, Store, StoreError};
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

#[test]
fn decisions_that_the_disk_does_not_take_are_not_kept_and_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let tickets: Vec<_> = (0..40_000)
        .map(|number| store.decided(decision(number)))
        .collect();
    let dropped = tickets.iter().filter(|ticket| ticket.outcome().is_some());
    let dropped = dropped.inspect(|ticket| assert_eq!(ticket.outcome(), Some(Err(Refused::Slow))));
    let dropped = dropped.count();
    // A part is being written, and as much may wait.
    assert!(dropped > 7_000, "{dropped}");
    assert_eq!(store.health().dropped_decisions, dropped as u64);
    assert!(store.health().pending <= 16_384);
    other.execute_batch("ROLLBACK").unwrap();
    store.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(store.health().dropped_decisions, dropped as u64);
    ok(&store.decided(decision(50_000)));
    let reader = Reader::open(directory.path()).unwrap();
    let kept = reader.decisions(&Default::default(), usize::MAX, &mut go_on());
    assert_eq!(kept.unwrap().len(), 40_001 - dropped);
    // It was told while it was so, and is not the end's.
    store.close(Duration::from_secs(60)).unwrap();
}

#[test]
fn decisions_that_were_not_kept_in_the_end_are_lost() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    hand_in(&store, || other.execute_batch("BEGIN IMMEDIATE").unwrap());
    for number in 3..40_000 {
        store.decided(decision(number));
    }
    assert_eq!(unwritten(store.close(Duration::from_millis(50))), 40_000);
}
