//! Results on standard output, one JSON object a line, from a thread of its own.
//!
//! A line that comes alone is written at once; lines that follow it within a
//! millisecond are written together, so that many share a system call and a wake-up.

use serde::Serialize;
use servo_webhooks::{
    BreakerRecord, BreakerState, DeliveryOutcome, DeliveryState, EventOutcome, Observer,
    Publication, Settlement,
};
use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Bytes that may wait to be written. When whoever reads them is slower than that,
/// deliveries wait for it.
const WAITING: usize = 1 << 20;

/// Bytes of memory that a thread keeps for its next line.
const KEPT: usize = 4 << 10;

/// The same for the lines that are written together.
const KEPT_TOGETHER: usize = 64 << 10;

/// Between two writes.
const PAUSE: Duration = Duration::from_millis(1);

thread_local! {
    /// The line that a thread is writing down.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The lines of `run` and `serve`.
pub struct Output {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
    /// What is counted on the way.
    pub counts: Counts,
}

/// What the thread that writes is given.
#[derive(Default)]
struct Shared {
    lines: Mutex<Lines>,
    /// Rung when there is something to write, or room for more.
    changed: Condvar,
    broken: AtomicBool,
}

#[derive(Default)]
struct Lines {
    bytes: Vec<u8>,
    finished: bool,
}

/// What became of deliveries, in numbers.
#[derive(Debug, Default)]
pub struct Counts {
    /// Delivered.
    pub delivered: AtomicU64,
    /// Given up.
    pub failed: AtomicU64,
    /// Still waiting at the end.
    pub undelivered: AtomicU64,
    /// For which there was no room.
    pub rejected: AtomicU64,
    /// Breakers that opened, or stayed open after a probe.
    pub opened: AtomicU64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Lines> {
        // Nothing panics while it is held; if it did, the lines are still whole.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, lines: MutexGuard<'a, Lines>) -> MutexGuard<'a, Lines> {
        let waited = self.changed.wait(lines);
        waited.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Deliveries that did not get through, whatever became of them.
    pub fn lost(&self) -> u64 {
        [&self.failed, &self.undelivered, &self.rejected]
            .map(|count| count.load(Ordering::Relaxed))
            .iter()
            .sum()
    }
}

impl Output {
    /// Starts the thread that writes.
    pub fn start() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let given = Arc::clone(&shared);
        let writer = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                let written = write(&given);
                given.broken.store(written.is_err(), Ordering::Release);
                // Whoever looked before is waiting by now, and hears it.
                drop(given.lock());
                given.changed.notify_all();
                written
            })?;
        Ok(Self {
            shared,
            writer: Mutex::new(Some(writer)),
            counts: Counts::default(),
        })
    }

    /// Writes one line.
    pub fn line(&self, record: &impl Serialize) {
        // Written down apart: the lock is held to copy it, and no longer.
        LINE.with_borrow_mut(|line| {
            line.clear();
            if serde_json::to_writer(&mut *line, record).is_ok() {
                line.push(b'\n');
                self.push(line);
            }
            line.shrink_to(KEPT);
        });
    }

    /// Writes down what became of an event or a message.
    pub fn outcome(&self, outcome: &EventOutcome) {
        for webhook in &outcome.webhooks {
            if webhook.outcome == Settlement::Rejected {
                self.counts.rejected.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.line(outcome);
    }

    fn push(&self, line: &[u8]) {
        let mut lines = self.shared.lock();
        while lines.bytes.len() >= WAITING && !self.is_broken() {
            lines = self.shared.wait(lines);
        }
        if lines.finished || self.is_broken() {
            return;
        }
        let first = lines.bytes.is_empty();
        lines.bytes.extend_from_slice(line);
        drop(lines);
        if first {
            self.shared.changed.notify_all();
        }
    }

    /// Whether standard output is closed.
    pub fn is_broken(&self) -> bool {
        self.shared.broken.load(Ordering::Acquire)
    }

    /// Writes what waits and ends.
    pub fn finish(&self) -> io::Result<()> {
        self.shared.lock().finished = true;
        self.shared.changed.notify_all();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match writer.map(JoinHandle::join) {
            Some(Ok(written)) => written,
            Some(Err(_)) => Err(io::Error::other("the thread that writes has died")),
            None => Ok(()),
        }
    }
}

fn write(shared: &Shared) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut bytes = Vec::new();
    loop {
        let mut lines = shared.lock();
        while lines.bytes.is_empty() && !lines.finished {
            lines = shared.wait(lines);
        }
        if lines.bytes.is_empty() {
            return Ok(());
        }
        std::mem::swap(&mut lines.bytes, &mut bytes);
        let (full, finished) = (bytes.len() >= WAITING, lines.finished);
        drop(lines);
        if full {
            shared.changed.notify_all();
        }
        out.write_all(&bytes)?;
        out.flush()?;
        bytes.clear();
        bytes.shrink_to(KEPT_TOGETHER);
        if !finished {
            thread::sleep(PAUSE);
        }
    }
}

/// Writes down what becomes of deliveries.
pub struct Recorder(pub Arc<Output>);

impl Observer for Recorder {
    fn delivery(&self, outcome: DeliveryOutcome) {
        let counts = &self.0.counts;
        let count = match outcome.outcome {
            DeliveryState::Delivered => &counts.delivered,
            DeliveryState::Failed => &counts.failed,
            DeliveryState::Undelivered => &counts.undelivered,
        };
        count.fetch_add(1, Ordering::Relaxed);
        self.0.line(&outcome);
    }

    fn publication(&self, publication: Publication) {
        self.0.line(&publication);
    }

    fn breaker(&self, record: BreakerRecord) {
        if record.state == BreakerState::Open {
            self.0.counts.opened.fetch_add(1, Ordering::Relaxed);
        }
        self.0.line(&record);
    }
}
