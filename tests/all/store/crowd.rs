//! A store with very many deliveries that wait: the program is ready at once, and keeps no more
//! of them in memory than it may.
//!
//! `WAITING=1000000 cargo test --test all store::crowd -- --nocapture` is the long run.

use super::configuration;
use super::copies::fill;
use crate::support::program::{Program, Running};
use crate::support::responder::{Reply, Responder};
use servo_webhooks_store::State;
use std::time::{Duration, Instant};

/// Names how many wait.
const WAITING: &str = "WAITING";

/// In an ordinary run: more than are kept in memory.
const FEW: usize = 20_000;

/// What they may take in memory, with what is kept of them by default.
const MOST: u64 = 60 << 20;

/// What a store without deliveries may take.
const AT_REST: u64 = 6 << 20;

fn serve(program: &Program, more: &[&str]) -> (Running, Duration) {
    let began = Instant::now();
    let serve = ["serve", "--bind", "127.0.0.1:0", "--allow", "loopback"];
    let running = program.start(&[&serve, more].concat());
    running.until_listening();
    (running, began.elapsed())
}

/// The most memory that it has had by now, in bytes. It ends.
fn memory(running: Running) -> u64 {
    let peak = running.peak();
    running.signal("KILL");
    running.finish();
    peak
}

#[test]
fn very_many_that_wait_are_not_read_at_the_start() {
    let waiting = std::env::var(WAITING).map_or(FEW, |text| text.parse().unwrap());
    let responder = Responder::start(|_| Reply::Hang);
    let program = Program::new(&configuration("here", &responder.url("/")));
    let (running, _) = serve(&program, &[]);
    let without = memory(running);
    let (running, ready) = serve(&program, &["--store", "empty"]);
    let at_rest = memory(running);
    println!("without a store {without} bytes, with one {at_rest}, ready in {ready:?}");
    assert!(
        at_rest < without + AT_REST,
        "{at_rest} instead of {without} bytes"
    );

    fill(&program.path("store"), waiting, State::Waiting);
    let (running, ready) = serve(&program, &["--store", "store"]);
    // By then it has loaded all that it keeps in memory.
    responder.until_received(1);
    let health = program.call(&["store", "stats", "--store", "store", "--json"]);
    assert_eq!(health.exits(0).lines()[0]["waiting"], waiting);
    let with_many = memory(running);
    println!("{waiting} waiting: {with_many} bytes, ready in {ready:?}");
    assert!(
        with_many < at_rest + MOST,
        "{with_many} instead of {at_rest} bytes"
    );
}
