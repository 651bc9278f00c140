//! Connections to the database of a store.

use crate::disk::directory::{Directory, io_error};
use crate::disk::schema::{self, Found, LATEST};
use crate::error::{OpenError, StoreError};
use crate::options::SyncMode;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// How often a writer looks whether another one is done: those of this crate write in short
/// steps, and leave room between them.
const LOOKS: i32 = 5000;

/// Between two looks. SQLite itself would wait for up to 100 ms, in which it may be overtaken
/// again and again.
const LOOK: Duration = Duration::from_millis(1);

/// How many statements are kept ready.
const STATEMENTS: usize = 64;

/// The connection that writes; it makes the database if there is none, and brings an older one
/// up to date.
///
/// # Errors
/// What SQLite says; the caller tells what is corrupt from what is not.
pub fn writer(directory: &Directory, sync: SyncMode) -> Result<Connection, OpenError> {
    directory
        .create_database()
        .map_err(|error| io_error(&directory.database(), error))?;
    let failed = |error: Error| OpenError::Database {
        directory: directory.path().into(),
        error: error.into(),
    };
    let connection = open(&directory.database(), OpenFlags::SQLITE_OPEN_READ_WRITE);
    let connection = connection.map_err(failed)?;
    let found = schema::look(&connection).map_err(failed)?;
    let version = known(directory, found)?;
    if version == 0 {
        shape(&connection).map_err(failed)?;
    }
    set_up(&connection, sync).map_err(failed)?;
    schema::migrate(&connection, version).map_err(failed)?;
    Ok(connection)
}

/// A connection of another process, that writes now and then. What it removes is overwritten.
pub fn editor(directory: &Directory) -> Result<Connection, OpenError> {
    let opened = existing(directory, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let failed = |error: Error| OpenError::Database {
        directory: directory.path().into(),
        error: error.into(),
    };
    let secure = opened.execute_batch("PRAGMA secure_delete = ON");
    secure.map_err(failed)?;
    Ok(opened)
}

/// A connection that reads. Where the files may be written it can do what a killed process left
/// undone, so it asks for that first.
pub fn reader(directory: &Directory) -> Result<Connection, OpenError> {
    let opened = match existing(directory, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        Err(OpenError::Database {
            error: StoreError::Sqlite(error),
            ..
        }) if matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied)
        ) =>
        {
            existing(directory, OpenFlags::SQLITE_OPEN_READ_ONLY)
        }
        other => other,
    }?;
    let failed = |error: Error| OpenError::Database {
        directory: directory.path().into(),
        error: error.into(),
    };
    opened
        .execute_batch("PRAGMA query_only = ON")
        .map_err(failed)?;
    Ok(opened)
}

/// A connection to a file that may be corrupt, which stays as it is.
pub fn corrupt(file: &Path) -> Result<Connection, Error> {
    open(file, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn existing(directory: &Directory, flags: OpenFlags) -> Result<Connection, OpenError> {
    let failed = |error: Error| OpenError::Database {
        directory: directory.path().into(),
        error: error.into(),
    };
    let opened = unmoved(directory, || {
        let connection = open(&directory.database(), flags)?;
        schema::look(&connection).map(|found| (connection, found))
    });
    let (connection, found) = opened.map_err(failed)?;
    if known(directory, found)? == 0 {
        return Err(OpenError::Missing {
            directory: directory.path().into(),
        });
    }
    Ok(connection)
}

/// Opens the database with its log, which must be of the same one: while a corrupt database is
/// replaced, the old file may be opened with the log of the new one.
fn unmoved<T>(directory: &Directory, mut open: impl FnMut() -> T) -> T {
    loop {
        let file = directory.identity();
        let opened = open();
        if directory.identity() == file {
            return opened;
        }
    }
}

fn open(file: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(file, flags)?;
    connection.busy_handler(Some(|looks| {
        thread::sleep(LOOK);
        looks < LOOKS
    }))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -2048;",
    )?;
    Ok(connection)
}

/// What has to be said before anything is in a database.
pub fn shape(connection: &Connection) -> Result<(), Error> {
    connection.execute_batch(&format!(
        "PRAGMA page_size = {PAGE}; PRAGMA auto_vacuum = INCREMENTAL;"
    ))
}

/// The writer makes checkpoints itself, since SQLite says nothing of those that fail.
fn set_up(connection: &Connection, sync: SyncMode) -> Result<(), Error> {
    let sync = match sync {
        SyncMode::Full => "FULL",
        SyncMode::Os => "NORMAL",
    };
    connection.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {sync};
         PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 67108864;"
    ))
}

/// Bytes of a page. Measured with `examples/store-bench`: with 8192 or 16384 a body of 1 KB takes
/// an eighth less of the disk and of the processor, and a single event waits longer.
pub const PAGE: u32 = 4096;

fn known(directory: &Directory, found: Found) -> Result<i64, OpenError> {
    match found {
        Found::Foreign => Err(OpenError::Foreign {
            file: directory.database(),
        }),
        Found::Store(found) if found > LATEST => Err(OpenError::Newer {
            directory: directory.path().into(),
            found,
            known: LATEST,
        }),
        Found::Store(version) => Ok(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_moved_while_it_is_opened_is_opened_again() -> Result<(), OpenError> {
        let place = std::env::temp_dir().join(format!("store-moved-{}", std::process::id()));
        let directory = Directory::create(&place, None)?;
        drop(writer(&directory, SyncMode::Os)?);
        let mut opened = Vec::new();
        unmoved(&directory, || {
            opened.push(directory.identity());
            if opened.len() == 1 {
                directory
                    .move_aside("aside.db")
                    .map_err(|error| io_error(&place, error))?;
                drop(writer(&directory, SyncMode::Os)?);
            }
            Ok::<_, OpenError>(())
        })?;
        let now = directory.identity();
        std::fs::remove_dir_all(&place).map_err(|error| io_error(&place, error))?;
        assert_eq!(opened.len(), 2);
        assert_eq!(opened.last(), Some(&now));
        Ok(())
    }
}
