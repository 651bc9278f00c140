//! A process that stands still for a while, at a random moment, while its questions are
//! out: what had been answered meanwhile counts, and nobody is blamed.

use super::Tally;
use super::behaviour::Behaviour;
use super::responder::Responder;
use super::served::{Client, Served, webhook};
use crate::class::Finding;
use fastrand::Rng;
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::sleep;

/// Processes at a time, stops of each, and questions that are out at each stop.
const PROCESSES: u64 = 3;
const STOPS: usize = 6;
const QUESTIONS: usize = 16;

/// From a question to its veto.
const WAIT: Duration = Duration::from_millis(50);

/// The moments of a stop, and how long it takes, in milliseconds: shorter and longer than
/// what an attempt has.
const MOMENTS: std::ops::Range<u64> = 0..100;
const LENGTHS: std::ops::Range<u64> = 500..3_000;
const TIMEOUT: &str = ", timeout: 1s";

pub async fn run(round: usize, finding: &mut Finding) -> Tally {
    let seeds = (0..PROCESSES).map(|process| super::SEED + 1000 * round as u64 + process);
    let stopped = join_all(seeds.map(async |seed| (seed, stop(seed).await))).await;
    let mut all = Tally::default();
    for (seed, tally) in stopped {
        match tally {
            Ok(tally) => {
                let name = format!("a process that is stopped, seed {seed}");
                finding.wrong.extend(tally.wrong(&name));
                all.add(tally);
            }
            Err(wrong) => finding.wrong.push(format!("seed {seed}: {wrong}")),
        }
    }
    all
}

async fn stop(seed: u64) -> Result<Tally, String> {
    let mut random = Rng::with_seed(seed);
    let responder = Responder::start_plain(Behaviour::Answers, WAIT).await;
    let yaml = webhook("asks", "before:adjust", responder.address, TIMEOUT);
    let served = Served::start(&yaml, None).await?;
    let mut clients: Vec<_> = (0..QUESTIONS)
        .map(|_| Client::new(served.address))
        .collect();
    let mut tally = Tally::default();
    for number in 0..STOPS {
        let moment = Duration::from_millis(random.u64(MOMENTS));
        let length = Duration::from_millis(random.u64(LENGTHS));
        let stopping = async {
            sleep(moment).await;
            served.signal("STOP");
            sleep(length).await;
            served.signal("CONT");
        };
        let asking = clients.iter_mut().zip(0..).map(async |(client, place)| {
            let id = format!("stop {number} after {moment:?} for {length:?}, question {place}");
            client.ask(&id).await
        });
        let ((), lost) = tokio::join!(stopping, join_all(asking));
        tally.add(Tally {
            questions: QUESTIONS,
            lost: lost.into_iter().flatten().collect(),
            disturbances: 1,
        });
    }
    if !tally.lost.is_empty() {
        tally.lost[0] += &format!("\n{}", served.said());
    }
    Ok(tally)
}
