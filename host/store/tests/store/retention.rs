//! Old history goes; what waits and dead letters never do.

use crate::support::{NOW, World, all, assert_whole, delivery, end, go_on, id, ok, until};
use servo_webhooks_store::{Decision, DeliveryEnd, Notice, Reader, State, Store, StoreOptions};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);

fn decision(at: i64) -> Decision {
    Decision {
        event: "before:adjust".into(),
        event_id: at.to_string().into(),
        at,
        elapsed: 1,
        cancelled: false,
        reason: None,
        answers: Vec::new(),
    }
}

fn states(directory: &Path) -> [usize; 3] {
    let found = all(directory);
    [State::Waiting, State::Delivered, State::Failed]
        .map(|state| found.values().filter(|found| found.state == state).count())
}

/// 100 that wait, 300 dead letters, 2000 delivered.
fn fill(store: &Store) {
    for number in 0..2400 {
        store.accept(vec![delivery(number, "a")]).unwrap();
        if number >= 400 {
            store.settled(id(number), end(State::Delivered, 1));
        } else if number >= 100 {
            store.settled(id(number), end(State::Failed, 3));
        }
    }
    for number in 0..300 {
        store.decided(decision(NOW + number));
    }
    store.flush(Duration::from_secs(60)).unwrap();
}

/// Bytes of the database that are not free.
fn in_use(directory: &Path) -> i64 {
    let database = rusqlite::Connection::open(directory.join("store.db")).unwrap();
    let number = |name: &str| -> i64 {
        let read = |row: &rusqlite::Row<'_>| row.get(0);
        database.pragma_query_value(None, name, read).unwrap()
    };
    (number("page_count") - number("freelist_count")) * number("page_size")
}

fn decisions(directory: &Path) -> usize {
    let reader = Reader::open(directory).unwrap();
    let all = reader.decisions(&Default::default(), usize::MAX, &mut go_on());
    all.unwrap().len()
}

#[test]
fn history_that_is_too_old_goes_and_what_waits_or_is_dead_stays() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let options = StoreOptions {
        keep: Some(7 * DAY),
        ..world.options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    fill(&store);
    let week = i64::try_from((7 * DAY).as_millis()).unwrap();
    // Exactly a week old is not older than a week: nothing goes.
    world.clock.store(NOW + week, Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(states(directory.path()), [100, 2000, 300]);
    // Retention rests for a minute where it found nothing: the next start looks at once.
    store.close(Duration::from_secs(60)).unwrap();
    world.clock.store(NOW + week + 1500, Ordering::Relaxed);
    let options = StoreOptions {
        keep: Some(7 * DAY),
        ..world.options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    let gone = || (states(directory.path()) == [100, 0, 300]).then_some(());
    // Accepted up to 2.4 s after the beginning, settled after a second; so some are left.
    until(|| (states(directory.path())[1] < 1000).then_some(()));
    store.close(Duration::from_secs(60)).unwrap();
    world.clock.store(NOW + week + 10_000, Ordering::Relaxed);
    let options = StoreOptions {
        keep: Some(7 * DAY),
        ..world.options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    until(gone);
    until(|| (decisions(directory.path()) == 0).then_some(()));
    let health = store.health();
    assert_eq!((health.waiting, health.failed), (100, 300));
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

/// As where the clock was wrong for a while.
#[test]
fn what_was_accepted_in_the_future_keeps_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let (store, _) = Store::open(directory.path(), world.options()).unwrap();
    // More than a step looks at, before and between the others.
    for number in (1_000_000..1_000_600)
        .chain(0..500)
        .chain(2_000_000..2_000_300)
    {
        store.accept(vec![delivery(number, "a")]).unwrap();
        let accepted = NOW + i64::try_from(number).unwrap();
        let ended = DeliveryEnd {
            at: accepted + 10,
            ..end(State::Delivered, 1)
        };
        store.settled(id(number), ended);
    }
    ok(&store.accept(vec![delivery(600, "a")]).unwrap());
    store.settled(id(600), end(State::Delivered, 1));
    store.close(Duration::from_secs(60)).unwrap();
    world.clock.store(NOW + 100_600, Ordering::Relaxed);
    let options = StoreOptions {
        keep: Some(Duration::from_secs(100)),
        ..world.options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    until(|| (states(directory.path()) == [0, 901, 0]).then_some(()));
    let found = all(directory.path());
    assert!(found.contains_key(&id(600)) && found.contains_key(&id(1_000_000)));
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

#[test]
fn a_store_that_is_too_large_loses_its_oldest_history_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let options = StoreOptions {
        keep_mib: Some(2),
        keep_bodies: true,
        ..world.options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    fill(&store);
    let newest = 20_000;
    for number in 3000..newest {
        store.accept(vec![delivery(number, "a")]).unwrap();
        let ended = DeliveryEnd {
            at: NOW + i64::try_from(number).unwrap(),
            ..end(State::Delivered, 1)
        };
        store.settled(id(number), ended);
    }
    store.flush(Duration::from_secs(60)).unwrap();
    until(|| {
        let [waiting, _, failed] = states(directory.path());
        assert_eq!((waiting, failed), (100, 300));
        (in_use(directory.path()) <= 2 << 20).then_some(())
    });
    let found = all(directory.path());
    let delivered = (400..newest).filter(|number| found.contains_key(&id(*number)));
    let delivered: Vec<_> = delivered.collect();
    assert!(!delivered.is_empty(), "more went than had to");
    let expected: Vec<_> = (newest - delivered.len() as u64..newest).collect();
    assert_eq!(delivered, expected, "the oldest go first");
    assert!(found.values().all(|found| found.has_body));
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
    let size = directory.path().join("store.db").metadata().unwrap().len();
    // What was in use at most, and some of it is given back.
    assert!(size < 16 << 20, "{size}");
}

#[test]
fn what_waits_may_be_more_than_is_kept_and_that_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new();
    let options = StoreOptions {
        keep_mib: Some(1),
        ..world.options()
    };
    let (store, _) = Store::open(directory.path(), options).unwrap();
    for number in 0..5000 {
        store.accept(vec![delivery(number, "a")]).unwrap();
    }
    store.flush(Duration::from_secs(60)).unwrap();
    let bytes = world.wait_for(|notice| match notice {
        Notice::TooLarge { bytes } => Some(*bytes),
        _ => None,
    });
    assert!(bytes > 1 << 20, "{bytes}");
    assert_eq!(states(directory.path()), [5000, 0, 0]);
    ok(&store.accept(vec![delivery(9000, "a")]).unwrap());
}
