//! What a store can do on this disk, beside a bare loop that commits the same rows:
//! `cargo run --release --example store-bench -p servo-webhooks-store -- [EVENTS] [ROWS]`.
//! `BENCH_DIR` names a directory on the disk to be measured, `BENCH_SYNC=os` the other mode.

use servo_webhooks_store::{
    DeliveryEnd, NewDelivery, State, Store, StoreOptions, StoredBody, SyncMode, Ticket, Uuid,
};
use std::collections::VecDeque;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

mod questions;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Bytes of a body.
const BODY: usize = 1000;

/// Deliveries that may wait for the disk before more are handed in.
const BEHIND: usize = 2000;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise: u64| -> Result<u64> {
        Ok(arguments
            .next()
            .map_or(Ok(otherwise), |given| given.parse())?)
    };
    let (events, rows) = (number(200_000)?, number(1_000_000)?);
    let scratch = match std::env::var_os("BENCH_DIR") {
        Some(directory) => tempfile::tempdir_in(directory)?,
        None => tempfile::tempdir()?,
    };
    let place = |name: &str| scratch.path().join(name);
    idle(&place("idle"))?;
    measure("slow endpoints, 1000 in flight", events, || {
        healthy(&place("slow"), events, 1000)
    })?;
    let (rate, commits) = measure("healthy endpoints, 64 in flight", events, || {
        healthy(&place("healthy"), events, 64)
    })?;
    let rows_each = events.div_ceil(commits);
    let (bare_rate, _) = measure("  bare, history", events, || {
        bare(&place("bare-1"), events, rows_each, false)
    })?;
    println!("  ratio {:.2}", rate / bare_rate);
    let (rate, commits) = measure("all bodies written", events, || {
        down(&place("down"), events)
    })?;
    let rows_each = events.div_ceil(commits);
    let (bare_rate, _) = measure("  bare, with bodies", events, || {
        bare(&place("bare-2"), events, rows_each, true)
    })?;
    println!("  ratio {:.2}", rate / bare_rate);
    questions::ask(&place("questions"), rows)
}

fn now() -> i64 {
    let passed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    passed.map_or(0, |passed| {
        i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
    })
}

fn open(directory: &Path) -> Result<Store> {
    let mut options = StoreOptions::new(now);
    if std::env::var("BENCH_SYNC").is_ok_and(|mode| mode == "os") {
        options.sync = SyncMode::Os;
    }
    Ok(Store::open(directory, options)?.0)
}

/// Events a second, and in how many commits.
fn measure(name: &str, events: u64, run: impl FnOnce() -> Result<Run>) -> Result<(f64, u64)> {
    let (begun, processor) = (Instant::now(), processor_time());
    let run = run()?;
    let rate = events as f64 / begun.elapsed().as_secs_f64();
    let spent = (processor_time() - processor).as_secs_f64() * 1e6 / events as f64;
    let (commits, bytes) = (run.commits, run.bytes / events);
    println!(
        "{name}: {rate:.0} a second, {spent:.1} us of processor each, {commits} commits, \
         {bytes} bytes each on disk"
    );
    Ok((rate, commits))
}

struct Run {
    commits: u64,
    bytes: u64,
}

/// Of this process, in hundredths of a second.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .skip(11);
    let ticks: u64 = fields
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}

fn delivery(webhook: &Arc<str>, body: &Arc<StoredBody>) -> NewDelivery {
    NewDelivery {
        id: Uuid::now_v7(),
        webhook: Arc::clone(webhook),
        event: "after:adjust".into(),
        event_id: Uuid::now_v7().to_string().into(),
        body: Arc::clone(body) as Arc<_>,
        accepted: now(),
        trace: None,
    }
}

fn body() -> Arc<StoredBody> {
    Arc::new(StoredBody {
        content: vec![b'x'; BODY],
        content_type: "application/json".into(),
        schema_version: Some(1),
        headers: Vec::new(),
    })
}

/// Waits for the oldest while too much waits for the disk.
fn keep_up(tickets: &mut VecDeque<Ticket>, most: usize) -> Result<()> {
    while tickets.len() > most {
        if let Some(ticket) = tickets.pop_front() {
            ticket.wait(Duration::from_secs(60)).ok_or("it hangs")??;
        }
    }
    Ok(())
}

