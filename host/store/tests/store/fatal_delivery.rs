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
    let ended = AttemptEnd {
        number: 1,
        began: 1,
        elapsed: 1,
        status: Some(503),
        error: Some("answered 503".into()),
        answer: None,
    };
    store.attempted(id(1), ended);
    store.flush(Duration::from_secs(60)).unwrap();
    // The commit has taken the attempt, and not what came of it.
    let wait = Wait {
        due: 2,
        wait: 1,
        attempts: 1,
        spent: 1,
        status: Some(503),
        error: None,
    };
    store.waits(id(1), wait);
    store.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(pages(&store, "a")[0].attempts, 1);
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
