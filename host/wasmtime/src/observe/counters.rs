//! What is counted of everything, and the counters of each webhook.

use crate::config::configuration::Configuration;
use crate::delivery::outcome::{DeliveryOutcome, EventOutcome, WebhookOutcome, WebhookStatus};
use crate::event::decided::Asked;
use crate::observe::webhook_counters::{Answer, WebhookCounters, add};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// On which side of an event something is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Before,
    After,
    Message,
}

impl Side {
    pub(crate) const ALL: [Self; 3] = [Self::Before, Self::After, Self::Message];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Message => "message",
        }
    }

    /// Of an event's name as webhooks are told it.
    pub(crate) fn of(name: &str) -> Self {
        match name.split_once(':') {
            Some(("before", _)) => Self::Before,
            Some(("channel", _)) => Self::Message,
            _ => Self::After,
        }
    }
}

/// What is counted of everything.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// By label. What a reload removed stays as long as something waits for it.
    webhooks: Mutex<HashMap<String, Arc<WebhookCounters>>>,
    /// By [`Side`].
    pub events: [AtomicU64; Side::ALL.len()],
    /// By [`Answer`].
    pub decisions: [AtomicU64; Answer::ALL.len()],
    pub queue_full: AtomicU64,
    pub reload: Reload,
}

/// How the last reload went.
#[derive(Debug, Default)]
pub(crate) struct Reload {
    /// It was refused.
    pub refused: AtomicBool,
    /// When the configuration in force was taken up, in seconds since 1970.
    pub taken_up: AtomicI64,
}

impl Counters {
    /// Gives each webhook of a configuration its counters: those of its label, if there are.
    pub(crate) fn adopt(&self, configuration: &Configuration) {
        let mut webhooks = self.lock();
        for webhook in configuration.webhooks() {
            let counters = webhooks.entry(label(webhook.name.as_deref(), webhook.index));
            let counters = counters.or_default();
            webhook.set_counters(Arc::clone(counters));
        }
        self.reload.refused.store(false, Ordering::Relaxed);
        let now = crate::event::time::unix_milliseconds() / 1000;
        self.reload.taken_up.store(now, Ordering::Relaxed);
    }

    /// An event or a message was handed in.
    pub(crate) fn event(&self, name: &str) {
        add(&self.events[Side::of(name) as usize]);
    }

    /// An event was decided. One that nobody was asked about is none.
    pub(crate) fn decided(&self, asked: &Asked) {
        let is = |status| asked.webhooks.iter().any(|one| one.outcome == status);
        let answer = match asked.is_cancelled() {
            true if is(WebhookStatus::Cancelled) => Answer::Cancelled,
            true => Answer::FailedClosed,
            false if asked.failed_open() => Answer::FailedOpen,
            false if is(WebhookStatus::Proceeded) => Answer::Proceed,
            false => return,
        };
        add(&self.decisions[answer as usize]);
    }

    /// Counts a delivery that was settled before it was one.
    pub(crate) fn settled(&self, outcome: &DeliveryOutcome) {
        let webhook = self.of(outcome.webhook.as_deref(), outcome.index);
        webhook.settled(outcome.outcome);
    }

    /// Counts what was not accepted of an event.
    pub(crate) fn rejected(&self, outcome: &EventOutcome) {
        let rejected = |one: &&WebhookOutcome| one.outcome == WebhookStatus::Rejected;
        for webhook in outcome.webhooks.iter().filter(rejected) {
            self.of(webhook.name.as_deref(), webhook.index).rejected();
        }
    }

    /// The counters of a webhook.
    fn of(&self, name: Option<&str>, index: usize) -> Arc<WebhookCounters> {
        let mut webhooks = self.lock();
        Arc::clone(webhooks.entry(label(name, index)).or_default())
    }

    /// All of them, by label. Those of webhooks that are no longer configured, and for which
    /// nothing waits, are forgotten.
    pub(crate) fn all(&self) -> Vec<(String, Arc<WebhookCounters>)> {
        let mut webhooks = self.lock();
        webhooks.retain(|_, counters| Arc::strong_count(counters) > 1);
        let mut all: Vec<_> = webhooks
            .iter()
            .map(|(label, counters)| (label.clone(), Arc::clone(counters)))
            .collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<WebhookCounters>>> {
        // Nothing panics while it is held; if it did, the map is still whole.
        self.webhooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What metrics call a webhook: its name, else its place. Never its target.
pub(crate) fn label(name: Option<&str>, index: usize) -> String {
    name.map_or_else(|| format!("#{index}"), str::to_owned)
}
