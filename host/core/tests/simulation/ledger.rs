//! What happened, kept apart from what is tested; each entry is checked when it is made.

use crate::bounds::Bounds;
use crate::breaker::Expected;
use crate::endpoint::Answer;
use crate::webhook::{Queued, Webhook};
use lifecycle::{
    Attempt, Capacity, Cause, Change, Deliveries, LACKING, QueueItem, Settled, Time, Verdict,
};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

#[derive(Debug, Default)]
pub struct Ledger {
    /// Of those that are not settled.
    pub deliveries: HashMap<usize, Entry>,
    /// By serial number.
    webhooks: Vec<Expected>,
    pub accepted: usize,
    pub settled: usize,
    pub room: Bounds,
    /// Attempts that ever began, in any process, since they were last replayed.
    pub begun: HashMap<usize, u32>,
    /// That may be repeated: they were not synced when their process died.
    pub repeatable: HashSet<usize>,
    /// Settled, and that is on the disk.
    pub for_good: HashSet<usize>,
}

#[derive(Debug)]
pub struct Entry {
    pub webhook: Rc<Webhook>,
    pub accepted: Time,
    /// Attempts that count.
    pub attempts: u32,
    pub first: Option<Time>,
    /// It must not be sent before.
    pub not_before: Time,
    /// It is the probe of this opening.
    pub probe: Option<u32>,
    pub out: bool,
    /// Of an attempt that has just finished.
    pub verdict: Option<Verdict>,
    /// It comes from the store; until then it may wait for its next attempt.
    pub restored: Option<Time>,
    /// Until then it is counted for how long it stood still.
    pub counted: Time,
}

impl Ledger {
    pub fn webhook(&mut self, serial: usize) -> &mut Expected {
        if self.webhooks.len() <= serial {
            self.webhooks.resize_with(serial + 1, Expected::default);
        }
        &mut self.webhooks[serial]
    }

    pub fn accepted(&mut self, delivery: &Queued, now: Time) {
        self.accepted += 1;
        let entry = Entry {
            webhook: Rc::clone(&delivery.webhook),
            accepted: now,
            attempts: 0,
            first: None,
            not_before: now,
            probe: None,
            out: false,
            verdict: None,
            restored: None,
            counted: now,
        };
        let known = self.deliveries.insert(delivery.id, entry);
        assert!(known.is_none(), "accepted twice");
    }

    pub fn sent(&mut self, id: usize, attempt: &Attempt, now: Time) {
        let entry = self
            .deliveries
            .get_mut(&id)
            .expect("sent after it was settled");
        assert!(!entry.out, "two attempts at a time");
        assert_eq!(attempt.number, entry.attempts + 1, "attempts are counted");
        let first = *entry.first.get_or_insert(attempt.first);
        assert_eq!(attempt.first, first, "the first attempt moved");
        assert!(first >= entry.accepted && first <= now);
        let limits = entry.webhook.limits;
        assert_eq!(attempt.deadline, now + limits.timeout);
        let left = limits.patience.checked_sub(now.since(first));
        let left = left.expect("sent after its time");
        assert!(now >= entry.not_before, "retried too early");
        if entry.restored.take().is_some() {
            let again = attempt.number <= limits.max_tries;
            assert!(again, "tried more often than may be");
        }
        entry.attempts += 1;
        entry.out = true;
        let begun = self.begun.entry(id).or_default();
        let repeated = entry.attempts <= *begun;
        assert!(!repeated || self.repeatable.contains(&id), "repeated");
        *begun = entry.attempts;
        let (webhook, id) = (Rc::clone(&entry.webhook), id);
        let opening = self.webhook(webhook.serial).openings;
        if let Some(entry) = self.deliveries.get_mut(&id) {
            entry.probe = attempt.probe.map(|_| opening);
        }
        self.webhook(webhook.serial)
            .sent(attempt.probe, left, &limits, now);
    }

    /// What an attempt has come to, and what that must do to its breaker.
    pub fn finished(
        &mut self,
        id: usize,
        answer: Answer,
        verdict: Verdict,
        now: Time,
    ) -> Option<Change> {
        let entry = self
            .deliveries
            .get_mut(&id)
            .expect("finished after it was settled");
        assert!(std::mem::take(&mut entry.out));
        entry.verdict = Some(verdict);
        match verdict {
            Verdict::Retry(wait) => entry.not_before = now + wait,
            Verdict::Lacking => {
                entry.not_before = now + LACKING;
                entry.attempts -= 1;
                self.begun.insert(id, entry.attempts);
            }
            _ => {}
        }
        let probe = entry.probe.take();
        let given_up = !matches!(verdict, Verdict::Retry(_) | Verdict::Lacking);
        let webhook = Rc::clone(&entry.webhook);
        let expected = self.webhook(webhook.serial);
        let probe = probe.is_some_and(|opening| opening == expected.openings);
        if verdict == Verdict::Gone {
            expected.is_gone_now();
        }
        expected.finished(answer.health(), probe, given_up, &webhook.limits, now)
    }

