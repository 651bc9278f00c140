//! How each webhook is at a moment.

use crate::config::webhook::Webhook;
use crate::delivery::outcome::BreakerState;
use crate::observe::counters::label;
use crate::observe::webhook_counters::WebhookCounts;
use crate::webhooks::{Inner, Webhooks};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How a webhook is at a moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebhookSnapshot {
    /// The webhook's name, if it has one.
    pub name: Option<String>,
    /// The webhook's place in the configuration, from 0.
    pub index: usize,
    /// Scheme, host and port of its URL; none if a reference could not be resolved.
    pub origin: Option<String>,
    /// False: configured and silent.
    pub enabled: bool,
    /// A reload removed it, and what it had accepted goes on.
    pub removed: bool,
    /// As written: `before:adjust`.
    pub events: Vec<String>,
    /// Names of pub/sub channels.
    pub channels: Vec<String>,
    /// Why nothing is sent to it until a reload, if so.
    pub switched_off: Option<String>,
    /// Since when its deliveries wait, if somebody paused it.
    pub paused: Option<SystemTime>,
    /// Whether its deliveries are held by its breaker.
    pub breaker: BreakerState,
    /// Deliveries that are not settled; with a store, those only on disk included.
    pub waiting: u64,
    /// Those of them whose attempt is being made.
    pub in_flight: u64,
    /// How long ago the oldest of them was accepted, or was replayed.
    pub oldest_waiting: Option<Duration>,
    /// What was counted of it.
    pub counts: WebhookCounts,
}

/// What waits for a webhook.
#[derive(Clone, Debug, Default)]
struct Backlog {
    /// One that deliveries in memory are for.
    webhook: Option<Arc<Webhook>>,
    waiting: u64,
    in_flight: u64,
    oldest: Option<Duration>,
}

impl Webhooks {
    /// How each webhook of the configuration is, in its order, and behind them those that a
    /// reload removed and for which something waits. It looks at everything that waits, which
    /// takes about a millisecond for each 10,000; with a store it asks that too, at most once in
    /// five seconds, and blocks meanwhile.
    #[must_use]
    pub fn snapshot(&self) -> Vec<WebhookSnapshot> {
        // In this order: what is added meanwhile has not been removed.
        let mut backlogs = self.inner.backlogs();
        let configuration = self.configuration();
        let configured = configuration.webhooks().iter().map(|webhook| {
            let backlog = backlogs.remove(&label(webhook.name.as_deref(), webhook.index));
            WebhookSnapshot {
                enabled: configuration.is_in_use(webhook),
                ..WebhookSnapshot::of(webhook, &backlog.unwrap_or_default())
            }
        });
        let mut all: Vec<_> = configured.collect();
        let mut removed: Vec<_> = backlogs
            .values()
            .filter_map(|backlog| {
                let webhook = backlog.webhook.as_ref()?;
                Some(WebhookSnapshot {
                    removed: true,
                    ..WebhookSnapshot::of(webhook, backlog)
                })
            })
            .collect();
        removed.sort_by(|one, other| (&one.name, one.index).cmp(&(&other.name, other.index)));
        all.append(&mut removed);
        all
    }
}

impl WebhookSnapshot {
    fn of(webhook: &Webhook, backlog: &Backlog) -> Self {
        Self {
            name: webhook.name.clone(),
            index: webhook.index,
            origin: webhook.origin(),
            enabled: true,
            removed: false,
            events: webhook.events.clone(),
            channels: webhook.channels.clone(),
            switched_off: webhook.switched_off(),
            paused: webhook.paused(),
            breaker: webhook.breaker(),
            waiting: backlog.waiting,
            in_flight: backlog.in_flight,
            oldest_waiting: backlog.oldest,
            counts: webhook.counters().read(),
        }
    }
}

impl Inner {
    /// What waits for each webhook, by label: that which a reload removed included.
    fn backlogs(&self) -> HashMap<String, Backlog> {
        let mut in_memory: HashMap<*const Webhook, (Arc<Webhook>, Backlog, Instant)> =
            HashMap::new();
        let now = Instant::now();
        let state = self.queue.lock();
        for (delivery, in_flight) in state.deliveries.all() {
            let webhook = &delivery.webhook;
            // The store knows since when one waits that is sent again.
            let since = match delivery.replays {
                0 => delivery.accepted,
                _ => now,
            };
            let (_, backlog, oldest) = in_memory
                .entry(Arc::as_ptr(webhook))
                .or_insert_with(|| (Arc::clone(webhook), Backlog::default(), since));
            backlog.waiting += 1;
            backlog.in_flight += u64::from(in_flight);
            *oldest = since.min(*oldest);
        }
        drop(state);
        let mut backlogs: HashMap<String, Backlog> = HashMap::new();
        let mut in_memory: Vec<_> = in_memory.into_values().collect();
        // Of several that had the name the one is shown that most waits for.
        in_memory.sort_by_key(|(_, backlog, _)| backlog.waiting);
        for (webhook, found, oldest) in in_memory {
            let label = label(webhook.name.as_deref(), webhook.index);
            let backlog = backlogs.entry(label).or_default();
            backlog.waiting += found.waiting;
            backlog.in_flight += found.in_flight;
            backlog.oldest = backlog.oldest.max(Some(oldest.elapsed()));
            backlog.webhook = Some(webhook);
        }
        if let Some(ledger) = self.context.observer.ledger() {
            for (webhook, waiting, oldest) in ledger.backlog().iter() {
                let backlog = backlogs.entry(webhook.clone()).or_default();
                backlog.waiting = backlog.waiting.max(*waiting);
                backlog.oldest = backlog.oldest.max(Some(*oldest));
            }
        }
        backlogs
    }
}
