//! Clocks that jump, and starts that change nothing.

use crate::support::{NOW, World, all, delivery, end, id, ok, open, pages, until};
use servo_webhooks_store::{Notice, State, Store, StoreOptions, Wait};
use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The store tells the end of a wait on the wall clock and how long the whole wait is, as they
/// were handed in: whoever goes on with it needs both to tell a jump.
#[test]
fn way_10_a_wait_is_known_by_its_end_and_by_its_length() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let year = 365 * 24 * 3_600_000;
    for (number, jump) in [(1, 0), (2, year), (3, -year)] {
        world.clock.store(NOW + jump, Ordering::Relaxed);
        let options = StoreOptions {
            keep: Some(Duration::from_hours(1)),
            ..world.options()
        };
        let (store, _) = Store::open(directory.path(), options).unwrap();
        ok(&store.accept(vec![delivery(number, "a")]).unwrap());
        store.waits(
            id(number),
            Wait {
                due: NOW + jump + 60_000,
                wait: 60_000,
                attempts: 0,
                spent: 5,
                status: None,
                error: None,
            },
        );
        // Whatever the clock says, what waits is no history.
        std::thread::sleep(Duration::from_millis(1100));
        let waiting = pages(&store, "a");
        assert_eq!(waiting.len(), usize::try_from(number).unwrap());
        let last = waiting.last().unwrap();
        assert_eq!((last.due, last.wait), (Some(NOW + jump + 60_000), 60_000));
        store.close(Duration::from_secs(60)).unwrap();
    }
}

/// A program that ends over its configuration has opened nothing; one that ends after it
/// opened the store has changed nothing.
#[test]
fn way_7_opening_and_closing_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    for number in 0..50 {
        store.accept(vec![delivery(number, "a")]).unwrap();
        if number % 2 == 0 {
            store.settled(id(number), end(State::Failed, 1));
        }
    }
    store.close(Duration::from_secs(60)).unwrap();
    let before = fs::read(directory.path().join("store.db")).unwrap();
    for _ in 0..3 {
        let (store, opened) = open(directory.path());
        assert_eq!((opened.waiting, opened.failed), (25, 25));
        store.close(Duration::from_secs(60)).unwrap();
    }
    let after = fs::read(directory.path().join("store.db")).unwrap();
    assert!(before == after, "the database was changed");
}

/// The thread that writes says so when it cannot go on; nothing waits for it in silence.
#[test]
fn way_3_a_store_that_cannot_be_written_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    // Another program takes the database for itself, for longer than a writer waits.
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let ticket = store.accept(vec![delivery(2, "a")]).unwrap();
    world.wait_for(|notice| matches!(notice, Notice::Trouble(_)).then_some(()));
    assert_eq!(ticket.outcome(), None, "it may still be written");
    assert!(store.accept(vec![delivery(3, "a")]).is_err());
    other.execute_batch("ROLLBACK").unwrap();
    ok(&ticket);
    until(|| store.accept(vec![delivery(4, "a")]).ok());
    store.close(Duration::from_secs(60)).unwrap();
    assert_eq!(all(directory.path()).len(), 3);
}
