//! What an observer is told, by a queue of its own.
//!
//! A thread calls it, so that whatever it does, panics and waiting included, is its own
//! affair. A delivery keeps its permit until it has been told of, which bounds
//! the queue: an observer that stands still stops what is new, and not the memory.

use crate::delivery::capacity::{Capacity, Permit};
use crate::delivery::observer::{AttemptRecord, Observer};
use crate::delivery::outcome::{
    BreakerRecord, DeliveryOutcome, DeliveryStatus, EventOutcome, Publication, WebhookStatus,
};
pub(crate) use crate::delivery::record::message;
use crate::delivery::record::{Note, Record, tell, tell_lost};
use crate::event::decided::{Asked, Told};
use crate::ledger::Ledger;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

/// Between two looks at the queue: records that come within it share a wake-up.
const PAUSE: Duration = Duration::from_millis(1);

/// KiB of publications that may be queued.
const PUBLICATIONS: u32 = 16 << 10;

/// Records that may be queued of what is not bounded otherwise; it is in the log as well.
const NOTES: usize = 1_024;

/// An observer that has taken nothing for so long is not waited for at the end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// The queue to an observer, for all who have something to report. The thread ends with the
/// last of them: a delivery that is being settled when all else has ended is one.
pub(crate) struct Reports {
    shared: Arc<Shared>,
    ledger: Option<Arc<Ledger>>,
}

struct Shared {
    queue: Mutex<ReportQueue>,
    /// Notified when there is something to tell, and when all was told.
    changed: Condvar,
    /// The same, for tasks.
    told_all: Notify,
    /// Records that the observer has been told of.
    told: AtomicU64,
    /// KiB of publications.
    publications: Arc<Semaphore>,
    teller: OnceLock<ThreadId>,
    /// The observer wants attempts, questions and rejections.
    details: bool,
}

#[derive(Default)]
struct ReportQueue {
    records: Vec<Record>,
    notes: usize,
    /// Records so far.
    pushed: u64,
    /// The thread waits to be woken.
    idle: bool,
    /// Nobody reports any more.
    finished: bool,
}

