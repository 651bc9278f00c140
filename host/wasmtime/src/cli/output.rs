//! Results on standard output, one JSON object a line, from a thread of its own.
//!
//! What is written is flushed as soon as nothing more waits to be, so that a line is
//! never late and many lines share a system call.

use serde::Serialize;
use servo_webhooks::{
    BreakerRecord, BreakerState, DeliveryOutcome, DeliveryState, Observer, Publication,
};
use std::io::{self, BufWriter, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Lines that may wait to be written. When whoever reads them is slower than that,
/// deliveries wait for it.
const WAITING: usize = 4096;

/// The lines of `run`.
pub struct Output {
    lines: Mutex<Option<SyncSender<Vec<u8>>>>,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
    broken: Arc<AtomicBool>,
    /// What is counted on the way.
    pub counts: Counts,
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
    /// Breakers that opened, or stayed open after a probe.
    pub opened: AtomicU64,
}

impl Output {
    /// Starts the thread that writes.
    pub fn start() -> io::Result<Self> {
        let (lines, receiver) = sync_channel(WAITING);
        let broken = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&broken);
        let writer = thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || {
                let written = write(&receiver);
                flag.store(written.is_err(), Ordering::Release);
                written
            })?;
        Ok(Self {
            lines: Mutex::new(Some(lines)),
            writer: Mutex::new(Some(writer)),
            broken,
            counts: Counts::default(),
        })
    }

    /// Writes one line.
    pub fn line(&self, record: &impl Serialize) {
        let Ok(mut line) = serde_json::to_vec(record) else {
            return;
        };
        line.push(b'\n');
        let lines = self
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(lines) = lines {
            // The thread has gone only if its output has; `is_broken` tells.
            let _ = lines.send(line);
        }
    }

    /// Whether standard output is closed.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Acquire)
    }

    /// Writes what waits and ends.
    pub fn finish(&self) -> io::Result<()> {
        drop(
            self.lines
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
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

fn write(lines: &Receiver<Vec<u8>>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    while let Ok(line) = lines.recv() {
        out.write_all(&line)?;
        while let Ok(line) = lines.try_recv() {
            out.write_all(&line)?;
        }
        out.flush()?;
    }
    Ok(())
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
