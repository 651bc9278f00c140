//! The last deliveries and decisions of this process, where no store keeps them.

use rules::sanitize::sanitize;
use servo_webhooks::{Asked, AttemptRecord, DeliveryOutcome, DeliveryStatus};
use servo_webhooks_store as store;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use store::{
    AnswerRecord, DecisionFilter, DecisionRecord, DeliveryFilter, DeliveryRecord, Details,
};
use store::{State, Uuid};

use crate::store::times;

/// Deliveries that are kept, and as many decisions.
pub const KEPT: usize = 500;

/// Attempts that are kept.
const ATTEMPTS: usize = 2_000;

/// Bytes above which a text is cut.
const LONG: usize = 1 << 10;

/// The last deliveries and decisions of this process. What is kept of a delivery is taken as it
/// comes, and made readable for whoever looks: few do, and every delivery passes here.
#[derive(Default)]
pub struct Recent(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    deliveries: VecDeque<Kept<DeliveryOutcome>>,
    decisions: VecDeque<DecisionRecord>,
    attempts: VecDeque<Kept<AttemptRecord>>,
    number: i64,
}

/// Something that was reported.
struct Kept<T> {
    /// Its place among all that was reported.
    seq: i64,
    /// When, in milliseconds of Unix time.
    at: i64,
    what: T,
}

impl Lists {
    fn next(&mut self) -> i64 {
        self.number += 1;
        self.number
    }

    fn keep<T>(&mut self, what: T) -> Kept<T> {
        let (seq, at) = (self.next(), times::now());
        Kept { seq, at, what }
    }
}

fn push<T>(list: &mut VecDeque<T>, most: usize, one: T) {
    if list.len() >= most {
        list.pop_front();
    }
    list.push_back(one);
}

