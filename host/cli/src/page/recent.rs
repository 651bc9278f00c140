//! The last deliveries and decisions of this process, where no store keeps them.

use rules::sanitize::sanitize;
use servo_webhooks::{Asked, AttemptRecord, DeliveryOutcome, DeliveryStatus, WebhookStatus};
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

/// The last deliveries and decisions of this process. Each text is short.
#[derive(Default)]
pub struct Recent(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    deliveries: VecDeque<DeliveryRecord>,
    decisions: VecDeque<DecisionRecord>,
    attempts: VecDeque<(Uuid, store::AttemptRecord)>,
    number: i64,
}

impl Lists {
    fn next(&mut self) -> i64 {
        self.number += 1;
        self.number
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

impl Recent {
    fn lock(&self) -> std::sync::MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delivery is settled.
    pub fn delivery(&self, outcome: &DeliveryOutcome) {
        let Ok(id) = Uuid::parse_str(&outcome.delivery) else {
            return;
        };
        let (now, mut lists) = (times::now(), self.lock());
        let elapsed = i64::try_from(outcome.elapsed_ms).unwrap_or(i64::MAX);
        let record = DeliveryRecord {
            seq: lists.next(),
            id,
            webhook: label(outcome.webhook.as_deref(), outcome.index),
            event: sanitize(&outcome.event),
            event_id: sanitize(&outcome.id),
            state: match outcome.outcome {
                DeliveryStatus::Delivered => State::Delivered,
                DeliveryStatus::Failed | DeliveryStatus::Undelivered => State::Failed,
            },
            accepted: now.saturating_sub(elapsed),
            settled: Some(now),
            due: None,
            attempts: outcome.attempts,
            elapsed: None,
            status: outcome.status,
            error: outcome.error.as_deref().map(sanitize),
            replays: 0,
            has_body: false,
        };
        push(&mut lists.deliveries, KEPT, record);
    }

    /// An attempt came to an end.
    pub fn attempt(&self, attempt: &AttemptRecord) {
        let Ok(id) = Uuid::parse_str(&attempt.delivery) else {
            return;
        };
        let elapsed = milliseconds(attempt.elapsed);
        let record = store::AttemptRecord {
            replay: 0,
            number: attempt.number,
            at: times::now().saturating_sub(elapsed),
            elapsed,
            status: attempt.status,
            error: attempt.error.as_deref().map(sanitize),
            answer: None,
        };
        push(&mut self.lock().attempts, ATTEMPTS, (id, record));
    }

    /// Webhooks were asked before an event.
    pub fn decision(&self, asked: &Asked) {
        let mut lists = self.lock();
        let answers: Vec<AnswerRecord> = asked
            .webhooks
            .iter()
            .map(|webhook| AnswerRecord {
                webhook: label(webhook.name.as_deref(), webhook.index),
                delivery: None,
                result: result(webhook.outcome).to_owned(),
                // One without an answer cancels, or was passed over.
                failed_open: webhook.outcome == WebhookStatus::NoAnswer && !asked.is_cancelled(),
                attempts: webhook.attempts,
                status: webhook.status,
                error: webhook
                    .error
                    .as_deref()
                    .or(webhook.reason.as_deref())
                    .map(sanitize),
                elapsed: 0,
            })
            .collect();
        let record = DecisionRecord {
            seq: lists.next(),
            event: sanitize(&asked.event),
            event_id: sanitize(&asked.id),
            at: times::now(),
            elapsed: 0,
            cancelled: asked.is_cancelled(),
            failed_open: answers.iter().any(|answer| answer.failed_open),
            reason: asked.reason().map(sanitize),
            answers,
        };
        push(&mut lists.decisions, KEPT, record);
    }

    /// The newest deliveries that a filter means, newest first.
    pub fn deliveries(&self, filter: &DeliveryFilter, limit: usize) -> Vec<DeliveryRecord> {
        let is_meant = |one: &&DeliveryRecord| {
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
        let mut found: Vec<_> = lists.deliveries.iter().filter(is_meant).cloned().collect();
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
        let delivery = lists.deliveries.iter().find(|one| one.id == id)?.clone();
        let own = lists.attempts.iter().filter(|(of, _)| *of == id);
        Some(Details {
            delivery,
            attempts: own.map(|(_, attempt)| attempt.clone()).collect(),
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

/// As the store and the records have it.
const fn result(outcome: WebhookStatus) -> &'static str {
    match outcome {
        WebhookStatus::Proceeded => "proceeded",
        WebhookStatus::Cancelled => "cancelled",
        WebhookStatus::NoAnswer => "no_answer",
        WebhookStatus::NotAwaited => "not_awaited",
        WebhookStatus::SwitchedOff => "switched_off",
        WebhookStatus::Skipped => "skipped",
        WebhookStatus::Accepted => "accepted",
        WebhookStatus::Rejected => "rejected",
    }
}
