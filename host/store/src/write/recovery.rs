//! What the writer does when a commit fails, and what it looks at now and then.

use crate::delivery::State;
use crate::disk::connection;
use crate::disk::failure::Failure;
use crate::disk::reserve;
use crate::error::{OpenError, Refused, StoreError};
use crate::health::Trouble;
use crate::notice::Notice;
use crate::salvage::replace;
use crate::write::batch::Batch;
use crate::write::counts::Counts;
use crate::write::entry::Entry;
use crate::write::other_processes;
use crate::write::retention::Usage;
use crate::write::shared::lock;
use crate::write::writer::Writer;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, Error};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Pages of the log after which they are copied into the database.
const CHECKPOINT: i32 = 4000;

/// Until it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

impl Writer {
    /// Something failed. What was accepted fails; the rest of the batch is for the next try.
    pub(super) fn recover(&mut self, failure: Failure, batch: Option<&mut Batch>) {
        match failure {
            // It has waited for the other one already.
            Failure::Busy => self.shared.set_trouble(failure.trouble()),
            Failure::Full => {
                self.refuse(Trouble::Full, batch);
                if !reserve::give_up(&self.shared.directory) {
                    self.pause();
                }
            }
            Failure::Disk(_) => match self.unsaved() {
                Some(error) => self.salvage(&error, batch),
                None => {
                    self.refuse(failure.trouble(), batch);
                    if self.reopen().is_err() {
                        self.pause();
                    }
                }
            },
            Failure::Corrupt(error) => self.salvage(&error, batch),
        }
    }

    /// What was wrong with a database that was moved aside, and of which nothing is saved yet.
    /// Until it is, no other one may be written: what waits would be in the file aside alone.
    fn unsaved(&mut self) -> Option<String> {
        if self.aside.is_none() {
            self.aside = replace::unfinished(&self.shared.directory);
        }
        self.aside.as_ref().map(|aside| aside.error.clone())
    }

    /// Nothing that was accepted is in the corrupt file yet, so it fails only if nothing can
    /// take the place of that file.
    fn salvage(&mut self, error: &str, batch: Option<&mut Batch>) {
        if let Err(failed) = self.replace(error) {
            let trouble = Trouble::Corrupt(format!("{error}; {failed}"));
            self.refuse(trouble, batch);
            self.pause();
        }
    }

    fn refuse(&self, trouble: Trouble, batch: Option<&mut Batch>) {
        self.shared.set_trouble(trouble.clone());
        let Some(batch) = batch else { return };
        let open = batch.extract(Entry::is_open);
        let ended = batch
            .entries
            .iter_mut()
            .filter_map(|entry| entry.new.as_mut());
        ended.for_each(|new| new.body = None);
        batch.accepted.set(Err(Refused::Trouble(trouble)));
        self.shared.state().fail(open);
        self.shared.announce(batch.number);
    }

