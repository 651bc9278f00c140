//! What an error of SQLite means for a store.

use crate::disk::directory::Directory;
use crate::disk::file_system::available;
use crate::error::StoreError;
use crate::health::Trouble;
use rusqlite::{Error, ErrorCode};

/// Below this an error of the disk is taken for a full one: SQLite has other words for it
/// where it happens to the memory that processes share.
const NEARLY_FULL: u64 = 256 << 10;

/// What an error means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Somebody else writes: to be tried again.
    Busy,
    /// Nothing more fits.
    Full,
    /// What is on disk is not what was written.
    Corrupt(String),
    /// Everything else, most of it the disk's.
    Disk(String),
}

impl Failure {
    /// Of an error in this directory.
    pub fn of(error: &Error, directory: &Directory) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(error.to_string())
            }
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen)
                if available(directory.path()).is_some_and(|free| free < NEARLY_FULL) =>
            {
                Self::Full
            }
            _ => Self::Disk(error.to_string()),
        }
    }

    /// As it is told.
    pub fn trouble(self) -> Trouble {
        match self {
            Self::Full => Trouble::Full,
            Self::Corrupt(why) => Trouble::Corrupt(why),
            Self::Disk(why) => Trouble::Disk(why),
            Self::Busy => Trouble::Disk("another process is writing to the store".into()),
        }
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt(error),
            _ => Self::Sqlite(error),
        }
    }
}
