//! Webhooks and deliveries as the simulated host has them.

use crate::endpoint::{Answer, Endpoint};
use lifecycle::{
    BreakerLimits, Delivery, DeliveryProgress, Limits, OnError, QueueItem, Time, Verdict,
    WebhookState,
};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// One webhook under one configuration.
#[derive(Debug)]
pub struct Webhook {
    /// Which one, over all configurations.
    pub serial: usize,
    /// What it is called in each configuration that has it.
    pub name: usize,
    pub endpoint: usize,
    pub limits: Limits,
    /// Retries stop after it.
    pub max_tries: u32,
    pub on_error: OnError,
    pub state: RefCell<WebhookState>,
}

impl Webhook {
    pub fn random(name: usize, endpoint: usize, chance: &mut fastrand::Rng) -> Self {
        let max_tries = chance.u32(1..6);
        let ms = Duration::from_millis;
        Self {
            serial: 0,
            name,
            endpoint,
            limits: Limits {
                timeout: ms(*pick(chance, &[50, 1_000, 10_000, 30_000])),
                patience: match max_tries {
                    1 => ms(180_000),
                    _ => ms(*pick(chance, &[0, 1, 900, 5_000, 60_000, 600_000])),
                },
                max_tries,
                breaker: BreakerLimits {
                    after: ms(*pick(chance, &[0, 1_000, 10_000])),
                    hold: ms(*pick(chance, &[0, 5_000, 5_000, 5_000, 100_000])),
                },
            },
            max_tries,
            on_error: *pick(chance, &[OnError::Proceed, OnError::Cancel]),
            state: RefCell::default(),
        }
    }

    /// The wait before a retry, if there is one: as the connector decides it.
    pub fn wait(
        &self,
        number: u32,
        elapsed: Duration,
        chance: &mut fastrand::Rng,
    ) -> Option<Duration> {
        let left = self.limits.patience.checked_sub(elapsed)?;
        let most = Duration::from_secs(1 << number.min(6)).min(left);
        (number < self.max_tries)
            .then(|| Duration::from_nanos(chance.u64(0..=most.as_nanos() as u64)))
    }
}

/// One of several.
pub fn pick<'a, T>(chance: &mut fastrand::Rng, of: &'a [T]) -> &'a T {
    &of[chance.usize(0..of.len())]
}

/// A delivery with what it takes to send it.
#[derive(Debug)]
pub struct Queued {
    pub id: usize,
    pub webhook: Rc<Webhook>,
    pub bytes: usize,
    state: Delivery,
}

impl Queued {
    pub fn new(id: usize, webhook: &Rc<Webhook>, bytes: usize) -> Self {
        Self {
            id,
            webhook: Rc::clone(webhook),
            bytes,
            state: Delivery::default(),
        }
    }

    /// One that was written down.
    pub fn restored(self, progress: DeliveryProgress, now: Time) -> Self {
        let state = Delivery::restored(progress, now);
        Self { state, ..self }
    }
}

impl QueueItem for Queued {
    type Endpoint = usize;

    fn endpoint(&self) -> &usize {
        &self.webhook.endpoint
    }

    fn delivery(&self) -> &Delivery {
        &self.state
    }

    fn with<R>(&mut self, step: impl FnOnce(&mut Delivery, &mut WebhookState, &Limits) -> R) -> R {
        let mut state = self.webhook.state.borrow_mut();
        step(&mut self.state, &mut state, &self.webhook.limits)
    }
}

/// What of an attempt is known when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub number: u32,
    pub first: Time,
    pub ends: Time,
    pub answer: Answer,
}

impl Sent {
    /// An attempt at an endpoint: what it will come to, and when.
    pub fn new(
        attempt: &lifecycle::Attempt,
        now: Time,
        endpoint: &Endpoint,
        chance: &mut fastrand::Rng,
    ) -> Self {
        let (ends, answer) = endpoint.answer(now, attempt.deadline, chance);
        Self {
            number: attempt.number,
            first: attempt.first,
            ends,
            answer,
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
