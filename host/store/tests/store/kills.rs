//! A process that is killed under load, at any moment, again and again.

use crate::child::Child;
use crate::say;
use crate::support::{
    NOW, World, all, assert_whole, delivery, end, id, number, open, pages, quick_dir,
};
use servo_webhooks_store::{State, Store, SyncMode, Ticket, Wait};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// What was acknowledged of a delivery.
#[derive(Clone, Copy, Debug, Default)]
struct Acknowledged {
    accepted: bool,
    began: u32,
    ended: Option<State>,
}

/// `KILLS=1000` for a long run.
#[test]
fn way_9_and_11_a_kill_loses_nothing_that_was_acknowledged() {
    let directory = quick_dir();
    let mut known = BTreeMap::<u64, Acknowledged>::new();
    let kills = number("KILLS", 20);
    for round in 0..kills {
        let first = (round * 1_000_000).to_string();
        let sync = if round % 2 == 0 { "os" } else { "full" };
        let variables = [("FIRST", &*first), ("SYNC", sync)];
        let mut child = Child::start("accepts", directory.path(), &variables);
        assert_eq!(child.line().as_deref(), Some("open"));
        let until = Instant::now() + Duration::from_millis(fastrand::u64(0..120));
        while Instant::now() < until {
            note(&mut known, &child.line().unwrap());
        }
        child.kill();
        for line in child.rest() {
            note(&mut known, &line);
        }
        if round % 5 == 4 || round + 1 == kills {
            compare(directory.path(), &known);
        }
    }
    assert!(known.len() > 20, "{} acknowledged", known.len());
    let (store, opened) = open(directory.path());
    assert!(opened.salvaged.is_none());
    // What waits is all there to be loaded: nothing is stranded by whoever was sending it.
    let waiting = pages(&store, "a").len() + pages(&store, "b").len();
    assert_eq!(waiting, usize::try_from(opened.waiting).unwrap());
    let ids: std::collections::HashSet<_> = ["a", "b"]
        .into_iter()
        .flat_map(|webhook| pages(&store, webhook))
        .map(|stored| stored.id)
        .collect();
    let mut open_ones = known.iter().filter(|(_, known)| known.ended.is_none());
    assert!(open_ones.all(|(number, _)| ids.contains(&id(*number)) || ended(&directory, *number)));
    drop(store);
    assert_whole(directory.path());
}

/// It ended, and the process was killed before it said so.
fn ended(directory: &tempfile::TempDir, number: u64) -> bool {
    all(directory.path())[&id(number)].state != State::Waiting
}

fn note(known: &mut BTreeMap<u64, Acknowledged>, line: &str) {
    let mut words = line.split(' ');
    let (what, number) = (words.next().unwrap(), words.next().unwrap());
    let entry = known.entry(number.parse().unwrap()).or_default();
    match what {
        "accepted" => entry.accepted = true,
        "began" => entry.began = words.next().unwrap().parse().unwrap(),
        "delivered" => entry.ended = Some(State::Delivered),
        "failed" => entry.ended = Some(State::Failed),
        other => panic!("{other}"),
    }
}

fn compare(directory: &Path, known: &BTreeMap<u64, Acknowledged>) {
    let found = all(directory);
    for (number, known) in known {
        let found = found.get(&id(*number));
        let found = found.unwrap_or_else(|| panic!("{number} is lost: {known:?}"));
        assert!(
            found.attempts >= known.began,
            "{number}: {known:?}, {found:?}"
        );
        assert!(found.attempts <= 3, "{number}: {found:?}");
        if let Some(state) = known.ended {
            assert_eq!(found.state, state, "{number}: {known:?}, {found:?}");
        }
        if found.state != State::Delivered {
            assert!(found.has_body, "{number}: {found:?}");
        }
    }
}

/// Accepts, attempts and settles, and says what is acknowledged, until it is killed.
pub fn accepts(directory: &Path) {
    let mut options = World::new().options();
    if std::env::var("SYNC").unwrap() == "os" {
        options.sync = SyncMode::Os;
    }
    let (store, _) = Store::open(directory, options).unwrap();
    say!("open");
    let mut tickets: Vec<(String, Ticket)> = Vec::new();
    let mut next = number("FIRST", 0);
    loop {
        let numbers: Vec<_> = (next..next + fastrand::u64(1..5)).collect();
        next += numbers.len() as u64;
        let new = numbers.iter().map(|number| {
            let webhook = if number % 2 == 0 { "a" } else { "b" };
            delivery(*number, webhook)
        });
        let accepted = store.accept(new.collect()).unwrap();
        for number in numbers {
            tickets.push((format!("accepted {number}"), accepted.clone()));
            tickets.extend(attempts(&store, number));
        }
        tickets.retain(|(what, ticket)| match ticket.outcome() {
            Some(outcome) => {
                outcome.unwrap();
                say!("{what}");
                false
            }
            None => true,
        });
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..2000)));
    }
}

fn attempts(store: &Store, number: u64) -> Vec<(String, Ticket)> {
    let mut tickets = Vec::new();
    let last = fastrand::u32(0..=3);
    for attempt in 1..=last {
        let began = store.began(id(number), attempt, 0);
        tickets.push((format!("began {number} {attempt}"), began));
        if attempt < last {
            store.waits(
                id(number),
                Wait {
                    due: NOW + 1000,
                    wait: 1000,
                    attempts: attempt,
                    spent: 10,
                    status: Some(503),
                    error: None,
                },
            );
        }
        if fastrand::u8(0..4) == 0 {
            std::thread::sleep(Duration::from_micros(fastrand::u64(0..6000)));
        }
    }
    let ending = match fastrand::u8(0..4) {
        0 | 1 if last > 0 => Some(("delivered", State::Delivered)),
        2 if last > 0 => Some(("failed", State::Failed)),
        _ => None,
    };
    if let Some((name, state)) = ending {
        let settled = store.settled(id(number), end(state, last));
        tickets.push((format!("{name} {number}"), settled));
    }
    tickets
}