/// How long one event waits for its acknowledgement, on an idle machine.
fn idle(directory: &Path) -> Result<()> {
    let store = open(directory)?;
    let webhook: Arc<str> = "a".into();
    let mut times = Vec::new();
    for _ in 0..200 {
        let begun = Instant::now();
        let ticket = store.accept(vec![delivery(&webhook, &body())])?;
        ticket.wait(Duration::from_secs(60)).ok_or("it hangs")??;
        times.push(begun.elapsed());
        std::thread::sleep(Duration::from_millis(2));
    }
    times.sort();
    println!(
        "idle: accepted after {:?}, p99 {:?}",
        times[100], times[198]
    );
    Ok(store.close(Duration::from_secs(60))?)
}

/// Endpoints answer: what is accepted settles when so many more have been.
fn healthy(directory: &Path, events: u64, in_flight: usize) -> Result<Run> {
    let store = open(directory)?;
    let webhook: Arc<str> = "a".into();
    let (mut flying, mut tickets) = (VecDeque::new(), VecDeque::new());
    let settle = |id: Uuid| {
        store.settled(
            id,
            DeliveryEnd {
                state: State::Delivered,
                attempts: 1,
                elapsed: 1,
                status: Some(200),
                error: None,
                at: now(),
            },
        )
    };
    for _ in 0..events {
        let new = delivery(&webhook, &body());
        let id = new.id;
        tickets.push_back(store.accept(vec![new])?);
        store.began(id, 1, 0);
        flying.push_back(id);
        if flying.len() > in_flight {
            flying.pop_front().map(&settle);
        }
        keep_up(&mut tickets, BEHIND)?;
    }
    flying.into_iter().for_each(|id| drop(settle(id)));
    store.close(Duration::from_secs(60))?;
    Ok(Run {
        commits: store.committed(),
        bytes: size(directory),
    })
}

/// Endpoints are down: everything is written.
fn down(directory: &Path, events: u64) -> Result<Run> {
    let store = open(directory)?;
    let (webhook, mut tickets) = (Arc::from("a"), VecDeque::new());
    for _ in 0..events {
        tickets.push_back(store.accept(vec![delivery(&webhook, &body())])?);
        keep_up(&mut tickets, BEHIND)?;
    }
    store.close(Duration::from_secs(60))?;
    Ok(Run {
        commits: store.committed(),
        bytes: size(directory),
    })
}

/// Bytes of the database.
fn size(directory: &Path) -> u64 {
    let file = directory.join("store.db").metadata();
    file.map_or(0, |file| file.len())
}

/// The same rows by SQLite alone, so many a commit.
fn bare(directory: &Path, events: u64, rows: u64, bodies: bool) -> Result<Run> {
    open(directory)?.close(Duration::from_secs(60))?;
    let database = rusqlite::Connection::open(directory.join("store.db"))?;
    database.execute_batch("PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -4096")?;
    if std::env::var("BENCH_SYNC").is_ok_and(|mode| mode == "os") {
        database.execute_batch("PRAGMA synchronous = NORMAL")?;
    }
    database.execute_batch("INSERT INTO webhook VALUES (1, 'a')")?;
    let body = body();
    let (mut seq, mut left, mut commits) = (0, events, 0);
    while left > 0 {
        let step = left.min(rows);
        commits += 1;
        left -= step;
        database.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..step {
            seq += 1;
            if bodies {
                database
                    .prepare_cached(
                        "INSERT INTO body VALUES (?1, ?2, 'application/json', 1, NULL, 0)",
                    )?
                    .execute((seq, &body.content))?;
            }
            let state = i64::from(!bodies);
            let (queue, number) = (bodies.then_some(seq), bodies.then_some(seq));
            database
                .prepare_cached(
                    "INSERT INTO delivery (seq, id, webhook, event, event_id, state, queue, body, accepted, settled,
             due, wait, spent, attempts, elapsed, status, error, replays)
                     VALUES (?1, ?2, 1, 'after:adjust', ?3, ?4, ?5, ?6, ?7,
                         ?7, NULL, 0, 0, 1, 1, 200, NULL, 0)",
                )?
                .execute((
                    seq,
                    Uuid::now_v7().as_bytes().as_slice(),
                    Uuid::now_v7().to_string(),
                    state,
                    queue,
                    number,
                    now(),
                ))?;
        }
        database.execute_batch("COMMIT")?;
    }
    drop(database);
    let bytes = size(directory);
    Ok(Run { commits, bytes })
}
