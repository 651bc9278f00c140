//! The ledger over a store.

use crate::config::webhook::Webhook;
use crate::delivery::outcome::DeliveryStatus;
use crate::event::time::unix_milliseconds as now;
use crate::ledger::entry::{AttemptEnd, Decision, DeliveryEnd, Entry, Place, Wait};
use crate::ledger::options::StoreOptions;
use crate::ledger::receipt::Receipt;
use crate::ledger::shared::{Shared, log_salvaged};
use crate::ledger::spill::Cursor;
use servo_webhooks_store::{
    self as store, OpenError, Opened, State, Store, StoreError, StoreHealth, Stored,
};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use uuid::Uuid;

/// Between two looks at what is on disk alone.
const LOOK: Duration = Duration::from_millis(100);

/// Writes down what becomes of deliveries and decisions.
pub struct Ledger {
    store: Store,
    salt: [u8; 16],
    gone: Vec<(String, Vec<u8>)>,
    shared: Arc<Shared>,
}

impl Ledger {
    /// Opens a store. What waits in it is loaded by [`crate::delivery::loader`].
    ///
    /// # Errors
    /// If it cannot be opened; nothing was changed then.
    pub fn open(options: &StoreOptions) -> Result<Arc<Self>, OpenError> {
        let shared = Arc::new(Shared {
            spill: Mutex::default(),
            committed: watch::Sender::new(0),
            changed: Notify::new(),
            loaded: Notify::new(),
        });
        let mut settings = store::StoreOptions::new(now);
        settings.sync = options.sync;
        settings.keep = options.keep;
        settings.keep_mib = options.keep_mib;
        settings.keep_bodies = options.keep_bodies;
        let told = Arc::clone(&shared);
        settings.notify = Arc::new(move |notice| told.notice(notice));
        let (store, opened) = Store::open(&options.directory, settings)?;
        let told = Arc::clone(&shared);
        store.on_commit(move |number| {
            told.committed.send_replace(number);
            told.changed.notify_one();
        });
        let Opened {
            salvaged,
            waiting,
            failed,
            salt,
            gone,
        } = opened;
        if let Some(salvaged) = &salvaged {
            log_salvaged(salvaged);
        }
        if waiting + failed > 0 {
            tracing::info!(
                waiting,
                dead_letters = failed,
                "the store has deliveries of before"
            );
        }
        if let Ok(webhooks) = store.waiting_webhooks() {
            let mut spill = shared.spill();
            for webhook in webhooks {
                spill.add(&Arc::from(webhook.webhook), webhook.first, 0);
            }
        }
        Ok(Arc::new(Self {
            store,
            salt,
            gone: gone.into_iter().map(|(name, target, _)| (name, target)).collect(),
            shared,
        }))
    }

    /// Accepts the deliveries of one event: all, or none of them.
    ///
    /// # Errors
    /// Why none can be accepted now.
    pub fn accept(&self, entries: Vec<Entry>) -> Result<Receipt, String> {
        let accepted = now();
        let mut spill = self.shared.spill();
        let places: Vec<_> = entries
            .iter()
            .map(|entry| (entry.id, entry.place, Arc::clone(&entry.webhook)))
            .collect();
        let event: Option<Arc<str>> = entries
            .first()
            .map(|entry| Arc::from(&*entry.request.event));
        let event_id: Option<Arc<str>> = entries.first().map(|entry| Arc::from(&*entry.event_id));
        let deliveries = entries.into_iter().map(|entry| store::NewDelivery {
            id: entry.id,
            webhook: entry.webhook,
            event: event.clone().unwrap_or_default(),
            event_id: event_id.clone().unwrap_or_default(),
            body: entry.request,
            accepted,
        });
        let ticket = self.store.accept(deliveries.collect());
        let ticket = ticket.map_err(|refused| format!("the store accepts nothing: {refused}"))?;
        for ((id, place, webhook), position) in places.into_iter().zip(ticket.queue()..) {
            match place {
                Place::Memory => drop(spill.load(id)),
                Place::Spilled => spill.add(&webhook, position, ticket.number()),
                Place::Nowhere => {}
            }
        }
        drop(spill);
        Ok(Receipt {
            ticket,
            committed: self.shared.committed.subscribe(),
        })
    }

    /// Whether deliveries of a webhook are on disk alone: later ones follow them there.
    pub fn is_spilled(&self, webhook: &str) -> bool {
        self.shared.spill().is_spilled(webhook)
    }

    /// Whether anything is on disk alone.
    pub fn is_behind(&self) -> bool {
        !self.shared.spill().is_empty()
    }

    /// Waits until something that was on disk alone is in memory, or something is free again.
    pub async fn until_loaded(&self) {
        let loaded = self.shared.loaded.notified();
        if self.is_behind() {
            let _ = timeout(LOOK, loaded).await;
        }
    }

    /// Deliveries that wait, those in memory included.
    pub fn waiting(&self) -> usize {
        usize::try_from(self.store.health().waiting).unwrap_or(usize::MAX)
    }

    /// An attempt begins.
    pub fn began(&self, id: Uuid, attempt: u32) {
        self.store.began(id, attempt);
    }

    /// An attempt ended.
    pub fn attempted(&self, id: Uuid, attempt: AttemptEnd<'_>) {
        let elapsed = milliseconds(attempt.elapsed);
        self.store.attempted(
            id,
            store::AttemptEnd {
                number: attempt.number,
                began: now().saturating_sub(elapsed),
                elapsed,
                status: attempt.status,
                error: attempt.error.map(Box::from),
                answer: None,
            },
        );
    }

