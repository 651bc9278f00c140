//! A log whose end is cut off, or was never written as it should have been: what a loss of
//! power leaves behind the last sync.

use crate::support::{
    World, all, assert_whole, delivery, end, id, number, ok, open, pages, quick_dir,
};
use servo_webhooks_store::{State, Store};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files at a moment, and what was acknowledged before.
struct Moment {
    database: Vec<u8>,
    log: Vec<u8>,
    /// Up to here the log was synced.
    synced: usize,
    acknowledged: u64,
    settled: u64,
}

/// A store with more in its log than it has acknowledged.
fn moment() -> Moment {
    let directory = quick_dir();
    let (store, _) = open(directory.path());
    let log = directory.path().join("store.db-wal");
    let mut next = 0;
    let mut accept = |store: &Store, count: u64| {
        for number in next..next + count {
            ok(&store.accept(vec![delivery(number, "a")]).unwrap());
        }
        next += count;
        next
    };
    accept(&store, 20);
    for number in 0..5 {
        ok(&store.settled(id(number), end(State::Delivered, 1)));
    }
    let (acknowledged, settled) = (accept(&store, 10), 5);
    let synced = fs::metadata(&log).unwrap().len();
    // As if none of this had been synced.
    accept(&store, 10);
    for number in 5..12 {
        ok(&store.settled(id(number), end(State::Delivered, 1)));
    }
    Moment {
        database: fs::read(directory.path().join("store.db")).unwrap(),
        log: fs::read(log).unwrap(),
        synced: usize::try_from(synced).unwrap(),
        acknowledged,
        settled,
    }
}

/// `CUTS=10000` for a long run.
#[test]
fn way_1_a_torn_or_garbled_tail_loses_nothing_that_was_synced() {
    let moment = moment();
    assert!(moment.log.len() > moment.synced + 20_000, "no tail to cut");
    for _ in 0..number("CUTS", 300) {
        let directory = quick_dir();
        let mut log = moment.log.clone();
        let tail = moment.synced..log.len();
        match fastrand::u8(0..4) {
            0 => log.truncate(fastrand::usize(tail)),
            1 => {
                for _ in 0..fastrand::usize(1..50) {
                    log[fastrand::usize(tail.clone())] ^= fastrand::u8(1..);
                }
            }
            // Sectors that were never written, in any order.
            2 => {
                let sectors = moment.synced.div_ceil(512)..moment.log.len() / 512;
                for sector in sectors.filter(|_| fastrand::bool()) {
                    log[sector * 512..][..512].fill(0);
                }
            }
            _ => {
                log.truncate(fastrand::usize(tail));
                log.extend(std::iter::repeat_with(|| fastrand::u8(..)).take(5000));
            }
        }
        fs::write(directory.path().join("store.db"), &moment.database).unwrap();
        fs::write(directory.path().join("store.db-wal"), &log).unwrap();
        holds(directory.path(), &moment);
    }
}

fn holds(directory: &Path, moment: &Moment) {
    let (store, opened) = open(directory);
    assert!(opened.salvaged.is_none(), "{opened:?}");
    let found = all(directory);
    for number in 0..moment.acknowledged {
        let found = &found[&id(number)];
        if number < moment.settled {
            assert_eq!(found.state, State::Delivered);
        } else if found.state == State::Waiting {
            assert!(found.has_body, "{found:?}");
        }
    }
    let waiting = found.values().filter(|found| found.state == State::Waiting);
    let waiting = waiting.count();
    assert_eq!(u64::try_from(waiting).unwrap(), opened.waiting);
    assert_eq!(pages(&store, "a").len(), waiting);
    // And it goes on.
    ok(&store.accept(vec![delivery(1000, "a")]).unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory);
}

/// The database was moved aside, and the process ended before its log was.
#[test]
fn way_2_a_log_is_never_taken_for_that_of_another_database() {
    let moment = moment();
    let directory = quick_dir();
    let file = |name: &str| -> PathBuf { directory.path().join(name) };
    fs::write(file("store-corrupt-1.db"), &moment.database).unwrap();
    fs::write(file("store.db-wal"), &moment.log).unwrap();
    fs::write(file("salvaging"), "store-corrupt-1.db\nit was corrupt").unwrap();
    let (store, opened) = Store::open(directory.path(), World::new().options()).unwrap();
    let salvaged = opened.salvaged.unwrap();
    assert_eq!(salvaged.moved_to, file("store-corrupt-1.db"));
    assert!(file("store-corrupt-1.db-wal").exists());
    // All of it was readable: 40 were accepted, and 12 of them delivered.
    assert_eq!((salvaged.waiting, salvaged.gaps), (28, 0));
    assert_eq!(pages(&store, "a").len(), 28);
    crate::support::until(|| {
        let complete = store.health().salvaged.unwrap().complete;
        complete.then_some(())
    });
    assert_eq!(all(directory.path()).len(), 40);
    store.close(Duration::from_secs(60)).unwrap();
    assert!(!file("salvaging").exists());
    assert_whole(directory.path());
}

/// A log that belongs to no database that is there.
#[test]
fn way_2_a_log_without_its_database_is_not_played() {
    let moment = moment();
    let directory = quick_dir();
    fs::write(directory.path().join("store.db-wal"), &moment.log).unwrap();
    let (store, opened) = open(directory.path());
    assert_eq!((opened.waiting, opened.salvaged), (0, None));
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    assert_whole(directory.path());
}

/// The memory that processes share is made anew.
#[test]
fn way_1_shared_memory_that_is_nonsense_does_not_matter() {
    let moment = moment();
    let directory = quick_dir();
    let file = |name: &str| directory.path().join(name);
    fs::write(file("store.db"), &moment.database).unwrap();
    fs::write(file("store.db-wal"), &moment.log).unwrap();
    let shared = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(file("store.db-shm"))
        .unwrap();
    shared.write_all_at(&[0xA5; 32768], 0).unwrap();
    holds(directory.path(), &moment);
}