impl Drop for Reports {
    fn drop(&mut self) {
        self.shared.lock().finished = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ReportQueue> {
        // Nothing panics while it is held; if it did, the queue is still whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, observer: &impl Observer) {
        let mut records = Vec::new();
        loop {
            let mut queue = self.lock();
            while queue.records.is_empty() {
                if queue.finished {
                    return;
                }
                queue.idle = true;
                let waited = self.changed.wait(queue);
                queue = waited.unwrap_or_else(PoisonError::into_inner);
            }
            std::mem::swap(&mut queue.records, &mut records);
            queue.notes = 0;
            let finished = queue.finished;
            drop(queue);
            tell_lost(observer, &records);
            for record in records.drain(..) {
                tell(observer, record);
                self.told.fetch_add(1, Ordering::Release);
            }
            // Whoever looked before is waiting by now, and hears it.
            drop(self.lock());
            self.changed.notify_all();
            self.told_all.notify_waiters();
            if !finished {
                thread::sleep(PAUSE);
            }
        }
    }
}

impl Reports {
    /// Starts the thread that tells the observer, within the context of a runtime. The ledger
    /// is told by whoever reports.
    ///
    /// # Errors
    /// If there is no thread to be had.
    pub(crate) fn start(
        observer: impl Observer,
        ledger: Option<Arc<Ledger>>,
        runtime: Handle,
    ) -> io::Result<Arc<Self>> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            told_all: Notify::new(),
            told: AtomicU64::new(0),
            publications: Arc::new(Semaphore::new(PUBLICATIONS as usize)),
            teller: OnceLock::new(),
            details: observer.wants_details(),
        });
        let given = Arc::clone(&shared);
        let teller = thread::Builder::new()
            .name("webhook-reports".to_owned())
            .spawn(move || {
                // An observer may spawn, or send on a channel.
                let _inside = runtime.enter();
                given.tell(&observer);
            })?;
        // The thread is not joined: an observer that hangs would hold up the end.
        let _ = shared.teller.set(teller.thread().id());
        Ok(Arc::new(Self { shared, ledger }))
    }

    fn lock(&self) -> MutexGuard<'_, ReportQueue> {
        self.shared.lock()
    }

    /// What writes down what becomes of deliveries, if there is a store.
    #[cfg(feature = "store")]
    pub(crate) fn shared_ledger(&self) -> Option<Arc<Ledger>> {
        self.ledger.clone()
    }

    /// The same, for as long as somebody reports.
    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.ledger.as_deref()
    }

    /// A delivery is settled; its permit is given back once that has been told. `event` is what it
    /// was to tell, if that was kept.
    pub(crate) fn delivery(
        &self,
        outcome: DeliveryOutcome,
        event: Option<Arc<str>>,
        permit: Permit,
    ) {
        let event = event.filter(|_| outcome.outcome != DeliveryStatus::Delivered);
        self.push(self.lock(), Record::Delivery(outcome, event, permit));
    }

    /// An answer is to be published. Waits while too much is queued.
    pub(crate) async fn publication(&self, publication: Publication) {
        let size = publication.content.len() / 1024 + 1;
        let size = u32::try_from(size).unwrap_or(u32::MAX).min(PUBLICATIONS);
        let permit = Arc::clone(&self.shared.publications)
            .acquire_many_owned(size)
            .await;
        // It is never closed.
        let Ok(permit) = permit else { return };
        self.push(self.lock(), Record::Publication(publication, permit));
    }

    /// A breaker has changed.
    pub(crate) fn breaker(&self, record: BreakerRecord) {
        self.note(Note::Breaker(record));
    }

    /// An attempt has ended; the record is made if it is wanted.
    pub(crate) fn attempt(&self, record: impl FnOnce() -> AttemptRecord) {
        if self.shared.details {
            self.note(Note::Attempt(record()));
        }
    }

    /// The webhooks before an event were asked.
    pub(crate) fn asked(&self, asked: &Asked) {
        if self.shared.details {
            self.note(Note::Before(asked.clone()));
        }
    }

    /// An event that has happened was handed in: whether a webhook did not take it.
    pub(crate) fn rejected(&self, outcome: &EventOutcome) {
        let mut webhooks = outcome.webhooks.iter();
        if self.shared.details && webhooks.any(|one| one.outcome == WebhookStatus::Rejected) {
            self.note(Note::Rejected(Told::new(outcome.clone())));
        }
    }

    fn note(&self, note: Note) {
        let mut queue = self.lock();
        if queue.notes < NOTES {
            queue.notes += 1;
            self.push(queue, Record::Note(note));
        }
    }

    fn push(&self, mut queue: MutexGuard<'_, ReportQueue>, record: Record) {
        queue.records.push(record);
        queue.pushed += 1;
        let idle = std::mem::take(&mut queue.idle);
        drop(queue);
        if idle {
            self.shared.changed.notify_all();
        }
    }

    fn told(&self) -> u64 {
        self.shared.told.load(Ordering::Acquire)
    }

    /// Waits until the observer has been told of everything that is queued by now.
    pub(crate) async fn all_told(&self) {
        let pushed = self.lock().pushed;
        loop {
            let mut told = std::pin::pin!(self.shared.told_all.notified());
            // Before the look, or what happens in between is missed.
            told.as_mut().enable();
            if self.told() >= pushed {
                return;
            }
            told.await;
        }
    }

    /// Waits until nothing is taken of the capacity and the observer has been told of everything, as long as it
    /// takes something every second.
    pub(crate) async fn told_if_taken(&self, capacity: &Capacity) {
        loop {
            let told = self.told();
            let all = async {
                capacity.until_settled().await;
                self.all_told().await;
            };
            if timeout(PATIENCE, all).await.is_ok() {
                return;
            }
            if self.told() == told {
                let left = self.lock().pushed.saturating_sub(told);
                tracing::error!(
                    "the observer has accepted nothing for {}; giving up on it with {left} records left",
                    crate::event::time::display(PATIENCE)
                );
                return;
            }
        }
    }

    /// The same for a thread: at most for a second, and never on that which tells.
    pub(crate) fn until_told(&self) {
        if self.shared.teller.get() == Some(&thread::current().id()) {
            return;
        }
        let end = Instant::now() + PATIENCE;
        let mut queue = self.lock();
        while self.told() < queue.pushed {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.shared.changed.wait_timeout(queue, left);
            (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests;
