//! What is not on disk yet, and what is there already.

use crate::support::{World, all, assert_whole, delivery, id, ok, open, pages};
use servo_webhooks_store::{Refused, Store, StoreOptions};
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
