//! The program is killed at random moments under load, and started again.

use super::configuration;
use super::seen::{Seen, acknowledged, attempt, lines};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Names how often the program is killed.
const KILLS: &str = "KILLS";

/// As often in an ordinary run.
const FEW: usize = 12;

/// Attempts of a delivery that may fail: a wait after more of them would be longer than many
/// lives.
const FAILURES: u32 = 3;

/// Events that may be on their way: what is fed is delivered soon after the last kill.
const BACKLOG: usize = 2_000;

/// The most events in one write.
const HANDFUL: usize = 50;

#[test]
fn nothing_acknowledged_is_lost_to_kills() {
    let kills = std::env::var(KILLS).map_or(FEW, |count| count.parse().unwrap());
    let seed =
        std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    // It fails now and then, and is away for a while, so that deliveries wait for their retries.
    let (seen, requests, began) = (Arc::<Seen>::default(), AtomicUsize::new(0), Instant::now());
    let noted = Arc::clone(&seen);
    let responder = Responder::start_sink(move |request| {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let away = began.elapsed().as_millis() % 1_000 < 200;
        let fails = (away || number.is_multiple_of(7)) && attempt(request) <= FAILURES;
        noted.note(request, !fails);
        Reply::status(if fails { 503 } else { 200 })
    });
    let program = Program::new(&configuration("here", &responder.url("/"))).copied();
    let arguments = [
        "--store",
        "store",
        "--max-waiting",
        "1000",
        "--breaker-after",
        "1s",
        "--breaker-hold",
        "100ms",
    ];
    let (mut accepted, mut pending, mut fed) = (BTreeSet::new(), BTreeSet::new(), 0);
    for number in 1..=kills {
        let mut running = program.start_run(&arguments);
        let room = fed + BACKLOG.saturating_sub(pending.len());
        // One in four is killed while it starts, the others while they work.
        let starts = random.u8(..4) == 0;
        if !starts {
            running.feed(&lines(fed..fed + 1));
            fed += 1;
            running.until("it works", |stdout| !stdout.is_empty());
        }
        let end = Instant::now() + Duration::from_millis(random.u64(0..400));
        while Instant::now() < end {
            if fed < room {
                running.feed(&lines(fed..fed + HANDFUL));
                fed += HANDFUL;
            }
            std::thread::sleep(Duration::from_millis(random.u64(0..20)));
        }
        running.child.kill().unwrap();
        pending.extend(acknowledged(&running.finish().stdout));
        accepted.extend(&pending);
        seen.retain_missing(&mut pending);
        if number.is_multiple_of(100) {
            println!("{number} kills, {} accepted", accepted.len());
        }
    }
    let mut running = program.start_run(&arguments);
    running.close();
    running.finish().exits(0);
    println!(
        "kills: {kills}, accepted: {}, delivered: {}, more than once: {}, {} s",
        accepted.len(),
        seen.delivered(),
        seen.repeated(),
        began.elapsed().as_secs()
    );
    assert!(accepted.len() > kills, "too little came of it");
    seen.check(&accepted);
}
