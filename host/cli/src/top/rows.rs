//! From samples at counters to what goes on: rates, and what came within the last interval.

use super::sample::{Breaker, Counts, Latency, Sample, State, Webhook};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Over which time latencies are shown.
const WINDOW: Duration = Duration::from_secs(60);

/// Samples that are kept at the most.
const MOST: usize = 600;

/// The samples of the last minute.
#[derive(Default)]
pub struct History {
    samples: VecDeque<Sample>,
}

/// What is shown of a webhook.
#[derive(Debug)]
pub struct Row<'a> {
    pub webhook: &'a Webhook,
    /// Within the last interval; none after one sample.
    pub more: Option<Counts>,
    /// Seconds of that interval.
    pub seconds: f64,
    /// Seconds.
    pub median: Option<f64>,
    /// Seconds that nineteen of twenty attempts stay below.
    pub p95: Option<f64>,
}

impl History {
    /// Another sample.
    pub fn push(&mut self, sample: Sample) {
        let is_old = |old: &Sample| sample.at.saturating_duration_since(old.at) > WINDOW;
        while self.samples.len() > 2 && (self.samples.len() >= MOST || is_old(&self.samples[1])) {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    /// The last sample.
    pub fn last(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// The seconds between the last two.
    pub fn seconds(&self) -> f64 {
        match (self.before(), self.last()) {
            (Some(before), Some(last)) => {
                let passed = last.at.saturating_duration_since(before.at);
                passed.as_secs_f64().max(0.001)
            }
            _ => 0.0,
        }
    }

    /// How much a number of the program has grown between the last two.
    pub fn grown(&self, number: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        Some(grown(number(self.before()?)?, number(self.last()?)?))
    }

    fn before(&self) -> Option<&Sample> {
        self.samples
            .len()
            .checked_sub(2)
            .map(|place| &self.samples[place])
    }

    /// Each webhook of the last sample: those in trouble first, then those that do most.
    pub fn rows(&self) -> Vec<Row<'_>> {
        let Some(last) = self.last() else {
            return Vec::new();
        };
        let (before, first) = (
            self.before().map(by_name),
            self.samples.front().map(by_name),
        );
        let seconds = self.seconds();
        let rows = last.webhooks.iter().map(|webhook| {
            let known = |sample: &Option<HashMap<&str, &Webhook>>| {
                sample
                    .as_ref()?
                    .get(&*webhook.name)
                    .map(|one| (*one).clone())
            };
            let is_first = before.is_none();
            let more = (!is_first).then(|| {
                let then = known(&before).unwrap_or_default().counts;
                between(then, webhook.counts)
            });
            let then = known(&first).map(|webhook| webhook.latency);
            let quantile = |share| {
                let then = then.as_ref().filter(|_| !is_first);
                quantile(share, then, &webhook.latency)
            };
            Row {
                webhook,
                more,
                seconds,
                median: quantile(0.5),
                p95: quantile(0.95),
            }
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|one, other| {
            let key = |row: &Row<'_>| (row.trouble(), row.webhook.waiting, row.busy());
            let (one_key, other_key) = (key(one), key(other));
            let order = other_key.0.cmp(&one_key.0);
            let order = order.then(other_key.1.total_cmp(&one_key.1));
            let order = order.then(other_key.2.total_cmp(&one_key.2));
            order.then_with(|| one.webhook.name.cmp(&other.webhook.name))
        });
        rows
    }
}

impl Row<'_> {
    /// A count that has grown, by the second.
    pub fn rate(&self, count: impl Fn(&Counts) -> f64) -> Option<f64> {
        self.more.map(|more| count(&more) / self.seconds)
    }

    fn trouble(&self) -> u8 {
        let is_open = matches!(
            self.webhook.breaker,
            Some(Breaker::Open | Breaker::HalfOpen)
        );
        let is_off = matches!(self.webhook.state, Some(State::Off | State::Paused));
        let lost = self.more.unwrap_or_default();
        u8::from(is_open || is_off || lost.failed + lost.failed_open > 0.0)
    }

    fn busy(&self) -> f64 {
        let more = self.more.unwrap_or_default();
        more.delivered + more.asked
    }
}

fn by_name(sample: &Sample) -> HashMap<&str, &Webhook> {
    let webhooks = sample.webhooks.iter();
    webhooks.map(|one| (&*one.name, one)).collect()
}

/// A counter that is smaller than before began anew.
fn grown(then: f64, now: f64) -> f64 {
    if now >= then { now - then } else { now }
}

fn between(then: Counts, now: Counts) -> Counts {
    Counts {
        delivered: grown(then.delivered, now.delivered),
        failed: grown(then.failed, now.failed),
        asked: grown(then.asked, now.asked),
        vetoed: grown(then.vetoed, now.vetoed),
        failed_open: grown(then.failed_open, now.failed_open),
    }
}

/// What a share of the attempts since then stay below; of all if there was none since. Within a
/// bucket they are taken to be spread evenly.
fn quantile(share: f64, then: Option<&Latency>, now: &Latency) -> Option<f64> {
    let buckets = match now {
        Latency::Known(median, p95) => return if share > 0.5 { *p95 } else { *median },
        Latency::Buckets(buckets) => buckets,
    };
    let since = match then {
        Some(Latency::Buckets(then)) if then.len() == buckets.len() => {
            let pairs = buckets.iter().zip(then);
            let since = pairs.map(|((bound, now), (_, then))| (*bound, now - then));
            Some(since.collect::<Vec<_>>())
        }
        _ => None,
    };
    // A negative one is of a program that began anew.
    let is_usable = |since: &Vec<(f64, f64)>| {
        let all = since.last().map_or(0.0, |(_, count)| *count);
        all > 0.0 && since.iter().all(|(_, count)| *count >= 0.0)
    };
    let since = since.filter(is_usable);
    in_buckets(share, since.as_ref().unwrap_or(buckets))
}

fn in_buckets(share: f64, buckets: &[(f64, f64)]) -> Option<f64> {
    let all = buckets.last().map_or(0.0, |(_, count)| *count);
    if all <= 0.0 {
        return None;
    }
    let rank = share * all;
    let (mut below, mut counted) = (0.0, 0.0);
    for (bound, count) in buckets {
        if *count >= rank && *count > counted {
            // There is no end to the last one.
            return Some(match bound.is_finite() {
                true => below + (bound - below) * (rank - counted) / (count - counted),
                false => below,
            });
        }
        (below, counted) = (*bound, *count);
    }
    None
}

#[cfg(test)]
mod tests;
