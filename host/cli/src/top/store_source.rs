//! Reads a store. It knows what was settled and decided, and not how a breaker stands.

use super::sample::{Counts, Latency, Program, Sample, Webhook};
use crate::exit::Failure;
use crate::store::opening::{failed, reader};
use servo_webhooks_store::{
    DecisionFilter, DecisionRecord, DeliveryFilter, DeliveryRecord, Follow, Progress, Reader,
    State, Stats,
};
use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Attempts of a webhook whose times are kept.
const TIMES: usize = 1_000;

/// All deliveries are counted anew after so many times as long as that takes.
const REST: u32 = 20;

/// Pages of changes that one sample reads.
const PAGES: usize = 100;

/// A store that is read again and again. What is settled is followed; what waits is counted,
/// less often where there is much to count.
pub struct StoreSource {
    reader: Reader,
    follow: Follow,
    /// The place after the last decision.
    decided: i64,
    webhooks: BTreeMap<String, Seen>,
    program: Program,
    stats: Stats,
    /// When the deliveries are counted again.
    due: Instant,
}

/// What was seen of a webhook since the first sample.
#[derive(Default)]
struct Seen {
    counts: Counts,
    /// How long the last attempts took, in seconds.
    times: VecDeque<f64>,
}

impl StoreSource {
    /// Opens a store that is there.
    pub fn open(directory: &Path) -> Result<Self, Failure> {
        let reader = reader(directory)?;
        let follow = reader.follow(DeliveryFilter::default()).map_err(failed)?;
        let (_, decided) = reader
            .decisions_after(&DecisionFilter::default(), None)
            .map_err(failed)?;
        let program = Program {
            cancelled: Some(0.0),
            failed_open: Some(0.0),
            ..Program::default()
        };
        Ok(Self {
            reader,
            follow,
            decided,
            webhooks: BTreeMap::new(),
            program,
            stats: Stats::default(),
            due: Instant::now(),
        })
    }

    /// Reads it. Blocks.
    pub fn sample(&mut self) -> Result<Sample, Failure> {
        for _ in 0..PAGES {
            let changes = self.reader.changes(&mut self.follow).map_err(failed)?;
            if changes.is_empty() {
                break;
            }
            changes.iter().for_each(|delivery| self.settled(delivery));
        }
        let filter = DecisionFilter::default();
        for _ in 0..PAGES {
            let found = self.reader.decisions_after(&filter, Some(self.decided));
            let (decisions, place) = found.map_err(failed)?;
            self.decided = place;
            if decisions.is_empty() {
                break;
            }
            decisions
                .iter()
                .for_each(|decision| self.decision(decision));
        }
        let began = Instant::now();
        if began >= self.due {
            let go_on = &mut |_: Progress| ControlFlow::Continue(());
            self.stats = self.reader.stats(go_on).map_err(failed)?;
            self.due = Instant::now() + began.elapsed() * REST;
        }
        Ok(self.sum())
    }

    fn settled(&mut self, delivery: &DeliveryRecord) {
        let seen = self.webhooks.entry(delivery.webhook.clone()).or_default();
        match delivery.state {
            State::Delivered => seen.counts.delivered += 1.0,
            State::Failed => seen.counts.failed += 1.0,
            State::Waiting | State::Forgotten => {}
        }
        // Of the last attempt; one that waits may have had none.
        seen.time(delivery.elapsed.filter(|_| delivery.attempts > 0));
    }

    fn decision(&mut self, decision: &DecisionRecord) {
        let count = |count: &mut Option<f64>, is_so: bool| {
            *count = Some(count.unwrap_or_default() + f64::from(u8::from(is_so)));
        };
        count(&mut self.program.cancelled, decision.cancelled);
        count(&mut self.program.failed_open, decision.failed_open);
        for answer in &decision.answers {
            if ["skipped", "not_awaited"].contains(&&*answer.result) {
                continue;
            }
            let seen = self.webhooks.entry(answer.webhook.clone()).or_default();
            seen.counts.asked += 1.0;
            seen.counts.vetoed += f64::from(u8::from(answer.result == "cancelled"));
            seen.counts.failed_open += f64::from(u8::from(answer.failed_open));
            seen.time(Some(answer.elapsed).filter(|_| answer.status.is_some()));
        }
    }

    fn sum(&self) -> Sample {
        let mut webhooks = BTreeMap::new();
        let names = self.stats.webhooks.keys().chain(self.webhooks.keys());
        for name in names {
            let kept = self.stats.webhooks.get(name).copied().unwrap_or_default();
            let seen = self.webhooks.get(name);
            let (median, p95) = seen.map_or((None, None), Seen::quantiles);
            let webhook = Webhook {
                name: name.clone(),
                waiting: count(kept.waiting),
                oldest: kept.oldest_waiting.map(since),
                counts: seen.map(|seen| seen.counts).unwrap_or_default(),
                latency: Latency::Known(median, p95),
                ..Webhook::default()
            };
            webhooks.insert(name, webhook);
        }
        Sample {
            at: Instant::now(),
            webhooks: webhooks.into_values().collect(),
            program: Program {
                dead_letters: Some(count(self.stats.failed)),
                store_bytes: Some(count(self.stats.file_bytes)),
                ..self.program
            },
        }
    }
}

impl Seen {
    fn time(&mut self, milliseconds: Option<i64>) {
        let milliseconds = milliseconds.and_then(|time| u32::try_from(time).ok());
        if let Some(milliseconds) = milliseconds {
            if self.times.len() >= TIMES {
                self.times.pop_front();
            }
            self.times.push_back(f64::from(milliseconds) / 1_000.0);
        }
    }

    /// The median and the 95th percentile: the smallest that so many do not exceed.
    fn quantiles(&self) -> (Option<f64>, Option<f64>) {
        let mut times: Vec<f64> = self.times.iter().copied().collect();
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100);
            times.get(rank.saturating_sub(1)).copied()
        };
        (at(50), at(95))
    }
}

/// As metrics have it: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "what is lost nobody reads")]
fn count(number: u64) -> f64 {
    number as f64
}

/// How long ago it was.
fn since(milliseconds: i64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let then = Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    now.unwrap_or_default().saturating_sub(then)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_last_attempts() {
        let mut seen = Seen::default();
        assert_eq!(seen.quantiles(), (None, None));
        for milliseconds in (1..=100).rev() {
            seen.time(Some(milliseconds));
        }
        seen.time(None);
        assert_eq!(seen.quantiles(), (Some(0.05), Some(0.095)));
        for _ in 0..2_000 {
            seen.time(Some(7));
        }
        assert_eq!(seen.times.len(), TIMES);
        assert_eq!(seen.quantiles(), (Some(0.007), Some(0.007)));
    }
}
