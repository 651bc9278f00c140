//! What waits goes on after a restart, also under another configuration.

use super::{accepted, configuration, event, event_id, records, with_store};
use crate::support::program::{Finished, Program};
use crate::support::responder::{Reply, Responder};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A responder that is away until it is told to be back.
fn away() -> (Responder, Arc<AtomicBool>) {
    let back = Arc::new(AtomicBool::new(false));
    let is_back = Arc::clone(&back);
    let responder = Responder::start(move |_| {
        Reply::status(if is_back.load(Ordering::SeqCst) {
            200
        } else {
            503
        })
    });
    (responder, back)
}

/// A program whose store has an event of this webhook: the process that accepted it was killed.
fn killed(responder: &Responder, webhook: &str) -> Program {
    let program = Program::new(&configuration(webhook, &responder.url("/")));
    let mut running = with_store(&program);
    running.feed(&event("e1"));
    running.until("it is accepted", |stdout| accepted(stdout).len() == 1);
    running.child.kill().unwrap();
    running.finish();
    program
}

/// Runs until all that waits in the store is settled.
fn run_out(program: &Program) -> Finished {
    let mut running = with_store(program);
    running.close();
    running.finish()
}

#[test]
fn what_was_accepted_before_a_kill_is_delivered_after_it() {
    let (responder, back) = away();
    let program = Program::new(&configuration("here", &responder.url("/")));
    let ids: Vec<String> = (0..20).map(|number| format!("e{number}")).collect();
    let mut running = with_store(&program);
    running.feed(&ids.iter().map(|id| event(id)).collect::<String>());
    running.until("all are accepted", |stdout| {
        accepted(stdout).len() == ids.len()
    });
    responder.until_received(ids.len());
    running.child.kill().unwrap();
    running.finish();
    let before = responder.received();

    back.store(true, Ordering::SeqCst);
    let finished = run_out(&program);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let delivered: BTreeSet<_> = records(&finished.stdout, "delivery", "delivered")
        .into_iter()
        .collect();
    assert_eq!(delivered, ids.iter().cloned().collect());
    let after = responder.received().split_off(before.len());
    assert_eq!(after.len(), ids.len(), "each once");
    for request in after {
        let same = |other: &&_| event_id(other) == event_id(&request);
        let earlier: Vec<_> = before.iter().filter(same).collect();
        let number = |request: &crate::support::responder::Received| {
            request.header("x-servo-attempt").parse::<usize>().unwrap()
        };
        // The last one may have been cut off before its beginning was on disk.
        assert!(number(&request) >= earlier.iter().map(|one| number(one)).max().unwrap_or(0));
        for other in earlier {
            assert_eq!(
                other.header("x-servo-delivery"),
                request.header("x-servo-delivery")
            );
            assert_eq!(other.body, request.body);
        }
    }
    // Nothing is left.
    assert_eq!(run_out(&program).stdout, "");
}

#[test]
fn what_was_not_delivered_at_an_orderly_end_goes_on() {
    let (responder, back) = away();
    let program = Program::new(&configuration("here", &responder.url("/")));
    let mut running = program.start_run(&["--store", "store", "--drain-timeout", "0s"]);
    running.feed(&event("e1"));
    running.until("it is accepted", |stdout| accepted(stdout).len() == 1);
    responder.until_received(1);
    running.signal("TERM");
    let finished = running.finish();
    assert_eq!(
        records(&finished.stdout, "delivery", "undelivered").len(),
        0,
        "it is kept"
    );
    back.store(true, Ordering::SeqCst);
    assert_eq!(
        records(&run_out(&program).stdout, "delivery", "delivered"),
        ["e1"]
    );
}

#[test]
fn a_webhook_that_is_gone_from_the_configuration_leaves_dead_letters() {
    let (responder, back) = away();
    let program = killed(&responder, "old");
    let sent = responder.received().len();

    back.store(true, Ordering::SeqCst);
    program.write("servo.yaml", configuration("new", &responder.url("/")));
    let finished = run_out(&program);
    assert!(
        finished.stderr.contains("dead letter") && finished.stderr.contains("old"),
        "{}",
        finished.stderr
    );
    assert_eq!(responder.received().len(), sent);
}

#[test]
fn a_second_process_is_refused_at_once_and_told_of_the_first() {
    let (responder, _) = away();
    let program = Program::new(&configuration("here", &responder.url("/")));
    let mut first = with_store(&program);
    first.feed(&event("e1"));
    first.until("it is accepted", |stdout| accepted(stdout).len() == 1);
    let second = program.run("", &["--store", "store"]);
    assert_eq!(second.code, Some(2), "{}", second.stderr);
    let pid = first.child.id().to_string();
    assert!(second.stderr.contains(&pid), "{}", second.stderr);
    first.child.kill().unwrap();
    first.finish();
}

#[test]
fn a_wrong_configuration_at_the_start_touches_nothing() {
    let (responder, back) = away();
    let right = configuration("here", &responder.url("/"));
    let program = killed(&responder, "here");
    let unnamed = right.replace("name: here\n    ", "");
    for wrong in ["webhooks: 7\n", &unnamed] {
        program.write("servo.yaml", wrong);
        let finished = program.run("", &["--store", "store"]);
        assert_eq!(finished.code, Some(2), "{}", finished.stderr);
    }
    back.store(true, Ordering::SeqCst);
    program.write("servo.yaml", &right);
    assert_eq!(
        records(&run_out(&program).stdout, "delivery", "delivered"),
        ["e1"]
    );
}

#[test]
fn a_dry_run_sends_nothing_of_what_waits() {
    let (responder, back) = away();
    let program = killed(&responder, "here");
    let sent = responder.received().len();
    back.store(true, Ordering::SeqCst);
    let finished = program.run(&event("e2"), &["--store", "store", "--dry-run"]);
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    assert_eq!(responder.received().len(), sent);
}

#[test]
fn more_than_memory_holds_waits_on_disk() {
    let (responder, back) = away();
    let program = Program::new(&configuration("here", &responder.url("/")));
    let mut running = program.start_run(&[
        "--store",
        "store",
        "--max-waiting",
        "5",
        "--breaker-hold",
        "0s",
    ]);
    let ids: Vec<String> = (0..200).map(|number| format!("e{number}")).collect();
    running.feed(&ids.iter().map(|id| event(id)).collect::<String>());
    running.until("all are accepted", |stdout| {
        accepted(stdout).len() == ids.len()
    });
    back.store(true, Ordering::SeqCst);
    running.close();
    let finished = running.finish();
    assert_eq!(finished.code, Some(0), "{}", finished.stderr);
    let delivered: BTreeSet<_> = records(&finished.stdout, "delivery", "delivered")
        .into_iter()
        .collect();
    assert_eq!(delivered.len(), ids.len());
}
