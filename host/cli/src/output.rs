//! Results of what goes on working, on standard output, one JSON object a line.
//!
//! What becomes of an event that was taken is written down without waiting: deliveries
//! are not held up by whoever reads. So whoever takes events waits for room first, and
//! what is in line is no more than what the deliveries come to that wait already.

use super::exit::Failure;
use super::failed::FailedFile;
use super::json;
use super::records::{self, EventRecord, stamped};
use super::signals::Signals;
use super::stdio::{self, Queue, Still, Trouble};
use super::unread_outcomes;
use anstream::adapter::strip_bytes;
use anyhow::Context;
use serde::Serialize;
use servo_webhooks::{EventOutcome, Input, WebhookOutcome, WebhookStatus};
use std::cell::{LazyCell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// After a signal, the time in which nothing may be read.
const STILL: Duration = Duration::from_millis(300);

/// The same after a second one.
const STILL_AT_LAST: Duration = Duration::from_millis(150);

/// Bytes of memory that a thread keeps for its next line.
const KEPT: usize = 4 << 10;

thread_local! {
    /// The line that a thread is writing down.
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The lines of `run`, `serve` and `listen`.
pub struct Output {
    pub queue: &'static Queue,
    /// What is counted on the way.
    pub counts: Counts,
    /// Where what was not delivered is kept, if that is asked for.
    pub failed: Option<FailedFile>,
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
    /// Answers that were not published, since nobody read what was before them.
    pub unpublished: AtomicU64,
}

impl Counts {
    /// Deliveries that did not get through, whatever became of them, and answers that did not.
    pub fn lost(&self) -> u64 {
        [
            &self.failed,
            &self.undelivered,
            &self.rejected,
            &self.unpublished,
        ]
        .map(|count| count.load(Ordering::Relaxed))
        .iter()
        .sum()
    }
}

impl Output {
    /// Starts the thread that writes.
    pub fn start() -> anyhow::Result<Self> {
        let queue = stdio::detached_output();
        Ok(Self {
            queue: queue.context("no thread for standard output can be started")?,
            counts: Counts::default(),
            failed: None,
        })
    }

    /// The same, and keeps what is not delivered in a file, if one is named; events come from
    /// `events`, if they come from a file.
    pub fn keeping(
        file: Option<&Path>,
        events: Option<&Path>,
        source: &str,
    ) -> Result<Arc<Self>, Failure> {
        let mut output = Self::start()?;
        if let Some(file) = file {
            let opened = FailedFile::open(file, events, source);
            output.failed = Some(opened.map_err(Failure::unusable)?);
        }
        Ok(Arc::new(output))
    }

    /// Writes one record, with its time.
    pub fn record(&self, record: &impl Serialize) {
        self.line(&stamped(record));
    }

    /// Writes one line of JSON.
    pub fn line(&self, record: &impl Serialize) {
        // Written down apart: the queue is locked to copy it, and no longer.
        LINE.with_borrow_mut(|line| {
            line.clear();
            line.extend_from_slice(stdio::before_output().as_bytes());
            if serde_json::to_writer(&mut *line, record).is_ok() {
                json::escape_unseen(line);
                line.push(b'\n');
                self.queue.push(line);
            }
            line.shrink_to(KEPT);
        });
    }

    /// Writes lines for people.
    pub fn text(&self, text: &str) {
        if stdio::output_is_colored() {
            self.queue.push(text.as_bytes());
        } else {
            self.queue.push(&strip_bytes(text.as_bytes()).into_vec());
        }
    }

    /// Writes down what became of an event or a message, and what may be wrong with it; says
    /// how.
    pub fn outcome<'a>(&self, outcome: &'a EventOutcome, warnings: Vec<String>) -> EventRecord<'a> {
        for webhook in &outcome.webhooks {
            if webhook.outcome == WebhookStatus::Rejected {
                self.counts.rejected.fetch_add(1, Ordering::Relaxed);
            }
        }
        let record = records::event(outcome, warnings);
        self.line(&record);
        record
    }

    /// Keeps what there was no room for, if that is asked for.
    pub fn keep_rejected(&self, input: &Input, outcome: &EventOutcome) {
        let Some(failed) = &self.failed else { return };
        let rejected = |webhook: &&WebhookOutcome| webhook.outcome == WebhookStatus::Rejected;
        // An event may be large, and most are not rejected.
        let line = LazyCell::new(|| input.line());
        for webhook in outcome.webhooks.iter().filter(rejected) {
            failed.add(&line, webhook.name.as_deref(), webhook.index);
        }
    }

    /// Waits until more can be taken, or nothing can be written any more.
    pub async fn room(&self) {
        self.queue.room().await;
    }

    /// Waits until nothing can be written any more.
    pub async fn closed(&self) {
        self.queue.closed().await;
    }

    /// Waits until its disk has been full for so long.
    pub async fn full_for(&self, time: Duration) {
        self.queue.full_for(time).await;
    }

    /// Whether nothing can be written any more.
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Why no more should be taken, if it is so.
    pub fn refusal(&self) -> Option<String> {
        if !self.queue.is_held() {
            return None;
        }
        Some(match self.queue.trouble() {
            Some(trouble) => format!("standard output cannot be written: {}", trouble.said()),
            None => "standard output is not being read".to_owned(),
        })
    }

    /// Writes what waits. Whoever reads has all the time there is, until a signal comes;
    /// if one has come, as long as it reads. What it did not take of deliveries that were
    /// not made goes to the log.
    ///
    /// # Errors
    /// If not all is written, which is logged.
    pub async fn finish(&self, signals: &mut Signals, interrupted: bool) -> Result<(), Still> {
        if !interrupted {
            tokio::select! {
                emptied = self.queue.emptied(Duration::MAX) => return self.told(emptied).await,
                _ = signals.next() => {}
            }
        }
        let still = if signals.heard() > 1 {
            STILL_AT_LAST
        } else {
            STILL
        };
        let emptied = tokio::select! {
            emptied = self.queue.emptied(still) => emptied,
            _ = signals.next() => self.queue.emptied(STILL_AT_LAST).await,
        };
        self.told(emptied).await
    }

    async fn told(&self, emptied: Result<(), Still>) -> Result<(), Still> {
        let Err(still) = emptied else { return Ok(()) };
        let unwritten = self.queue.unwritten();
        let lines = unwritten.split(|byte| *byte == b'\n');
        let (mut count, mut heard) = (0_u64, true);
        for line in lines.filter(|line| !line.is_empty()) {
            count += 1;
            if heard && unread_outcomes::report(line) && count % 256 == 0 {
                // Standard error has a bound too: as much as it takes, and no longer.
                heard = stdio::settle(STILL_AT_LAST);
            }
        }
        match still {
            Still::Unread => tracing::error!(
                lines = count,
                "{count} lines were not written: standard output is not being read"
            ),
            Still::Troubled(Trouble::Full(_)) => tracing::error!(
                lines = count,
                "{count} lines were not written: the disk of standard output is full"
            ),
            Still::Troubled(Trouble::Closed(_)) => tracing::error!(
                lines = count,
                "{count} lines were not written: standard output is closed"
            ),
        }
        Err(still)
    }
}
