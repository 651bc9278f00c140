//! The transport: a responder that vetoes everything is heard, whatever its connections
//! do, with the defaults (`backoff: false`, `on_error: proceed`), under which anything
//! that passes for "no answer" is consent.

mod behaviour;
mod descriptors;
mod http1;
mod http2;
mod nginx;
mod question;
mod responder;
mod served;
mod stops;

use crate::authority::Authority;
use crate::class::Finding;
use behaviour::Case;
use futures_util::{StreamExt, stream};
use question::Asking;
use responder::Responder;
use servo_webhooks::Connector;
use std::sync::atomic::Ordering;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Cases at a time; most of them wait for one another most of the time.
const AT_ONCE: usize = 4;

const SEED: u64 = 20_261_127;

/// What was asked, and what came of it.
#[derive(Default)]
pub struct Tally {
    pub questions: usize,
    /// Without a cancel, and why.
    pub lost: Vec<String>,
    /// Connections ended, streams refused and the like.
    pub disturbances: usize,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.questions += other.questions;
        self.lost.extend(other.lost);
        self.disturbances += other.disturbances;
    }

    /// In one line, if anything was lost.
    pub fn wrong(&self, name: &str) -> Option<String> {
        let first = self.lost.first()?;
        let (lost, all) = (self.lost.len(), self.questions);
        Some(format!(
            "{name}: {lost} of {all} vetoes lost; the first: {first}"
        ))
    }
}

pub fn run(connector: &Connector, rounds: usize, finding: &mut Finding) {
    let authority = Authority::new();
    let running = async {
        for round in 0..rounds {
            let responders = responders(connector, &authority, round, finding).await;
            note(finding, "responders", responders);
            nginx::run(connector, &authority, finding).await;
            let starved = descriptors::run(finding).await;
            note(finding, "descriptors used up", starved);
            let stopped = stops::run(round, finding).await;
            note(finding, "a process that is stopped", stopped);
        }
    };
    block_in_place(|| Handle::current().block_on(running));
}

fn note(finding: &mut Finding, what: &str, tally: Tally) {
    finding.cases += tally.questions;
    finding.remarks.push(format!(
        "{what}: {} questions, {} disturbances, {} vetoes lost",
        tally.questions,
        tally.disturbances,
        tally.lost.len()
    ));
}

async fn responders(
    connector: &Connector,
    authority: &Authority,
    round: usize,
    finding: &mut Finding,
) -> Tally {
    let cases = behaviour::cases();
    let asked = cases.iter().zip(SEED + 1000 * round as u64..);
    let asked = asked.map(async |(case, seed)| {
        let found = ask(connector, authority, case, seed).await;
        (format!("{case}, seed {seed}"), case, found)
    });
    let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
    let mut all = Tally::default();
    while let Some((name, case, (tally, retried))) = asked.next().await {
        finding.wrong.extend(tally.wrong(&name));
        if retried > 0 {
            let wrong = format!("{name}: {retried} requests were counted as another attempt");
            finding.wrong.push(wrong);
        }
        if case.behaviour.disturbs() && tally.disturbances == 0 {
            finding.wrong.push(format!("{name}: nothing was disturbed"));
        }
        all.add(tally);
    }
    all
}

/// Asks one responder; what came of it, and how many requests were said to be retries.
async fn ask(
    connector: &Connector,
    authority: &Authority,
    case: &Case,
    seed: u64,
) -> (Tally, usize) {
    let responder = Responder::start(case.behaviour, case.speech, authority, seed).await;
    let asking = Asking::new(connector, authority, responder.address, case.speech);
    let mut tally = asking.ask_all(case, seed).await;
    asking.end().await;
    tally.disturbances = responder.manner.disturbances();
    (tally, responder.manner.retried.load(Ordering::SeqCst))
}
