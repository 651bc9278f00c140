//! A soak: many minutes at half of what is possible, with failures. Is memory flat, and
//! does each event arrive, once?

use super::context::{Context, NO_NGINX};
use super::events;
use super::figure::{Curve, Growth, median};
use super::machine::{Machine, Since};
use super::process;
use super::program::{self, Running};
use super::sink::Sink;
use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Deliveries with which it is found out how many a second are possible, and how often.
const PROBE: usize = 60_000;
const PROBES: usize = 3;

/// How often events are given.
const TURN: Duration = Duration::from_millis(10);

/// How often its memory is looked at.
const LOOKS: f64 = 100.0;

/// What was seen.
#[derive(Debug, Serialize, Deserialize)]
pub struct Soak {
    /// When, and on what.
    pub date: String,
    /// See there.
    pub machine: Machine,
    /// How long events came.
    pub minutes: f64,
    /// Deliveries a second that are possible, with the same failures.
    pub possible: f64,
    /// Events a second that came.
    pub rate: f64,
    /// Events that came.
    pub events: usize,
    /// Events that were delivered.
    pub delivered: usize,
    /// Events of which nothing was heard, or that they failed.
    pub lost: usize,
    /// Events that were settled more than once.
    pub doubled: usize,
    /// Attempts that were answered 200 and 503, by the log of the server.
    pub answered: (usize, usize),
    /// The most attempts that an event took.
    pub most_attempts: u64,
    /// Milliseconds from event to delivery: median, 99th percentile.
    pub elapsed: (usize, usize),
    /// Share of one processor.
    pub processor: f64,
    /// MB in the second tenth of the time, and in the last.
    pub resident: (f64, f64),
    /// Memory over time.
    pub memory: Growth,
}

/// Longest time that is told apart, in milliseconds.
const LONGEST: usize = 10_000;

/// What the output said.
struct Heard {
    /// By number of the event: how often it was settled.
    settled: Vec<u8>,
    delivered: usize,
    attempts: u64,
    most_attempts: u64,
    /// Deliveries by milliseconds.
    elapsed: Vec<usize>,
}

#[derive(Deserialize)]
struct Record<'a> {
    r#type: &'a str,
    #[serde(borrow)]
    id: Cow<'a, str>,
    outcome: &'a str,
    attempts: Option<u64>,
    elapsed_ms: Option<f64>,
}

impl Heard {
    fn hear(&mut self, line: &str) {
        let record: Record<'_> = serde_json::from_str(line).unwrap();
        if record.r#type != "delivery" {
            assert_eq!(record.outcome, "accepted", "{line}");
            return;
        }
        let number: usize = record.id.parse().unwrap();
        if self.settled.len() <= number {
            self.settled.resize(number + 1, 0);
        }
        self.settled[number] += 1;
        let attempts = record.attempts.unwrap_or_default();
        self.attempts += attempts;
        self.most_attempts = self.most_attempts.max(attempts);
        self.delivered += usize::from(record.outcome == "delivered");
        let millis = record.elapsed_ms.unwrap_or_default() as usize;
        self.elapsed[millis.min(LONGEST)] += 1;
    }

    /// The time in which such a part of them was delivered.
    fn percentile(&self, part: f64) -> usize {
        let mut left = (part * self.elapsed.iter().sum::<usize>() as f64) as usize;
        let mut times = self.elapsed.iter();
        let found = times.position(|count| {
            let there = *count > left;
            left = left.saturating_sub(*count);
            there
        });
        found.unwrap_or(LONGEST)
    }
}

