//! `serve` with a store that ends in order while something waits for its retry.

use super::health::{address, ask};
use super::history::with_store;
use super::{configuration, event, event_id};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const SERVE: [&str; 9] = [
    "serve",
    "--bind",
    "127.0.0.1:0",
    "--allow",
    "loopback",
    "--drain-timeout",
    "0s",
    "--log-level",
    "info",
];

#[test]
fn what_waits_for_its_retry_at_the_end_goes_on_with_its_count() {
    let back = Arc::new(AtomicBool::new(false));
    let is_back = Arc::clone(&back);
    let responder = Responder::start(move |_| {
        let back = is_back.load(Ordering::SeqCst);
        // Nobody waits so long: it is told to end meanwhile.
        let headers = vec![("retry-after".to_owned(), "600".to_owned())];
        match back {
            true => Reply::status(200),
            false => Reply::Answer(503, headers, Default::default()),
        }
    });
    let program = Program::new(&configuration("here", &responder.url("/")));
    let running = program.start(&with_store(&SERVE));
    let (status, answer) = ask(&address(&running), "POST /events", &event("e1"));
    assert_eq!((status, &answer["outcome"]), (202, &"accepted".into()));
    running.until_logged("retrying in 10m");
    running.signal("TERM");
    let finished = running.finish().exits(0);
    assert_eq!(finished.of_type("delivery").len(), 0, "{}", finished.stdout);
    assert!(
        finished.stderr.contains("deliveries wait in the store"),
        "{}",
        finished.stderr
    );
    let waiting = program.call(&with_store(&["deliveries", "--json"]));
    let waiting = waiting.exits(0).lines().remove(0);
    assert_eq!(
        (&waiting["state"], &waiting["attempts"]),
        (&"waiting".into(), &1.into())
    );
    let first = responder.received();
    assert_eq!(first.len(), 1);

    // The time in which nothing ran does not count: it waits on.
    back.store(true, Ordering::SeqCst);
    let running = program.start(&with_store(&SERVE));
    address(&running);
    let shown = program.call(&with_store(&["deliveries", "--json"]));
    assert_eq!(shown.exits(0).lines().remove(0)["attempts"], 1);
    running.signal("TERM");
    running.finish().exits(0);
    assert_eq!(responder.received().len(), 1, "its time had not come");
    assert_eq!(event_id(&first[0]), "e1");
}

#[test]
fn a_short_wait_is_over_after_the_restart() {
    let back = Arc::new(AtomicBool::new(false));
    let is_back = Arc::clone(&back);
    let responder = Responder::start(move |_| {
        Reply::status(if is_back.load(Ordering::SeqCst) {
            200
        } else {
            503
        })
    });
    let program = Program::new(&configuration("here", &responder.url("/")));
    let running = program.start(&with_store(&SERVE));
    let (status, _) = ask(&address(&running), "POST /events", &event("e1"));
    assert_eq!(status, 202);
    running.until_logged("retrying in");
    running.signal("TERM");
    let finished = running.finish().exits(0);
    assert!(
        !finished.stdout.contains("undelivered"),
        "{}",
        finished.stdout
    );
    let before = responder.received();
    back.store(true, Ordering::SeqCst);
    let running = program.start(&with_store(&SERVE));
    running.until("it is delivered", |out| out.contains("\"delivered\""));
    running.signal("TERM");
    running.finish().exits(0);
    let after = responder.received().split_off(before.len());
    assert_eq!(after.len(), 1);
    let last = before.last().unwrap();
    assert_eq!(
        after[0].header("x-servo-delivery"),
        last.header("x-servo-delivery")
    );
    // One more than before, also if an attempt was cut off by the end.
    let number = |text: &str| text.parse::<usize>().unwrap();
    let attempt = number(after[0].header("x-servo-attempt"));
    assert_eq!(attempt, number(last.header("x-servo-attempt")) + 1);
}
