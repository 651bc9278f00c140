//! What the charts show: how much happened at each webhook in each of the last stretches of
//! five seconds.

use super::snapshots::label;
use servo_webhooks::{WebhookCounts, WebhookSnapshot};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Between two samples.
pub const EVERY: Duration = Duration::from_secs(5);

/// Samples of a webhook: ten minutes.
const KEPT: usize = 120;

/// What happened at a webhook within five seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Deliveries that got through.
    pub delivered: u32,
    /// Deliveries that failed.
    pub failed: u32,
    /// Attempts.
    pub attempts: u32,
    /// What an attempt took on average, in milliseconds.
    pub mean: Option<f32>,
    /// What nineteen of twenty attempts took at most, in milliseconds; as exact as the
    /// buckets that attempts are counted in.
    pub most: Option<f32>,
    /// Deliveries that waited at the end.
    pub waiting: u32,
}

/// The last samples of all webhooks.
#[derive(Default)]
pub struct Samples(Mutex<HashMap<String, Series>>);

struct Series {
    before: WebhookCounts,
    samples: VecDeque<Sample>,
}

impl Samples {
    /// Takes one sample of each webhook. One that is not configured any more is left out.
    pub fn take(&self, webhooks: &[WebhookSnapshot]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = std::mem::take(&mut *all);
        for webhook in webhooks {
            let (label, counts) = (label(webhook), &webhook.counts);
            let series = match known.remove(&label) {
                Some(mut series) => {
                    let sample = Sample {
                        waiting: small(webhook.waiting),
                        ..between(&series.before, counts)
                    };
                    if series.samples.len() == KEPT {
                        series.samples.pop_front();
                    }
                    series.samples.push_back(sample);
                    series.before.clone_from(counts);
                    series
                }
                None => Series {
                    before: counts.clone(),
                    samples: VecDeque::new(),
                },
            };
            all.insert(label, series);
        }
    }

    /// The samples of a webhook, oldest first.
    pub fn of(&self, label: &str) -> Vec<Sample> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let series = all.get(label);
        series.map_or_else(Vec::new, |series| series.samples.iter().copied().collect())
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn between(before: &WebhookCounts, now: &WebhookCounts) -> Sample {
    let grown = |of: fn(&WebhookCounts) -> u64| small(of(now).saturating_sub(of(before)));
    let took = now.durations.sum.saturating_sub(before.durations.sum);
    let timed = now.durations.count();
    let timed = timed.saturating_sub(before.durations.count());
    Sample {
        delivered: grown(|counts| counts.delivered),
        failed: grown(|counts| counts.failed),
        attempts: grown(|counts| counts.attempts.iter().map(|(_, count)| count).sum()),
        mean: (timed > 0).then(|| (took.as_secs_f64() * 1e3 / timed as f64) as f32),
        most: most(before, now, timed),
        waiting: 0,
    }
}

/// The bound of the bucket in which nineteen of twenty are.
fn most(before: &WebhookCounts, now: &WebhookCounts, timed: u64) -> Option<f32> {
    if timed == 0 {
        return None;
    }
    let (old, buckets) = (&before.durations.buckets, &now.durations.buckets);
    let old = old
        .iter()
        .map(|(_, count)| *count)
        .chain(std::iter::repeat(0));
    let mut upto = 0;
    let mut found = buckets.iter().zip(old).filter_map(|((bound, count), old)| {
        upto += count.saturating_sub(old);
        (upto * 20 >= timed * 19).then_some(*bound)
    });
    let bound = found.next()?;
    let bounds = buckets.iter().map(|(bound, _)| *bound);
    let widest = bounds.filter(|bound| bound.is_finite()).fold(0.0, f64::max);
    Some((bound.min(widest) * 1e3) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many deliveries and attempts; so many of those quick, others slow, and some slower
    /// than all buckets.
    fn counts(delivered: u64, attempts: [u64; 3], seconds: u64) -> WebhookCounts {
        let mut counts = WebhookCounts::default();
        counts.delivered = delivered;
        let bounds = [0.1, 1.0, f64::INFINITY];
        counts.durations.buckets = bounds.into_iter().zip(attempts).collect();
        counts.durations.sum = Duration::from_secs(seconds);
        counts
    }

    #[test]
    fn a_sample_is_what_happened_in_between() {
        let (before, now) = (counts(10, [10, 0, 0], 1), counts(28, [29, 1, 0], 3));
        let sample = between(&before, &now);
        assert_eq!(sample.delivered, 18);
        assert_eq!((sample.mean, sample.most), (Some(100.0), Some(100.0)));
        // One more of them is slow.
        let sample = between(&before, &counts(28, [28, 2, 0], 3));
        assert_eq!(sample.most, Some(1000.0));
        assert_eq!(between(&now, &now), Sample::default());
        // What is slower than all buckets is in the last one that has a bound.
        let sample = between(&now, &counts(29, [29, 1, 1], 90));
        assert_eq!(sample.most, Some(1000.0));
        assert_eq!(between(&now, &WebhookCounts::default()), Sample::default());
    }
}
