//! The ledger over a store.

use crate::event::time::unix_milliseconds as now;
use crate::ledger::backlog::Counted;
use crate::ledger::entry::{Entry, EntryTrace, KEPT, Place};
use crate::ledger::health::StoreHealth;
use crate::ledger::options::{StoreOptions, SyncMode};
use crate::ledger::receipt::Receipt;
use crate::ledger::shared::{Shared, log_salvaged};
use rules::trace_context::TraceContext;
use servo_webhooks_store::{self as store, OpenError, Opened, Store};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// Bytes of bodies that may be on their way to the disk before whoever waits hands in more.
const MOST: usize = 16 << 20;

/// Between two looks at what is only on disk.
const LOOK: Duration = Duration::from_millis(100);

/// Writes down what becomes of deliveries and decisions.
pub(crate) struct Ledger {
    pub(super) store: Store,
    pub(super) salt: [u8; 16],
    /// The last place in the queue that an earlier process gave.
    last: i64,
    pub(super) keeps_answers: bool,
    pub(super) gone: Vec<(String, Vec<u8>, i64)>,
    /// Held while it is written which webhooks are switched off.
    pub(super) switching: Mutex<()>,
    pub(super) paused: Vec<(String, i64)>,
    pub(super) directory: PathBuf,
    /// Bytes above which history is removed.
    pub(super) history: u64,
    pub(super) counted: Mutex<Counted>,
    /// What was accepted did not come on disk in the time that there was.
    pub(super) gave_up: AtomicBool,
    pub(super) shared: Arc<Shared>,
}

impl Ledger {
    /// Opens a store. What waits in it is loaded by [`crate::delivery::loader`].
    ///
    /// # Errors
    /// If it cannot be opened; nothing was changed then.
    pub(crate) fn open(options: &StoreOptions) -> Result<Arc<Self>, OpenError> {
        let shared = Arc::new(Shared::new());
        let mut settings = store::StoreOptions::new(now);
        settings.sync = match options.sync {
            SyncMode::Full => store::SyncMode::Full,
            SyncMode::Os => store::SyncMode::Os,
        };
        settings.keep = options.keep;
        settings.keep_mib = options.keep_mib;
        settings.keep_bodies = options.keep_bodies;
        settings.keep_answers = if options.keep_answers { KEPT } else { 0 };
        let told = Arc::clone(&shared);
        settings.notify = Arc::new(move |notice| told.notice(notice));
        let (store, opened) = Store::open(&options.directory, settings)?;
        let told = Arc::clone(&shared);
        store.on_commit(move |number, took| {
            if let Some(took) = took {
                told.commits.observe(took);
            }
            told.look_at_tickets();
            told.drop_written(number);
            told.committed.send_replace(number);
            told.changed.notify_one();
        });
        let Opened {
            salvaged,
            waiting,
            failed,
            last,
            salt,
            gone,
            paused,
        } = opened;
        if let Some(salvaged) = &salvaged {
            log_salvaged(salvaged);
        }
        if waiting + failed > 0 {
            tracing::info!(
                waiting,
                dead_letters = failed,
                "the store has deliveries from an earlier process"
            );
        }
        Ok(Arc::new(Self {
            store,
            last,
            keeps_answers: options.keep_answers,
            salt,
            gone,
            switching: Mutex::default(),
            paused,
            directory: options.directory.clone(),
            history: options.keep_mib.map_or(u64::MAX, |mib| mib << 20),
            counted: Mutex::default(),
            gave_up: AtomicBool::new(false),
            shared,
        }))
    }

    /// Whether what has this place in the queue was accepted by an earlier process. No clock can
    /// say so: it may have been wrong then, or be now.
    pub(crate) fn is_of_before(&self, place: i64) -> bool {
        place <= self.last
    }

    /// Accepts the deliveries of one event: all, or none of them.
    ///
    /// # Errors
    /// Why none can be accepted now.
    pub(crate) fn accept(&self, entries: Vec<Entry>) -> Result<Receipt, String> {
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
            trace: stored_trace(&entry.trace).map(Box::new),
            body: entry.request,
            accepted,
        });
        let deliveries: Vec<_> = deliveries.collect();
        let bytes = deliveries.iter().map(|one| one.body.content().len()).sum();
        let ticket = self.store.accept(deliveries);
        let ticket = ticket.map_err(|refused| format!("the store accepts nothing: {refused}"))?;
        self.shared.writes(&ticket, bytes);
        for ((id, place, webhook), position) in places.into_iter().zip(ticket.queue()..) {
            match place {
                Place::Memory => drop(spill.load(id, ticket.number())),
                Place::Spilled => spill.add(&webhook, position, ticket.number()),
                Place::Nowhere => {}
            }
        }
        drop(spill);
        Ok(Receipt::new(ticket, &self.shared))
    }

    /// Waits until the disk keeps up: what is on its way to it is in memory.
    pub(crate) async fn ready(&self) {
        let mut committed = self.shared.committed.subscribe();
        loop {
            let number = *committed.borrow_and_update();
            if self.shared.unwritten(number) < MOST || committed.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether deliveries of a webhook are only on disk: later ones follow them there.
    pub(crate) fn is_spilled(&self, webhook: &str) -> bool {
        self.shared.spill().is_spilled(webhook)
    }

    /// Whether anything is only on disk.
    pub(crate) fn is_behind(&self) -> bool {
        self.shared.unlisted.load(Ordering::Acquire) > 0 || !self.shared.spill().is_empty()
    }

    /// Waits until something that was only on disk is in memory, or something is free again.
    pub(crate) async fn until_loaded(&self) {
        let loaded = self.shared.loaded.notified();
        if self.is_behind() {
            let _ = timeout(LOOK, loaded).await;
        }
    }

    /// Deliveries that wait, those in memory included.
    pub(crate) fn waiting(&self) -> usize {
        usize::try_from(self.store.health().waiting).unwrap_or(usize::MAX)
    }

    /// Whether someone forgot a delivery that waited.
    pub(crate) fn is_forgotten(&self, id: Uuid) -> bool {
        self.shared.spill().is_forgotten(id)
    }

    /// Waits until somebody may have forgotten what is in memory.
    pub(crate) async fn forgotten(&self) {
        self.shared.forgotten.notified().await;
    }

    /// There may be something to load.
    pub(crate) fn wake(&self) {
        self.shared.changed.notify_one();
    }

    /// Waits until there may be something to load.
    pub(crate) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    pub(crate) fn health(&self) -> StoreHealth {
        StoreHealth::new(self.store.health())
    }
}

/// None, if there is no trace.
fn stored_trace(trace: &EntryTrace) -> Option<store::Trace> {
    let came = trace.came.as_deref();
    let stored = store::Trace {
        traceparent: came.map(|came| came.traceparent().into()),
        tracestate: came
            .map(TraceContext::tracestate)
            .filter(|state| !state.is_empty())
            .map(Box::from),
        span: trace.own.map(|own| own.traceparent().into()),
    };
    (came.is_some() || trace.own.is_some()).then_some(stored)
}

pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
