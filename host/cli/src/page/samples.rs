//! What the charts show: how much happened at each webhook in each of the last stretches of
//! five seconds.

use super::status::{Counts, Status};
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
    /// Questions before events.
    pub asked: u32,
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
    before: Counts,
    samples: VecDeque<Sample>,
}

impl Samples {
    /// Takes one sample of each webhook. One that is not configured any more is left out.
    pub fn take(&self, webhooks: &[Status]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = std::mem::take(&mut *all);
        for webhook in webhooks {
            let Some(counts) = &webhook.counts else {
                continue;
            };
            let label = webhook.label();
            let series = match known.remove(&label) {
                Some(mut series) => {
                    let sample = Sample {
                        waiting: small(webhook.waiting as u64),
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

fn between(before: &Counts, now: &Counts) -> Sample {
    let grown = |of: fn(&Counts) -> u64| small(of(now).saturating_sub(of(before)));
    let asked = |counts: &Counts| {
        counts.proceeded + counts.cancelled + counts.failed_open + counts.failed_closed
    };
    let attempts = |counts: &Counts| counts.attempts.iter().map(|(_, count)| count).sum();
    let timed = |counts: &Counts| counts.durations.last().map_or(0, |(_, count)| *count);
    let took = now.duration_sum - before.duration_sum;
    let count = timed(now).saturating_sub(timed(before));
    Sample {
        delivered: grown(|counts| counts.delivered),
        failed: grown(|counts| counts.failed),
        asked: grown(asked),
        attempts: grown(attempts),
        mean: (count > 0).then(|| (took.max(0.0) * 1e3 / count as f64) as f32),
        most: most(before, now, count),
        waiting: 0,
    }
}

/// The bound of the bucket in which nineteen of twenty are.
fn most(before: &Counts, now: &Counts, count: u64) -> Option<f32> {
    if count == 0 {
        return None;
    }
    let old = |place: usize| before.durations.get(place).map_or(0, |(_, count)| *count);
    let mut buckets = now.durations.iter().enumerate();
    let found =
        buckets.find(|(place, (_, upto))| upto.saturating_sub(old(*place)) * 20 >= count * 19);
    let bounds = now.durations.iter().map(|(bound, _)| *bound);
    let widest = bounds.filter(|bound| bound.is_finite()).fold(0.0, f64::max);
    found.map(|(_, (bound, _))| (bound.min(widest) * 1e3) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(delivered: u64, quick: u64, all: u64, sum: f64) -> Counts {
        Counts {
            delivered,
            attempts: vec![("2xx", delivered), ("5xx", all - delivered)],
            durations: vec![(0.1, quick), (1.0, all), (f64::INFINITY, all)],
            duration_sum: sum,
            ..Counts::default()
        }
    }

    #[test]
    fn a_sample_is_what_happened_in_between() {
        let (before, now) = (counts(10, 10, 10, 1.0), counts(28, 29, 30, 3.0));
        let sample = between(&before, &now);
        assert_eq!((sample.delivered, sample.attempts), (18, 20));
        assert_eq!((sample.mean, sample.most), (Some(100.0), Some(100.0)));
        // One more of them is slow.
        let sample = between(&before, &counts(28, 28, 30, 3.0));
        assert_eq!(sample.most, Some(1000.0));
        assert_eq!(between(&now, &now), Sample::default());
        // After a reload all may be counted anew.
        assert_eq!(between(&now, &Counts::default()), Sample::default());
    }

    #[test]
    fn what_is_slower_than_all_buckets_is_in_the_last_one() {
        let mut slow = counts(1, 0, 1, 60.0);
        slow.durations[1].1 = 0;
        assert_eq!(between(&Counts::default(), &slow).most, Some(1000.0));
    }
}