fn milliseconds(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn label(name: Option<&str>, index: usize) -> String {
    name.map_or_else(|| format!("#{index}"), sanitize)
}

/// Nothing that is kept is long.
fn shorten(text: &mut String) {
    if text.len() > LONG {
        *text = sanitize(text);
    }
}

impl Kept<DeliveryOutcome> {
    fn record(&self) -> DeliveryRecord {
        let outcome = &self.what;
        let elapsed = i64::try_from(outcome.elapsed_ms).unwrap_or(i64::MAX);
        DeliveryRecord {
            seq: self.seq,
            // The library's own, which are UUIDs.
            id: Uuid::parse_str(&outcome.delivery).unwrap_or_default(),
            webhook: label(outcome.webhook.as_deref(), outcome.index),
            event: sanitize(&outcome.event),
            event_id: sanitize(&outcome.id),
            state: match outcome.outcome {
                DeliveryStatus::Delivered => State::Delivered,
                DeliveryStatus::Failed | DeliveryStatus::Undelivered => State::Failed,
            },
            accepted: self.at.saturating_sub(elapsed),
            settled: Some(self.at),
            due: None,
            attempts: outcome.attempts,
            elapsed: None,
            status: outcome.status,
            error: outcome.error.as_deref().map(sanitize),
            replays: 0,
            has_body: false,
        }
    }
}

impl Kept<AttemptRecord> {
    fn record(&self) -> store::AttemptRecord {
        let elapsed = milliseconds(self.what.elapsed);
        store::AttemptRecord {
            replay: 0,
            number: self.what.number,
            at: self.at.saturating_sub(elapsed),
            elapsed,
            status: self.what.status,
            error: self.what.error.as_deref().map(sanitize),
            answer: None,
        }
    }
}

impl Recent {
    fn lock(&self) -> std::sync::MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delivery is settled.
    pub fn delivery(&self, mut outcome: DeliveryOutcome) {
        shorten(&mut outcome.event);
        outcome.error.iter_mut().for_each(shorten);
        let mut lists = self.lock();
        let kept = lists.keep(outcome);
        push(&mut lists.deliveries, KEPT, kept);
    }

    /// An attempt came to an end.
    pub fn attempt(&self, mut attempt: AttemptRecord) {
        shorten(&mut attempt.event);
        attempt.error.iter_mut().for_each(shorten);
        let mut lists = self.lock();
        let kept = lists.keep(attempt);
        push(&mut lists.attempts, ATTEMPTS, kept);
    }

    /// Webhooks were asked before an event.
    pub fn decision(&self, asked: &Asked) {
        let mut lists = self.lock();
        let answers = asked.webhooks.iter().zip(&asked.questions);
        let answers = answers.map(|(webhook, question)| AnswerRecord {
            webhook: label(webhook.name.as_deref(), webhook.index),
            delivery: None,
            result: webhook.outcome.name().to_owned(),
            failed_open: question.failed_open,
            attempts: webhook.attempts,
            status: webhook.status,
            error: webhook
                .error
                .as_deref()
                .or(webhook.reason.as_deref())
                .map(sanitize),
            elapsed: milliseconds(question.elapsed),
        });
        let answers: Vec<_> = answers.collect();
        let elapsed = milliseconds(asked.elapsed);
        let record = DecisionRecord {
            seq: lists.next(),
            event: sanitize(&asked.event),
            event_id: sanitize(&asked.id),
            at: times::now().saturating_sub(elapsed),
            elapsed,
            cancelled: asked.is_cancelled(),
            failed_open: answers.iter().any(|answer| answer.failed_open),
            reason: asked.reason().map(sanitize),
            answers,
        };
        push(&mut lists.decisions, KEPT, record);
    }

    /// The newest deliveries that a filter means, newest first.
    pub fn deliveries(&self, filter: &DeliveryFilter, limit: usize) -> Vec<DeliveryRecord> {
        let is_meant = |one: &DeliveryRecord| {
            (filter.states.is_empty() || filter.states.contains(&one.state))
                && (filter.ids.is_empty() || filter.ids.contains(&one.id))
                && is(&filter.webhook, &one.webhook)
                && is(&filter.event, &one.event)
                && is(&filter.event_id, &one.event_id)
                && within(one.accepted, filter.since, filter.until)
                && filter
                    .before
                    .is_none_or(|before| (one.accepted, one.seq) < before)
        };
        let lists = self.lock();
        let records = lists.deliveries.iter().map(Kept::<DeliveryOutcome>::record);
        let mut found: Vec<_> = records.filter(is_meant).collect();
        found.sort_by_key(|one| std::cmp::Reverse((one.accepted, one.seq)));
        found.truncate(limit);
        found
    }

    /// The newest decisions that a filter means, newest first.
    pub fn decisions(&self, filter: &DecisionFilter, limit: usize) -> Vec<DecisionRecord> {
        let is_meant = |one: &&DecisionRecord| {
            filter
                .cancelled
                .is_none_or(|wanted| wanted == one.cancelled)
                && filter
                    .failed_open
                    .is_none_or(|wanted| wanted == one.failed_open)
                && filter.webhook.as_ref().is_none_or(|webhook| {
                    one.answers.iter().any(|answer| answer.webhook == *webhook)
                })
                && is(&filter.event, &one.event)
                && is(&filter.event_id, &one.event_id)
                && within(one.at, filter.since, filter.until)
                && filter
                    .before
                    .is_none_or(|before| (one.at, one.seq) < before)
        };
        let lists = self.lock();
        let mut found: Vec<_> = lists.decisions.iter().filter(is_meant).cloned().collect();
        found.sort_by_key(|one| std::cmp::Reverse((one.at, one.seq)));
        found.truncate(limit);
        found
    }

    /// A delivery with its attempts, as far as they are kept.
    pub fn details(&self, id: Uuid) -> Option<Details> {
        let lists = self.lock();
        let delivery = lists.deliveries.iter().map(Kept::<DeliveryOutcome>::record);
        let delivery = delivery.into_iter().find(|one| one.id == id)?;
        let id = id.to_string();
        let own = lists.attempts.iter().filter(|one| one.what.delivery == id);
        Some(Details {
            delivery,
            attempts: own.map(Kept::<AttemptRecord>::record).collect(),
            body: None,
        })
    }
}

fn is(wanted: &Option<String>, text: &str) -> bool {
    wanted.as_deref().is_none_or(|wanted| wanted == text)
}

fn within(time: i64, since: Option<i64>, until: Option<i64>) -> bool {
    since.is_none_or(|since| time >= since) && until.is_none_or(|until| time < until)
}
