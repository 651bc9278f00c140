//! How a store is.

use crate::salvaged::Salvaged;
use std::fmt;

/// How a store is. Cheap to ask for: the writer keeps it up to date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreHealth {
    /// Why nothing is accepted.
    pub trouble: Option<Trouble>,
    /// The database was found corrupt since the store was opened.
    pub salvaged: Option<Salvaged>,
    /// Deliveries on disk that wait.
    pub waiting: u64,
    /// Dead letters on disk.
    pub failed: u64,
    /// Bytes in use in the database.
    pub bytes: u64,
    /// Changes that are not on disk yet.
    pub pending: u64,
    /// Decisions that were not kept since the store was opened, because too many waited for the
    /// disk.
    pub dropped_decisions: u64,
    /// Ends of deliveries that are not in the database, since the store was opened: they could
    /// not be written. It may have had gaps when it was corrupt.
    pub ends_without_delivery: u64,
}

impl StoreHealth {
    /// Whether events are accepted.
    #[must_use]
    pub const fn accepting(&self) -> bool {
        self.trouble.is_none()
    }
}

/// Why a commit failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk is full.
    Full,
    /// The disk failed: what SQLite says.
    Disk(String),
    /// The database is corrupt and could not be replaced.
    Corrupt(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => out.write_str("the disk is full"),
            Self::Disk(why) => write!(out, "the disk failed: {why}"),
            Self::Corrupt(why) => write!(out, "the database is corrupt: {why}"),
        }
    }
}
