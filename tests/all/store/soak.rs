//! Hours under load: some attempts fail, the program is killed every minute, and retention
//! removes what is old. Nothing is lost, and neither the disk nor memory fills.
//!
//! `SOAK=3600 cargo test --test all store::soak -- --nocapture` is the long run, of an hour;
//! `RATE` is how many events come a second.

use super::configuration;
use super::history::with_store;
use super::seen::{Seen, acknowledged, lines};
use crate::support::program::Program;
use crate::support::responder::{Reply, Responder};
use crate::support::signal;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Names how many seconds it goes on, and how many events come in each.
const SOAK: &str = "SOAK";
const RATE: &str = "RATE";

/// In an ordinary run.
const SHORT: u64 = 8;
const SLOW: u64 = 100;

/// Between two handfuls of events.
const TICK: Duration = Duration::from_millis(50);

/// What the sizes of the database and in memory may differ by: pages that are free, buffers that
/// grew.
const SLACK: u64 = 8 << 20;

/// What the write-ahead log may take: it is copied into the database at 16 MiB, or some times that
/// if somebody reads just then, and keeps the size that it had.
const LOG: u64 = 80 << 20;

/// The most that one life of the program took, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    database: u64,
    log: u64,
    memory: u64,
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

#[test]
fn hours_under_load_lose_nothing_and_fill_nothing() {
    let (seconds, rate) = (number(SOAK, SHORT), number(RATE, SLOW));
    let (life, keep) = ((seconds / 4).clamp(1, 60), (seconds / 20).clamp(1, 180));
    let seen: Arc<Seen> = Arc::default();
    let noted = Arc::clone(&seen);
    let responder = Responder::start_sink(move |request| {
        let fails = fastrand::u8(..100) < 5;
        noted.note(request, !fails);
        Reply::status(if fails { 503 } else { 200 })
    });
    let program = Program::new(&configuration("here", &responder.url("/"))).copied();
    let keep = format!("{keep}s");
    let start = || program.start_run(&["--store", "store", "--keep", &keep]);
    let (mut accepted, mut fed) = (BTreeSet::new(), 0);
    let (mut lives, end) = (Vec::new(), Instant::now() + Duration::from_secs(seconds));
    while Instant::now() < end {
        let mut running = start();
        let (process, mut taken) = (running.child.id(), Taken::default());
        let (began, mut handfuls) = (Instant::now(), 0);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(life));
            signal(process, "KILL");
        });
        while running.child.try_wait().unwrap().is_none() {
            let due = began.elapsed().as_millis() as u64 * rate / 1_000;
            let handful = usize::try_from(due - handfuls).unwrap();
            running.feed(&lines(fed..fed + handful));
            (fed, handfuls) = (fed + handful, due);
            taken.database = taken.database.max(size(&program.path("store/store.db")));
            taken.log = taken.log.max(size(&program.path("store/store.db-wal")));
            taken.memory = taken.memory.max(memory(process));
            std::thread::sleep(TICK);
        }
        killer.join().unwrap();
        accepted.extend(acknowledged(&running.finish().stdout));
        println!(
            "{} s: {fed} fed, {} accepted, {} delivered, {taken:?}",
            seconds.saturating_sub((end - Instant::now()).as_secs()),
            accepted.len(),
            seen.delivered()
        );
        lives.push(taken);
    }
    let mut running = start();
    seen.until_delivered(&accepted);
    running.close();
    running.finish().exits(0);
    println!(
        "{} lives, {} accepted, {} delivered more than once",
        lives.len(),
        accepted.len(),
        seen.repeated()
    );
    assert!(
        accepted.len() as u64 > seconds * rate / 10,
        "too little came of it"
    );
    seen.check(&accepted);
    let stats = program.call(&with_store(&["store", "stats", "--json"]));
    let stats = stats.exits(0).lines().remove(0);
    assert_eq!(
        (&stats["waiting"], &stats["dead_letters"]),
        (&0.into(), &0.into())
    );
    let kept = stats["delivered"].as_u64().unwrap();
    assert!(kept < accepted.len() as u64, "all of {kept} are kept");
    program.call(&with_store(&["store", "check"])).exits(0);
    let log = lives.iter().map(|taken| taken.log).max().unwrap();
    assert!(log < LOG, "a write-ahead log of {log} bytes");
    // What is kept has its full size by the second quarter.
    let most = |from: usize, to: usize, of: fn(&Taken) -> u64| {
        let lives = lives[lives.len() * from / 4..lives.len() * to / 4].iter();
        lives.map(of).max().unwrap_or_default()
    };
    for of in [|taken: &Taken| taken.database, |taken: &Taken| taken.memory] {
        let (early, late) = (most(1, 2, of), most(3, 4, of));
        assert!(
            late < early + early / 10 + SLACK,
            "{early} bytes became {late}"
        );
    }
}

/// Bytes of a file, if it is there.
fn size(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |file| file.len())
}

/// The memory that a process has now, in bytes.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
