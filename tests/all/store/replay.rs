//! `replay`: what failed is sent again, by the process that has the store or the next one.

use super::history::{History, text};
use crate::support::responder::Received;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const THREE: &str = r#"{"event": "after:measure", "id": "m-1"}
{"event": "after:measure", "id": "m-2"}
{"event": "after:measure", "id": "m-3"}
"#;

/// What came to the webhook that failed.
fn sent(history: &History) -> Vec<Received> {
    let received = history.responder.received().into_iter();
    received
        .filter(|one| one.path.starts_with("/bad"))
        .collect()
}

fn ids(requests: &[Received]) -> BTreeSet<String> {
    let of = |request: &Received| request.header("x-servo-delivery").to_owned();
    requests.iter().map(of).collect()
}

/// The next process that has the store, to its end.
fn next_run(history: &History, code: i32) {
    history.program.run("", &["--store", "store"]).exits(code);
}

#[test]
fn the_next_process_sends_it_with_its_id_and_a_mark() {
    let history = History::new();
    let before = sent(&history);
    assert_eq!(before[0].header("x-servo-replay"), "");
    let said = history
        .call(&["replay", &history.delivery("failed")])
        .exits(0);
    assert!(
        said.stdout
            .starts_with("1 delivery waits again; no process"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("the next `run` or `serve`"),
        "{}",
        said.stdout
    );
    assert_eq!(
        history.records(&["deliveries", "--state", "waiting"]).len(),
        1
    );
    history.mend();
    next_run(&history, 0);
    let after = sent(&history);
    assert_eq!(after.len(), 2);
    assert_eq!(after[1].header("x-servo-replay"), "1");
    assert_eq!(after[1].header("x-servo-attempt"), "1");
    for name in [
        "x-servo-delivery",
        "x-servo-event",
        "x-servo-event-id",
        "content-type",
    ] {
        assert_eq!(after[1].header(name), before[0].header(name), "{name}");
    }
    assert_eq!(after[1].body, before[0].body);
    let shown = history
        .records(&["show", &history.delivery("failed")])
        .remove(0);
    assert_eq!(
        (&shown["state"], &shown["replays"]),
        (&"delivered".into(), &1.into())
    );
    // Nothing is left to be sent again.
    let said = history.call(&["replay", "--all"]).exits(0);
    assert_eq!(said.stdout, "nothing to send again\n");
}

#[test]
fn a_running_process_sends_it_at_once() {
    let history = History::new();
    let mut running = history
        .program
        .start_run(&["--store", "store", "--log-level", "info"]);
    // It has the store when it says so.
    let pid = running.child.id();
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    while history.records(&["store", "stats"])[0]["process"]["pid"] != pid {
        assert!(std::time::Instant::now() < deadline);
    }
    history.mend();
    let said = history
        .call(&["replay", "--webhook", "bad", "--json"])
        .exits(0);
    let said = said.lines().remove(0);
    assert_eq!(
        (&said["deliveries"], &said["process"]["pid"]),
        (&1.into(), &pid.into())
    );
    running.until("it is delivered", |out| out.contains("\"delivered\""));
    running.close();
    running.finish().exits(0);
    assert_eq!(ids(&sent(&history)).len(), 1, "it keeps its id");
}

#[test]
fn a_new_id_makes_it_another_delivery() {
    let history = History::new();
    history.call(&["replay", "--all", "--new-id"]).exits(0);
    history.mend();
    next_run(&history, 0);
    let sent = sent(&history);
    assert_eq!(ids(&sent).len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    let id = sent[1].header("x-servo-delivery");
    assert_eq!(history.records(&["show", id])[0]["state"], "delivered");
}

#[test]
fn a_rate_spreads_them() {
    let history = History::of(THREE, &[]);
    history.mend();
    let asked = Instant::now();
    history.call(&["replay", "--all", "--rate", "2/s"]).exits(0);
    next_run(&history, 0);
    let sent = sent(&history);
    let mut after: Vec<_> = sent.iter().skip(3).map(|one| one.at - asked).collect();
    after.sort();
    assert_eq!(after.len(), 3);
    // None comes before its turn, however late the next process starts.
    assert!(after[1] >= Duration::from_millis(500), "{after:?}");
    assert!(after[2] >= Duration::from_millis(1000), "{after:?}");
}

#[test]
fn a_dry_run_changes_nothing() {
    let history = History::of(THREE, &[]);
    let before = history.records(&["deliveries"]);
    let said = history.call(&["replay", "--all", "--dry-run"]).exits(0);
    assert_eq!(said.stdout, "3 deliveries would be sent again\n");
    // Of the event one got through, whose body is not kept.
    let said = history
        .call(&["replay", "m-2", "--dry-run", "--json"])
        .exits(1)
        .lines()
        .remove(0);
    assert_eq!(said["dry_run"], true);
    assert_eq!(
        (&said["deliveries"], &said["without_body"]),
        (&1.into(), &1.into())
    );
    assert_eq!(history.records(&["deliveries"]), before);
}

#[test]
fn bodies_that_are_kept_can_be_sent_again() {
    let history = History::of(super::history::EVENTS, &["--keep-bodies"]);
    let delivered = history.delivery("delivered");
    assert_eq!(history.records(&["show", &delivered])[0]["has_body"], true);
    history.call(&["replay", &delivered]).exits(0);
    next_run(&history, 0);
    let received = history.responder.received();
    let good: Vec<_> = received
        .iter()
        .filter(|one| one.path.starts_with("/good"))
        .collect();
    assert_eq!(good.len(), 2);
    assert_eq!(good[0].body, good[1].body);
    // Without them it says why not.
    let history = History::new();
    let said = history
        .call(&["replay", &history.delivery("delivered")])
        .exits(1);
    assert!(said.stderr.contains("--keep-bodies"), "{}", said.stderr);
    assert_eq!(said.stdout, "nothing to send again\n");
}

#[test]
fn what_is_meant_must_be_said() {
    let history = History::new();
    for command in ["replay", "forget"] {
        let said = history.call(&[command]).exits(2);
        assert!(said.stderr.contains("use --all"), "{}", said.stderr);
        history.call(&[command, "--all", "m-1"]).exits(2);
        let said = history.call(&[command, "m-1", "m-9"]).exits(1);
        assert!(said.stderr.contains("\"m-9\""), "{}", said.stderr);
    }
    let states: BTreeSet<String> = history
        .records(&["deliveries"])
        .iter()
        .map(|record: &Value| text(record, "state"))
        .collect();
    assert_eq!(states, ["delivered", "failed"].map(str::to_owned).into());
}
