//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why a store cannot be opened. Nothing was changed on disk.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process owns it.
    #[error("{} is in use by process {pid}, which started at {since}", directory.display())]
    InUse {
        /// The store.
        directory: PathBuf,
        /// Of the other process, as it wrote it down.
        pid: String,
        /// When that process opened the store, as it wrote it down.
        since: String,
    },
    /// SQLite's write-ahead log does not work there.
    #[error("{} is on {kind}: a store must be on a local disk", directory.display())]
    NetworkFileSystem {
        /// The store.
        directory: PathBuf,
        /// What kind of a file system it is.
        kind: &'static str,
    },
    /// There is no store.
    #[error("there is no store in {}", directory.display())]
    Missing {
        /// Where one was looked for.
        directory: PathBuf,
    },
    /// It was made by a later version.
    #[error("{} was made by a later version (format {found}, this one knows {known})", directory.display())]
    Newer {
        /// The store.
        directory: PathBuf,
        /// Its format.
        found: i64,
        /// The latest format that is known.
        known: i64,
    },
    /// The database belongs to something else.
    #[error("{} is not a store of servo-webhooks", file.display())]
    Foreign {
        /// The database.
        file: PathBuf,
    },
    /// A file or folder cannot be read or made.
    #[error("{}: {error}", path.display())]
    Io {
        /// What was to be opened.
        path: PathBuf,
        /// Why not.
        #[source]
        error: io::Error,
    },
    /// SQLite says no.
    #[error("{}: {error}", directory.display())]
    Database {
        /// The store.
        directory: PathBuf,
        /// Why not.
        #[source]
        error: StoreError,
    },
}

/// Why something was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The last commit failed, and until one succeeds nothing is accepted.
    #[error("{0}")]
    Trouble(crate::health::Trouble),
    /// The disk is slower than what comes.
    #[error("the disk does not keep up")]
    Slow,
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

/// Why a question to a store has no answer, or a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("{0}")]
    Sqlite(#[source] rusqlite::Error),
    /// The database is corrupt.
    #[error("the database is corrupt: {0}")]
    Corrupt(rusqlite::Error),
    /// Another process wrote for too long.
    #[error("another process is writing to the store")]
    Busy,
    /// There is nothing to write to any more.
    #[error("the store is closed")]
    Closed,
    /// The time was over, and so many changes were not on disk.
    #[error("{0} changes are not on disk")]
    Unwritten(u64),
    /// The watch asked for the end.
    #[error("cancelled")]
    Cancelled,
    /// What was read cannot be written on.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A record cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Database { error, .. } => error,
            other => Self::Io(io::Error::other(other)),
        }
    }
}
