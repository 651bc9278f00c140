//! Gives free space back to the disk.

use crate::disk::directory::Directory;
use crate::disk::lock::Lock;
use crate::error::StoreError;
use crate::progress::{Progress, Watch};
use crate::read::check::watched;
use crate::read::paged_scan::tell;
use crate::write::retention::Usage;
use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, Error};
use std::fs;

/// What compacting brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the database before.
    pub before: u64,
    /// Bytes of the database after.
    pub after: u64,
    /// It was written anew; while a process has the store, free pages are given back alone.
    pub whole: bool,
}

/// Gives free pages back in short steps. If no process has the store, it is written anew.
pub fn compact(
    connection: &mut Connection,
    directory: &Directory,
    now: i64,
    watch: Watch<'_>,
) -> Result<Compacted, StoreError> {
    let size = || fs::metadata(directory.database()).map(|file| file.len());
    let mut compacted = Compacted {
        before: size()?,
        ..Compacted::default()
    };
    if let Ok(_lock) = Lock::take(directory, now) {
        watched(connection, &mut *watch, |connection| {
            rewrite(connection, directory)?;
            connection
                .wal_checkpoint_v2(None::<&str>, CheckpointMode::TRUNCATE)
                .map(drop)
        })?;
        compacted.whole = true;
    } else {
        give_back(connection, watch)?;
    }
    compacted.after = size()?;
    Ok(compacted)
}

/// Writes the database anew. All of it comes to a temporary file first, and not to memory, which
/// may be less. That file is where there must be room: directories for such files are small on
/// many machines, or are memory. It has no name, so that nothing of it is left by a process that
/// is killed. SQLite has one such place for a process; it is set for as long as this takes, and
/// connections of this crate use no other temporary file.
fn rewrite(connection: &Connection, directory: &Directory) -> Result<(), Error> {
    let place = |path: &str| connection.pragma_update(None, "temp_store_directory", path);
    connection.execute_batch("PRAGMA temp_store = FILE")?;
    if let Some(path) = directory.path().to_str() {
        place(path)?;
    }
    let written = connection.execute_batch("VACUUM");
    let set_back = place("").and_then(|()| connection.execute_batch("PRAGMA temp_store = MEMORY"));
    written.and(set_back)
}

fn give_back(connection: &Connection, watch: Watch<'_>) -> Result<(), StoreError> {
    let mut progress = Progress {
        done: 0,
        total: Some(Usage::read(connection)?.free),
    };
    loop {
        let before = Usage::read(connection)?.free;
        let given = |connection: &Connection| -> Result<(), Error> {
            let mut give = connection.prepare_cached("PRAGMA incremental_vacuum(256)")?;
            let mut rows = give.query(())?;
            while rows.next()?.is_some() {}
            Ok(())
        };
        given(connection)?;
        let after = Usage::read(connection)?.free;
        if after == 0 || after >= before {
            break;
        }
        progress.done += before - after;
        tell(&mut *watch, progress)?;
    }
    connection.wal_checkpoint_v2(None::<&str>, CheckpointMode::PASSIVE)?;
    Ok(())
}
