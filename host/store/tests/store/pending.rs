//! What is not on disk yet, and what is there already.

use crate::support::{NOW, World, all, assert_whole, delivery, end, id, ok, open, pages, until};
use servo_webhooks_store::{Notice, Refused, State, Store, StoreOptions, Wait};
use std::time::Duration;

#[test]
fn what_the_disk_does_not_keep_up_with_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let options = StoreOptions {
        max_pending_bytes: 1000,
        ..World::new().options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    // A batch ripens for milliseconds, in which this hands in more than is allowed.
    let mut accepted = 0;
    let refused = loop {
        match store.accept(vec![delivery(accepted, "a")]) {
            Ok(_) => accepted += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(refused, Refused::Slow);
    store.flush(Duration::from_secs(60)).unwrap();
    ok(&store.accept(vec![delivery(accepted, "a")]).unwrap());
    let found = all(directory.path()).len();
    assert_eq!(u64::try_from(found).unwrap(), accepted + 1);
}

/// As after a commit that failed, and is on disk nevertheless.
#[test]
fn what_is_there_already_is_replaced_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store
        .accept(vec![delivery(1, "a"), delivery(2, "a")])
        .unwrap());
    // Another number is free for it.
    ok(&store.accept(vec![delivery(1, "b")]).unwrap());
    assert_eq!(pages(&store, "a").len(), 1);
    assert_eq!(pages(&store, "b")[0].id, id(1));
    // Its number is another's.
    let database = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    database
        .execute_batch("UPDATE delivery SET seq = 4 WHERE seq = 2")
        .unwrap();
    ok(&store.accept(vec![delivery(3, "a")]).unwrap());
    let ids: Vec<_> = pages(&store, "a").iter().map(|stored| stored.id).collect();
    assert_eq!(ids, [id(2), id(3)]);
    assert_eq!(store.health().waiting, 3);
    drop(database);
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

/// As where the process ends while another one writes.
#[test]
fn what_was_accepted_and_is_refused_is_never_written() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    let other = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let being_written = store.accept(vec![delivery(2, "a")]).unwrap();
    until(|| (store.health().pending == 0).then_some(()));
    let ready = store.accept(vec![delivery(3, "a")]).unwrap();
    let delivered = store.settled(id(1), end(State::Delivered, 1));
    store.refuse();
    assert_eq!(ready.outcome(), Some(Err(Refused::Closed)));
    assert_eq!(
        store.accept(vec![delivery(4, "a")]).unwrap_err(),
        Refused::Closed
    );
    other.execute_batch("ROLLBACK").unwrap();
    ok(&delivered);
    assert_eq!(being_written.outcome(), Some(Err(Refused::Closed)));
    store.close(Duration::from_secs(60)).unwrap();
    let found = all(directory.path());
    assert_eq!(found.len(), 1);
    assert_eq!(found[&id(1)].state, State::Delivered);
}

#[test]
fn a_wait_is_over_when_the_next_attempt_begins() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    for together in [false, true] {
        let wait = Wait {
            due: NOW + 2000,
            wait: 1900,
            attempts: 1,
            spent: 135,
            status: Some(503),
            error: Some("503".into()),
        };
        store.waits(id(1), wait);
        if !together {
            store.flush(Duration::from_secs(60)).unwrap();
            let found = &pages(&store, "a")[0];
            assert_eq!((found.due, found.wait), (Some(NOW + 2000), 1900));
        }
        ok(&store.began(id(1), 2, 2035));
        let found = &pages(&store, "a")[0];
        assert_eq!((found.attempts, found.spent), (2, 2035));
        assert_eq!((found.due, found.wait), (None, 0));
        assert_eq!(found.error.as_deref(), Some("503"), "of the last attempt");
    }
    store.close(Duration::from_secs(60)).unwrap();
}

/// An empty page is the end of a queue.
#[test]
fn those_without_a_body_do_not_end_the_queue() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    for number in 0..300 {
        store.accept(vec![delivery(number, "a")]).unwrap();
    }
    store.flush(Duration::from_secs(60)).unwrap();
    let database = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    let without = "SELECT body FROM delivery ORDER BY seq LIMIT 290";
    database
        .execute(&format!("DELETE FROM body WHERE id IN ({without})"), ())
        .unwrap();
    let page = store.page("a", 0, 64).unwrap();
    let ids: Vec<_> = page.iter().map(|stored| stored.id).collect();
    assert_eq!(ids, (290..300).map(id).collect::<Vec<_>>());
    let last = page.last().unwrap().queue;
    assert!(store.page("a", last, 64).unwrap().is_empty());
    until(|| (store.health().failed == 290).then_some(()));
    drop(database);
    store.close(Duration::from_secs(60)).unwrap();
}

/// Much was refused, and of most of it nothing is ever told.
#[test]
fn what_was_refused_is_not_remembered_without_end() {
    const ALL: u64 = 20_000;
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    let database = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    let rename = |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        database.execute_batch(&sql).unwrap();
    };
    rename("body", "away");
    let new = |number| delivery(number, "a");
    let ticket = store.accept((0..ALL).map(new).collect()).unwrap();
    let refused = ticket.wait(Duration::from_secs(60)).unwrap();
    assert!(matches!(refused, Err(Refused::Trouble(_))), "{refused:?}");
    rename("away", "body");
    world.wait_for(|notice| (*notice == Notice::Recovered).then_some(()));
    // Those that are sent nevertheless, and that are known.
    store.settled(id(0), end(State::Delivered, 1));
    ok(&store.settled(id(ALL - 1), end(State::Delivered, 1)));
    store.flush(Duration::from_secs(60)).unwrap();
    let found = all(directory.path());
    assert_eq!(found.keys().collect::<Vec<_>>(), [&id(ALL - 1)]);
    assert_eq!(store.health().ends_without_delivery, 1);
}

/// As where a corrupt database had gaps.
#[test]
fn ends_of_deliveries_that_are_not_there_are_counted() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store
        .accept((0..10).map(|n| delivery(n, "a")).collect())
        .unwrap());
    let database = rusqlite::Connection::open(directory.path().join("store.db")).unwrap();
    database
        .execute_batch("DELETE FROM delivery WHERE seq <= 3")
        .unwrap();
    for number in 0..5 {
        store.began(id(number), 1, 0);
        ok(&store.settled(id(number), end(State::Delivered, 1)));
    }
    assert_eq!(store.health().ends_without_delivery, 3);
    assert_eq!(all(directory.path()).len(), 7);
}
