//! A delivery that kills the process that sends it.

use crate::child::Child;
use crate::say;
use crate::support::{delivery, id, ok, open, pages};
use servo_webhooks_store::{AttemptEnd, Wait};
use std::path::Path;
use std::time::Duration;

#[test]
fn way_11_the_count_of_attempts_survives_a_process_that_dies_of_them() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    store.close(Duration::from_secs(60)).unwrap();
    for attempts in 0..3 {
        let mut child = Child::start("dies", directory.path(), &[]);
        assert_eq!(child.line(), Some(format!("attempts {attempts}")));
        assert_eq!(child.line().as_deref(), Some("sending"));
        child.kill();
    }
    let (store, _) = open(directory.path());
    assert_eq!(pages(&store, "a")[0].attempts, 3);
}

#[test]
fn a_wait_that_is_written_after_its_attempt_leaves_the_count() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    ok(&store.began(id(1), 1, 0));
    store.attempted(id(1), ended(1));
    store.flush(Duration::from_secs(60)).unwrap();
    // The commit has taken the attempt, and not what came of it.
    store.waits(id(1), wait(1));
    store.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(pages(&store, "a")[0].attempts, 1);
}

fn wait(attempts: u32) -> Wait {
    Wait {
        due: 2,
        wait: 1,
        attempts,
        spent: 1,
        status: None,
        error: None,
    }
}

fn ended(number: u32) -> AttemptEnd {
    AttemptEnd {
        number,
        began: 1,
        elapsed: 1,
        status: None,
        error: Some("it lacked something".into()),
        answer: None,
    }
}

/// As where this machine lacked something: nothing was sent, and no attempt is used up. And as
/// where what came of an attempt is told when the next one has begun. Each in one batch, and in
/// as many as there can be.
#[test]
fn only_an_attempt_that_has_ended_is_taken_back() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    let flush = |apart: bool| {
        if apart {
            store.flush(Duration::from_secs(60)).unwrap();
        }
    };
    for (number, apart) in [(1, false), (2, true)] {
        let webhook = number.to_string();
        let count = || {
            store.flush(Duration::from_secs(60)).unwrap();
            pages(&store, &webhook)[0].attempts
        };
        ok(&store.accept(vec![delivery(number, &webhook)]).unwrap());
        let id = id(number);
        store.began(id, 1, 0);
        flush(apart);
        store.attempted(id, ended(1));
        flush(apart);
        store.waits(id, wait(0));
        assert_eq!(count(), 0, "apart: {apart}");
        store.began(id, 1, 0);
        flush(apart);
        store.attempted(id, ended(1));
        flush(apart);
        store.began(id, 2, 0);
        flush(apart);
        store.waits(id, wait(1));
        assert_eq!(count(), 2, "apart: {apart}");
    }
}

/// What is told of a delivery reaches the disk in that order, over batches that come one after
/// the other as over those that are written while more is told.
#[test]
fn the_count_that_was_told_last_is_on_disk() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = open(directory.path());
    ok(&store.accept(vec![delivery(1, "a")]).unwrap());
    let (mut seen, mut ticket) = (0, store.began(id(1), 1, 0));
    for attempt in 1..2000 {
        store.waits(id(1), wait(attempt));
        ticket = store.began(id(1), attempt + 1, 0);
        if attempt % 100 == 0 {
            std::thread::sleep(Duration::from_millis(fastrand::u64(0..8)));
            let count = pages(&store, "a")[0].attempts;
            assert!(count >= seen && count <= attempt + 1, "{seen}, {count}");
            seen = count;
        }
    }
    ok(&ticket);
    assert_eq!(pages(&store, "a")[0].attempts, 2000);
}

/// Says how often it was tried, and dies of the next attempt.
pub fn dies(directory: &Path) {
    let (store, _) = open(directory);
    let attempts = pages(&store, "a")[0].attempts;
    say!("attempts {attempts}");
    ok(&store.began(id(1), attempts + 1, 0));
    say!("sending");
    loop {
        std::thread::sleep(Duration::from_secs(60));
    }
}
