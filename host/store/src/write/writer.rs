//! The thread that writes: it commits what came while its last commit ran, and does in the
//! same transactions what else there is to do.

use crate::disk::failure::Failure;
use crate::disk::lock::Lock;
use crate::error::Refused;
use crate::salvage::replace::Aside;
use crate::salvage::rest::Rest;
use crate::write::batch::Batch;
use crate::write::retention::Retention;
use crate::write::shared::Shared;
use crate::write::webhooks::Webhooks;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// How long a batch ripens: what settles meanwhile never writes its body.
const RIPENING: Duration = Duration::from_millis(3);

/// How often it looks at what others did, at the room on the disk, and at what is too old.
const TICK: Duration = Duration::from_secs(1);

/// The thread that writes.
pub struct Writer {
    /// What it shares with the store's handles.
    pub shared: Arc<Shared>,
    /// None while the database cannot be opened.
    pub connection: Option<Connection>,
    /// What is left to be saved of a corrupt database.
    pub rest: Option<Rest>,
    /// A corrupt database that was moved aside, and of which nothing was saved yet.
    pub aside: Option<Aside>,
    pub(super) webhooks: Webhooks,
    pub(super) retention: Retention,
    /// As of the last look at what others did.
    pub(super) version: i64,
    /// How many changes of others are to be seen to.
    pub(super) from_others: i64,
    /// There is something to remove, or it has to be looked for.
    pub(super) retaining: bool,
    pub(super) too_large: bool,
    /// Nothing was handed in since the last tick.
    pub(super) resting: bool,
    /// Pages of the log.
    pub(super) log_pages: Arc<AtomicI32>,
    /// With how many it is copied the next time.
    pub(super) checkpoint_at: i32,
    ticked: Option<Instant>,
    _lock: Lock,
}

impl Writer {
    /// With a connection that was just opened.
    pub fn new(
        shared: Arc<Shared>,
        connection: Connection,
        lock: Lock,
        rest: Option<Rest>,
    ) -> Self {
        let mut writer = Self {
            shared,
            connection: None,
            rest,
            aside: None,
            _lock: lock,
            webhooks: Webhooks::default(),
            retention: Retention::default(),
            version: 0,
            from_others: 0,
            retaining: true,
            too_large: false,
            resting: false,
            ticked: None,
            log_pages: Arc::default(),
            checkpoint_at: 0,
        };
        writer.use_connection(connection);
        writer
    }

    /// From now on it writes by this one.
    pub fn use_connection(&mut self, mut connection: Connection) {
        self.log_pages = Arc::default();
        let pages = Arc::clone(&self.log_pages);
        // It fails only where there is no memory; then the log is not copied before the end.
        drop(
            connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, count| {
                pages.store(count, Ordering::Relaxed);
                Ok(())
            })),
        );
        self.connection = Some(connection);
        self.webhooks.forget();
        // What others changed is looked for again.
        self.version = 0;
        self.ticked = None;
    }

    /// Runs until the store is closed and everything is written, or given up.
    pub fn run(mut self) {
        // It is the last to be dropped, after the connection and the lock.
        let _ended = Ended(Arc::clone(&self.shared));
        while self.wait() {
            self.cycle();
        }
        self.close();
        drop(self);
    }

    /// Waits for something to do; false when it is over.
    fn wait(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        loop {
            if state.abandoned {
                return false;
            }
            let work = state.pending() > 0
                || state.hurried > 0
                || state.corrupt.is_some()
                || !state.dead_letters.is_empty()
                || self.from_others > 0
                || self.retaining
                || self.rest.is_some();
            if state.closing && state.pending() == 0 && state.hurried == 0 {
                return false;
            }
            let ticked = self.ticked.map_or(TICK, |ticked| ticked.elapsed());
            if work || ticked >= TICK {
                return true;
            }
            state.idle = true;
            state = shared.sleep(state, TICK - ticked);
            state.idle = false;
        }
    }

    fn cycle(&mut self) {
        if self.ticked.is_none_or(|ticked| ticked.elapsed() >= TICK) {
            self.ticked = Some(Instant::now());
            self.tick();
        }
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        if let Some(error) = state.corrupt.take() {
            drop(state);
            self.recover(Failure::Corrupt(error), None);
            state = shared.state();
        }
        state.ripen();
        let queue = state.next_queue;
        state.next_queue += self.from_others;
        let until = Instant::now() + RIPENING;
        while state.hurried == 0 && !state.closing && state.pending() > 0 {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                break;
            };
            state = shared.sleep(state, left);
        }
        let batch = state.take();
        drop(state);
        if let Some(batch) = batch {
            self.write(batch, queue);
        }
        self.checkpoint();
    }

    /// Writes a batch, however long that takes.
    fn write(&mut self, mut batch: Batch, queue: i64) {
        loop {
            match self.transaction(&batch, queue) {
                Ok(Some(done)) => {
                    self.shared.state().writing = 0;
                    self.written(&batch, done);
                    return;
                }
                Ok(None) => {
                    let refused = batch.refuse();
                    self.shared.state().fail(refused);
                    self.shared.announce(batch.number);
                }
                Err(failure) => self.recover(failure, Some(&mut batch)),
            }
            let mut state = self.shared.state();
            // What was refused is not to be written any more.
            state.writing = batch.len();
            if state.abandoned {
                batch.accepted.set(Err(Refused::Closed));
                batch.settled.set(Err(Refused::Closed));
                return;
            }
        }
    }
}

/// Says that the thread has ended, in whatever way.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.end();
    }
}