    /// A delivery waits.
    pub fn waits(&self, id: Uuid, wait: Wait<'_>) {
        let milliseconds_long = milliseconds(wait.wait);
        self.store.waits(
            id,
            store::Wait {
                due: now().saturating_add(milliseconds_long),
                wait: milliseconds_long,
                spent: milliseconds(wait.spent),
                status: wait.status,
                error: wait.error.map(Box::from),
            },
        );
    }

    /// A delivery is settled. One that is undelivered goes on at the next start.
    pub fn settled(&self, id: Uuid, end: DeliveryEnd<'_>) {
        let state = match end.outcome {
            DeliveryStatus::Delivered => State::Delivered,
            _ => State::Failed,
        };
        self.store.settled(
            id,
            store::DeliveryEnd {
                state,
                attempts: end.attempts,
                elapsed: milliseconds(end.elapsed),
                status: end.status,
                error: end.error.map(Box::from),
                at: now(),
            },
        );
        self.shared.spill().unload(id);
    }

    /// Whether a delivery that this process does not settle goes on at the next start.
    pub fn keeps(&self, id: Uuid) -> bool {
        let loaded = self.shared.spill().is_loaded(id);
        loaded && self.store.health().accepting()
    }

    /// Whether someone forgot a delivery that waited.
    pub fn is_forgotten(&self, id: Uuid) -> bool {
        self.shared.spill().is_forgotten(id)
    }

    /// An event was decided.
    pub fn decided(&self, decision: Decision<'_>) {
        let outcome = decision.outcome;
        let elapsed = milliseconds(decision.elapsed);
        let answers = decision.answers().map(|(webhook, asked)| store::Answer {
            webhook: webhook
                .name
                .as_deref()
                .map_or_else(|| format!("#{}", webhook.index).into(), Box::from),
            delivery: asked.delivery,
            result: word(webhook.outcome).into(),
            failed_open: asked.failed_open,
            attempts: webhook.attempts,
            status: webhook.status,
            error: webhook.error.as_deref().map(Box::from),
            elapsed: milliseconds(asked.elapsed),
        });
        self.store.decided(store::Decision {
            event: outcome.event.as_str().into(),
            event_id: outcome.id.as_str().into(),
            at: now().saturating_sub(elapsed),
            elapsed,
            cancelled: outcome.is_cancelled(),
            reason: outcome.reason().map(Box::from),
            answers: answers.collect(),
        });
    }

    /// A webhook's endpoint said that it is gone.
    pub fn gone(&self, webhook: &Webhook) {
        if let (Some(name), Some(target)) = (&webhook.name, self.target(webhook)) {
            self.store.gone(name, &target, now());
        }
    }

    /// Whether a webhook's endpoint said before the start that it is gone.
    pub fn was_gone(&self, webhook: &Webhook) -> bool {
        let target = self.target(webhook);
        let mut gone = self.gone.iter();
        gone.any(|(name, known)| {
            Some(name) == webhook.name.as_ref() && Some(known) == target.as_ref()
        })
    }

    /// Webhooks that were switched off are on again.
    pub fn switch_on<'a>(&self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            self.store.ungone(name);
        }
    }

    /// What stands for a webhook's URL, which is never written.
    fn target(&self, webhook: &Webhook) -> Option<Vec<u8>> {
        let url = webhook.target.as_ref()?.uri().to_string();
        let mut digest = Sha256::new();
        digest.update(self.salt);
        digest.update(url);
        Some(digest.finalize().to_vec())
    }

    /// What is on disk alone.
    pub fn cursors(&self) -> Vec<(Arc<str>, Cursor)> {
        self.shared.spill().cursors()
    }

    /// Reads a page of what is on disk alone, at most so many, without those in memory. Blocks.
    /// Without an answer there is no more, unless it is still to be written.
    pub fn page(
        &self,
        webhook: &str,
        cursor: Cursor,
        limit: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let written = self.store.committed() >= cursor.commit;
        let page = self.store.page(webhook, cursor.after, limit)?;
        if page.is_empty() && written {
            self.shared.spill().finish(webhook, cursor);
            self.shared.loaded.notify_waiters();
        }
        Ok(page)
    }

    /// A delivery of a page comes into memory; whether it was not there.
    pub fn load(&self, id: Uuid) -> bool {
        self.shared.spill().load(id)
    }

    /// A delivery of a page did not come into memory after all.
    pub fn unload(&self, id: Uuid) {
        self.shared.spill().unload(id);
    }

    /// A page is in memory, or part of one, up to a place.
    pub fn advance(&self, webhook: &str, from: i64, to: i64) {
        self.shared.spill().advance(webhook, from, to);
        self.shared.loaded.notify_waiters();
    }

    /// What waits of a webhook becomes dead letters.
    pub fn bury(&self, webhook: &str, cursor: Cursor, why: &str) {
        self.store.bury(webhook, why, now());
        self.shared.spill().finish(webhook, cursor);
    }

    /// Waits until there may be something to load.
    pub async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    /// There may be something to load.
    pub fn wake(&self) {
        self.shared.changed.notify_one();
    }

    pub fn health(&self) -> StoreHealth {
        self.store.health()
    }

    /// Writes everything, and gives the directory up. Blocks.
    pub fn close(&self, limit: Duration) {
        if let Err(error) = self.store.close(limit) {
            tracing::error!("the store could not be closed: {error}");
        }
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// As the event's outcome writes it.
const fn word(status: crate::delivery::outcome::WebhookStatus) -> &'static str {
    use crate::delivery::outcome::WebhookStatus as Status;
    match status {
        Status::Proceeded => "proceeded",
        Status::Cancelled => "cancelled",
        Status::NoAnswer => "no_answer",
        Status::NotAwaited => "not_awaited",
        Status::SwitchedOff => "switched_off",
        Status::Skipped => "skipped",
        Status::Accepted => "accepted",
        Status::Rejected => "rejected",
    }
}