    fn pause(&self) {
        let until = Instant::now() + PAUSE;
        let mut state = self.shared.state();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            if state.abandoned {
                return;
            }
            state = self.shared.sleep(state, left);
        }
    }

    fn close_database(&mut self) {
        self.connection = None;
        drop(lock(&self.shared.pages).take());
    }

    /// What the system has in memory after an error of fsync may not be what is on disk.
    /// Nothing is built on it: all of the log is written into the database and synced, and
    /// the log begins anew.
    fn reopen(&mut self) -> Result<(), OpenError> {
        self.close_database();
        let directory = &self.shared.directory;
        let connection = connection::writer(directory, self.shared.options.sync)?;
        connection
            .wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE)
            .map_err(|error| OpenError::Database {
                directory: directory.path().into(),
                error: error.into(),
            })?;
        self.use_connection(connection);
        Ok(())
    }

    fn replace(&mut self, error: &str) -> Result<(), OpenError> {
        self.connection = None;
        let shared = Arc::clone(&self.shared);
        // Whoever opened the file between its two names would read the old one from then on.
        let mut pages = lock(&shared.pages);
        drop(pages.take());
        shared.state().corrupt = None;
        let (directory, options) = (&shared.directory, &shared.options);
        let aside = match self.aside.take() {
            Some(aside) => aside,
            None => replace::move_aside(directory, error, shared.now())?,
        };
        let aside = self.aside.insert(aside);
        let replaced = replace::replace(directory, options.sync, aside)?;
        drop(pages);
        self.aside = None;
        self.use_connection(replaced.connection);
        self.rest = replaced.rest;
        self.shared.health().salvaged = Some(replaced.salvaged.clone());
        self.read_health();
        self.shared.notify(&Notice::Salvaged(replaced.salvaged));
        Ok(())
    }

    /// A commit went well.
    pub(super) fn recovered(&self) {
        let trouble = self.shared.state().trouble.clone();
        if matches!(trouble, Some(Trouble::Disk(_) | Trouble::Corrupt(_))) {
            self.shared.clear_trouble();
        }
    }

    /// Looks at what others did, at the room on the disk, and whether it works again.
    pub(super) fn tick(&mut self) {
        let trouble = self.shared.state().trouble.clone();
        if self.connection.is_none() {
            self.mend();
        }
        if trouble == Some(Trouble::Full) && reserve::take(&self.shared.directory).is_ok() {
            self.shared.clear_trouble();
        }
        self.retaining = true;
        let Some(connection) = &self.connection else {
            return;
        };
        match look(connection, self.version) {
            Ok((version, changes)) => {
                self.version = version;
                self.from_others = changes.unwrap_or(self.from_others);
                if changes.is_some() {
                    self.read_health();
                }
            }
            Err(error) => match Failure::of(&error, &self.shared.directory) {
                Failure::Busy => {}
                failure => self.recover(failure, None),
            },
        }
        if let Some(connection) = &self.connection {
            if let Ok(usage) = Usage::read(connection) {
                self.shared.health().bytes = usage.bytes();
            }
            if std::mem::take(&mut self.resting) {
                // A store at rest needs no pages in memory.
                drop(connection.release_memory());
            }
        }
        self.resting = true;
    }

    /// The database could not be opened before.
    fn mend(&mut self) {
        let mended = match self.unsaved() {
            Some(error) => self.replace(&error),
            None => self.reopen(),
        };
        match mended {
            Ok(()) => self.recovered(),
            Err(OpenError::Database {
                error: StoreError::Corrupt(error),
                ..
            }) => self.recover(Failure::Corrupt(error.to_string()), None),
            Err(_) => {}
        }
    }

    /// Counts that changed.
    pub(super) fn read_health(&self) {
        if let Some(Ok(counts)) = self.connection.as_ref().map(Counts::read) {
            let mut health = self.shared.health();
            health.waiting = counts.of(State::Waiting);
            health.failed = counts.of(State::Failed);
        }
    }

    /// Copies the log into the database where it is long.
    pub(super) fn checkpoint(&mut self) {
        if self.log_pages.load(Ordering::Relaxed) < self.checkpoint_at.max(CHECKPOINT) {
            return;
        }
        let copied = self
            .connection
            .as_ref()
            .map(|connection| connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE));
        match copied {
            // Somebody reads what is in the log; it goes on growing for a while.
            Some(Ok((pages, copied))) if copied < pages => self.checkpoint_at = pages + CHECKPOINT,
            Some(Err(error)) => {
                // What settles goes on meanwhile.
                self.checkpoint_at = self.log_pages.load(Ordering::Relaxed) + CHECKPOINT / 4;
                match Failure::of(&error, &self.shared.directory) {
                    Failure::Busy => {}
                    failure => self.recover(failure, None),
                }
            }
            _ => self.checkpoint_at = CHECKPOINT,
        }
    }

    /// Leaves one file where that is possible, so that it can be copied.
    pub(super) fn close(&mut self) {
        drop(lock(&self.shared.pages).take());
        if let Some(connection) = self.connection.take() {
            // What fails here is done when the store is opened the next time.
            drop(connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE));
        }
    }
}

/// The number that says whether others wrote, and how many changes there are if they did.
fn look(connection: &Connection, known: i64) -> Result<(i64, Option<i64>), Error> {
    let version = other_processes::version(connection)?;
    if version == known {
        return Ok((version, None));
    }
    Ok((version, Some(other_processes::pending(connection)?)))
}