    /// Its attempt came to no result.
    pub fn abandoned(&mut self, id: usize) {
        let entry = self
            .deliveries
            .get_mut(&id)
            .expect("abandoned after it was settled");
        let (probe, serial) = (entry.probe.take(), entry.webhook.serial);
        let expected = self.webhook(serial);
        expected.given_back(probe.is_some_and(|opening| opening == expected.openings));
        self.undelivered(id);
    }

    pub fn settled(&mut self, delivery: &Queued, how: Settled, now: Time) {
        assert!(
            !self.for_good.contains(&delivery.id),
            "settled in two lives"
        );
        let entry = self.deliveries.remove(&delivery.id).expect("settled twice");
        self.settled += 1;
        assert!(!entry.out, "settled while its attempt was out");
        assert_eq!(
            delivery.delivery().attempts(),
            entry.attempts,
            "attempts are counted"
        );
        let passed = now.since(entry.accepted);
        let patience = entry.webhook.limits.patience;
        match (how, entry.verdict) {
            (Settled::Delivered, Some(Verdict::Delivered)) => {}
            (
                Settled::Failed(Cause::Attempt),
                Some(Verdict::Failed | Verdict::Gone | Verdict::Cancel),
            ) => {}
            (Settled::Failed(Cause::Attempt), None) => {
                let tries = entry.webhook.limits.max_tries;
                let used_up = entry.restored.is_some() && entry.attempts >= tries;
                assert!(used_up, "given up for no reason");
            }
            (Settled::Failed(Cause::Late), _) => assert!(passed > patience),
            (Settled::Failed(Cause::Held), _) => assert!(passed >= patience),
            (Settled::Failed(Cause::SwitchedOff), _) => {
                assert!(self.webhook(entry.webhook.serial).is_gone());
            }
            (Settled::Failed(Cause::Lacking), Some(Verdict::Lacking)) => {
                assert!(passed + LACKING > patience);
            }
            other => panic!("settled without a reason: {other:?}"),
        }
    }

    /// It was taken out at the end.
    pub fn undelivered(&mut self, id: usize) {
        assert!(self.deliveries.remove(&id).is_some(), "settled twice");
        self.settled += 1;
    }

    /// What holds between two happenings.
    pub fn check(&mut self, deliveries: &Deliveries<Queued>, capacity: &Capacity<usize>) {
        let mut seen = 0;
        for delivery in deliveries.iter() {
            seen += 1;
            let known = self.deliveries.contains_key(&delivery.id);
            assert!(known, "queued after it was settled");
        }
        assert_eq!(seen, self.deliveries.len(), "one is lost, or there twice");
        self.room.check(capacity);
    }

    /// That a webhook's state is what it must be by now.
    pub fn check_webhook(&mut self, webhook: &Webhook) {
        let state = webhook.state.borrow();
        let expected = self.webhook(webhook.serial);
        assert_eq!(state.is_gone(), expected.is_gone());
        assert_eq!(state.breaker.is_closed(), !expected.is_open());
        assert_eq!(
            state.breaker.is_probing(),
            expected.is_probing(),
            "who has the probe?"
        );
    }

    /// That no delivery waits for longer than it may.
    pub fn check_waits(&self, deliveries: &Deliveries<Queued>, now: Time) {
        for (due, delivery) in deliveries.waiting() {
            assert!(due > now, "overdue");
            let entry = &self.deliveries[&delivery.id];
            let held = delivery.delivery().is_held();
            if let Some(longest) = entry.restored.filter(|_| !held) {
                assert!(due <= longest, "it waits for longer than it was to");
            }
            match delivery.delivery().first() {
                Some(first) => {
                    let patience = entry.webhook.limits.patience;
                    assert!(due <= first + patience, "it waits beyond its time");
                }
                None => assert!(entry.restored.is_some(), "it waits for nothing"),
            }
            let breaker = &delivery.webhook.state.borrow().breaker;
            assert!(
                !(held && breaker.is_closed()),
                "held by a breaker that is closed"
            );
        }
    }
}
