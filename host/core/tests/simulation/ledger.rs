//! What happened, kept apart from what is tested; each entry is checked when it is made.

use crate::breaker::Expected;
use crate::endpoint::Answer;
use crate::webhook::{Queued, Sent, Webhook};
use lifecycle::{
    Attempt, Capacity, Cause, Change, Deliveries, Item, LACKING, QueueFull, Settled, Time, Verdict,
};
use std::collections::HashMap;
use std::rc::Rc;

#[derive(Debug, Default)]
pub struct Ledger {
    /// Of those that are not settled.
    deliveries: HashMap<usize, Entry>,
    /// By serial number.
    webhooks: Vec<Expected>,
    pub accepted: usize,
    pub settled: usize,
    /// Room that is taken: deliveries and bytes at each endpoint, bytes in all.
    room: HashMap<usize, (usize, usize)>,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    webhook: Rc<Webhook>,
    accepted: Time,
    /// Attempts that count.
    attempts: u32,
    first: Option<Time>,
    /// It must not be sent before.
    not_before: Time,
    /// It is the probe of this opening.
    probe: Option<u32>,
    out: bool,
    /// Of an attempt that has just finished.
    verdict: Option<Verdict>,
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
        entry.attempts += 1;
        entry.out = true;
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

    /// Room was asked for, for a delivery; `part` of it belongs to its endpoint.
    pub fn entered(
        &mut self,
        endpoint: usize,
        bytes: usize,
        answer: &Result<(), QueueFull<usize>>,
        (most, part): ((usize, usize), (usize, usize)),
    ) {
        let all: usize = self.room.values().map(|room| room.0).sum();
        let (deliveries, held) = self.room.entry(endpoint).or_default();
        let fits_all = all < most.0;
        let fits_part = *deliveries < part.0 && (*held == 0 || *held + bytes <= part.1);
        match answer {
            Ok(()) => {
                assert!(fits_all && fits_part, "more than may wait");
                *deliveries += 1;
                *held += bytes;
            }
            Err(QueueFull::Everywhere { deliveries }) => {
                assert!(!fits_all && *deliveries == all, "rejected for no reason");
            }
            Err(QueueFull::At { .. }) => assert!(!fits_part, "rejected for no reason"),
        }
    }

    pub fn left(&mut self, endpoint: usize, bytes: usize) {
        let room = self.room.get_mut(&endpoint).expect("left twice");
        (room.0, room.1) = (room.0 - 1, room.1 - bytes);
    }

    pub fn held(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    pub fn freed(&mut self, bytes: usize) {
        self.bytes -= bytes;
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
        let room: usize = self.room.values().map(|room| room.0).sum();
        assert_eq!(capacity.deliveries(), room, "the room does not add up");
        assert_eq!(capacity.bytes(), self.bytes, "the bytes do not add up");
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
            let first = delivery.delivery().first().expect("it waits for nothing");
            let patience = self.deliveries[&delivery.id].webhook.limits.patience;
            assert!(due <= first + patience, "it waits beyond its time");
            let breaker = &delivery.webhook.state.borrow().breaker;
            let held = delivery.delivery().is_held();
            assert!(
                !(held && breaker.is_closed()),
                "held by a breaker that is closed"
            );
        }
    }
}

/// What the connector makes of an answer after an event.
pub fn verdict(sent: &Sent, webhook: &Webhook, now: Time, chance: &mut fastrand::Rng) -> Verdict {
    match sent.answer {
        Answer::Good => Verdict::Delivered,
        Answer::Veto => Verdict::Cancel,
        Answer::Refused | Answer::Unsent => Verdict::Failed,
        Answer::Gone => Verdict::Gone,
        Answer::Lacking => Verdict::Lacking,
        Answer::Busy | Answer::Unavailable | Answer::Nothing => webhook
            .wait(sent.number, now.since(sent.first), chance)
            .map_or(Verdict::Failed, Verdict::Retry),
    }
}