/// Runs it.
///
/// # Errors
/// Without nginx, and if its log cannot be read.
pub fn run(context: &Context, minutes: f64) -> anyhow::Result<Soak> {
    let since = Since::now();
    let folder = context.folder("soak");
    let sink = Sink::start(&folder, 1).with_context(|| format!("soak: {NO_NGINX}"))?;
    let url = sink.url("/failing");
    let configuration = events::configuration([("after:adjust", url.as_str())], "");
    std::fs::write(folder.join("servo.yaml"), configuration)?;
    let line = |number: usize| {
        let id = format!(r#""id":"{number}","#);
        events::line("after:adjust", &id, 1000)
    };
    let (head, tail) = {
        // One line for all, but for its number.
        let line = line(0);
        let (head, tail) = line.split_once(r#""id":"0""#).context("no id")?;
        (format!(r#"{head}"id":""#), format!(r#""{tail}"#))
    };
    let possible = possible(&folder, &line(0));
    let before = answers(&folder)?;
    let rate = possible / 2.0;
    eprintln!("soak: {possible:.0} a second are possible; {minutes} min at {rate:.0}");

    let heard = Arc::new(Mutex::new(Heard {
        settled: Vec::new(),
        delivered: 0,
        attempts: 0,
        most_attempts: 0,
        elapsed: vec![0; LONGEST + 1],
    }));
    let hearing = Arc::clone(&heard);
    let mut running = Running::start(&mut program::run(&folder, "-", "fresh"), move |line| {
        hearing.lock().unwrap().hear(line);
    });
    let (started, length) = (Instant::now(), Duration::from_secs_f64(minutes * 60.0));
    let look = length.as_secs_f64() / LOOKS;
    let (mut count, mut seen) = (0, Vec::new());
    while started.elapsed() < length {
        let elapsed = started.elapsed();
        while (count as f64) < elapsed.as_secs_f64() * rate {
            running.feed(&format!("{head}{count}{tail}"));
            count += 1;
        }
        running.flush();
        if elapsed.as_secs_f64() > (seen.len() + 1) as f64 * look {
            let resident = process::resident(running.id()) / 1e6;
            seen.push((elapsed.as_secs_f64() / 60.0, resident));
        }
        std::thread::sleep(TURN);
    }
    let taken = started.elapsed();
    let processor = process::scheduled(running.id()) as f64 / 1e9 / taken.as_secs_f64();
    running.finish();
    let after = answers(&folder)?;
    // Ended, it counts as ours.
    drop(sink);
    let heard = heard.lock().unwrap();
    let once = heard.settled.iter().filter(|times| **times == 1).count();
    let tenth = (seen.len() / 10).max(1);
    let part = |from: usize| {
        let part: Vec<f64> = seen[from..].iter().take(tenth).map(|(_, mb)| *mb).collect();
        median(&part)
    };
    let answered = (after.0 - before.0, after.1 - before.1);
    ensure!(
        answered.0 + answered.1 == heard.attempts as usize,
        "{answered:?} answers by the server, {} by the program",
        heard.attempts
    );
    Ok(Soak {
        date: super::report::now(),
        machine: Machine::observed(since),
        minutes,
        possible,
        rate: count as f64 / taken.as_secs_f64(),
        events: count,
        delivered: heard.delivered,
        lost: count - heard.delivered.min(once),
        doubled: heard.settled.iter().filter(|times| **times > 1).count(),
        answered,
        most_attempts: heard.most_attempts,
        elapsed: (heard.percentile(0.5), heard.percentile(0.99)),
        processor,
        resident: (part(tenth.min(seen.len() - 1)), part(seen.len() - tenth)),
        memory: Growth {
            name: "resident memory, MB".to_owned(),
            with: "minutes".to_owned(),
            logarithmic: (false, false),
            curves: vec![Curve {
                name: "fresh".to_owned(),
                points: seen,
            }],
        },
    })
}

/// Deliveries a second, with the failures.
fn possible(folder: &Path, line: &str) -> f64 {
    events::write(&folder.join("events.jsonl"), &[line.to_owned()], PROBE);
    let rates: Vec<f64> = (0..PROBES)
        .map(|_| {
            let mut command = program::run(folder, "-", "fresh");
            let started = Arc::new(Mutex::new((0, Instant::now())));
            let last = Arc::clone(&started);
            let began = Instant::now();
            // Until as many as do not fail have come: retries wait for a second.
            let mut running = Running::start(&mut command, move |line| {
                let mut last = last.lock().unwrap();
                if line.contains(r#""type":"delivery""#) && last.0 < PROBE * 9 / 10 {
                    *last = (last.0 + 1, Instant::now());
                }
            });
            for _ in 0..PROBE {
                running.feed(line);
            }
            running.finish();
            let (count, end) = *started.lock().unwrap();
            f64::from(u32::try_from(count).unwrap()) / (end - began).as_secs_f64()
        })
        .collect();
    median(&rates)
}

/// How often the server answered 200 and 503; waits until its log is written.
fn answers(folder: &Path) -> anyhow::Result<(usize, usize)> {
    std::thread::sleep(Duration::from_secs(2));
    let log = BufReader::new(std::fs::File::open(folder.join("answers"))?);
    let (mut good, mut bad) = (0, 0);
    for line in log.lines() {
        match line?.as_str() {
            "200" => good += 1,
            _ => bad += 1,
        }
    }
    Ok((good, bad))
}
