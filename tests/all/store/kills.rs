//! The program is killed at random moments under load, and started again.

use super::{accepted, configuration, event, event_id};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Names how often the program is killed.
const KILLS: &str = "KILLS";

/// As often in an ordinary run.
const FEW: usize = 12;

#[test]
fn nothing_acknowledged_is_lost_to_kills() {
    let kills = std::env::var(KILLS).map_or(FEW, |count| count.parse().unwrap());
    let seed =
        std::env::var("SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(seed);
    // It fails now and then, and is away for a while, so that deliveries wait for their retries.
    let requests = AtomicUsize::new(0);
    let began = Instant::now();
    let responder = Responder::start(move |_| {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let away = began.elapsed().as_millis() % 1_000 < 200;
        Reply::status(if away || number.is_multiple_of(7) {
            503
        } else {
            200
        })
    });
    let program = Program::new(&configuration("here", &responder.url("/")));
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
    let (mut acknowledged, mut number) = (BTreeSet::new(), 0);
    for _ in 0..kills {
        let mut running = program.start_run(&arguments);
        let life = Duration::from_millis(random.u64(20..400));
        let end = Instant::now() + life;
        while Instant::now() < end {
            let lines: String = (0..50)
                .map(|_| {
                    number += 1;
                    event(&format!("e{number}"))
                })
                .collect();
            running.feed(&lines);
            std::thread::sleep(Duration::from_millis(random.u64(0..20)));
        }
        running.child.kill().unwrap();
        acknowledged.extend(accepted(&running.finish().stdout));
    }
    let mut running = program.start_run(&arguments);
    running.close();
    let finished = running.finish();
    assert_eq!(finished.code, Some(0), "seed {seed}: {}", finished.stderr);

    assert!(
        acknowledged.len() > kills,
        "seed {seed}: too little came of it"
    );
    let mut attempts: BTreeMap<String, Vec<(String, u32, u16)>> = BTreeMap::new();
    for request in responder.received() {
        let delivery = request.header("x-servo-delivery").to_owned();
        let attempt = request.header("x-servo-attempt").parse().unwrap();
        attempts
            .entry(event_id(&request))
            .or_default()
            .push((delivery, attempt, 0));
    }
    for id in &acknowledged {
        assert!(
            attempts.contains_key(id),
            "seed {seed}: {id} was accepted and never sent"
        );
    }
    for (id, attempts) in &attempts {
        let deliveries: BTreeSet<_> = attempts.iter().map(|(delivery, ..)| delivery).collect();
        assert_eq!(deliveries.len(), 1, "seed {seed}: {id} has one delivery");
        let counts: Vec<_> = attempts.iter().map(|(_, attempt, _)| *attempt).collect();
        assert!(
            counts.is_sorted(),
            "seed {seed}: {id} was attempted as {counts:?}"
        );
    }
}
