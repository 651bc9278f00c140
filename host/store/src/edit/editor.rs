//! Changes a store from any process, whether one delivers from it or not.

use crate::disk::connection;
use crate::disk::directory::Directory;
use crate::disk::lock::Lock;
use crate::edit::compact::Compacted;
use crate::edit::replay::{Replay, Replayed};
use crate::edit::{compact, forget, import, replay};
use crate::error::{OpenError, StoreError};
use crate::filter::DeliveryFilter;
use crate::options::SyncMode;
use crate::progress::Watch;
use crate::salvaged::Salvaged;
use rusqlite::Connection;
use std::path::Path;

/// Changes a store from any process. The one that delivers from it is told by
/// [`Notice`](crate::Notice) within a second or so. All methods block.
#[derive(Debug)]
pub struct Editor {
    directory: Directory,
    connection: Connection,
}

impl Editor {
    /// Opens a store that is there.
    ///
    /// # Errors
    /// If there is none, or it cannot be written, or a later version made it.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        let directory = Directory::existing(directory)?;
        let connection = connection::editor(&directory)?;
        Ok(Self {
            directory,
            connection,
        })
    }

    /// Sends again what a filter means, is settled and has its body: dead letters, and
    /// delivered ones where bodies are kept. Oldest first, with all attempts and all patience.
    ///
    /// # Errors
    /// If the database cannot be written, or the watch ended it; what was replayed by then is.
    pub fn replay(
        &mut self,
        filter: &DeliveryFilter,
        replay: &Replay<'_>,
        watch: Watch<'_>,
    ) -> Result<Replayed, StoreError> {
        replay::replay(&self.connection, filter, replay, watch)
    }

    /// Forgets what a filter means at this time: bodies and answers go, what waits is not sent
    /// any more. With `dry_run` it is only counted. Says how many deliveries it were.
    ///
    /// # Errors
    /// If the database cannot be written, or the watch ended it; what was forgotten by then is.
    pub fn forget(
        &mut self,
        filter: &DeliveryFilter,
        now: i64,
        dry_run: bool,
        watch: Watch<'_>,
    ) -> Result<u64, StoreError> {
        forget::forget(&self.connection, filter, now, dry_run, watch)
    }

    /// Gives free space back to the disk. If no process has the store it is written anew, which
    /// takes twice as much free space as there is in use, and hardly any memory.
    ///
    /// # Errors
    /// If the database cannot be written, or the watch ended it.
    pub fn compact(&mut self, now: i64, watch: Watch<'_>) -> Result<Compacted, StoreError> {
        compact::compact(&mut self.connection, &self.directory, now, watch)
    }

    /// Puts what can be read of a file, which may be corrupt, into a store that no process has;
    /// it is made if there is none. What the store has already stays as it is.
    ///
    /// # Errors
    /// If a process has the store, or nothing of the file can be read, or the watch ended it.
    pub fn salvage(
        directory: &Path,
        file: &Path,
        now: i64,
        watch: Watch<'_>,
    ) -> Result<Salvaged, StoreError> {
        let directory = Directory::create(directory, None)?;
        let _lock = Lock::take(&directory, now)?;
        let connection = connection::writer(&directory, SyncMode::Full)?;
        import::import(&connection, file, watch)
    }
}
