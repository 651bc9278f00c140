//! How a store is.

use servo_webhooks_store as store;
use std::path::PathBuf;

/// How a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreHealth {
    /// Why no event is accepted, if none is.
    pub trouble: Option<String>,
    /// Deliveries that wait, those in memory included.
    pub waiting: u64,
    /// Deliveries that failed for good, with their bodies.
    pub dead_letters: u64,
    /// Bytes of the database that are in use.
    pub bytes: u64,
    /// What was saved of a database that was corrupt, since the start.
    pub salvaged: Option<Salvage>,
}

/// What was saved of a corrupt database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvage {
    /// Where the corrupt file is now.
    pub moved_to: PathBuf,
    /// What was wrong with it.
    pub error: String,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Dead letters.
    pub dead_letters: u64,
    /// Other deliveries, and decisions.
    pub history: u64,
    /// Deliveries whose body could not be read: they are dead letters now.
    pub without_body: u64,
    /// Stretches of tables that could not be read.
    pub gaps: u64,
}

impl StoreHealth {
    /// Whether events are accepted.
    #[must_use]
    pub fn is_accepting(&self) -> bool {
        self.trouble.is_none()
    }

    pub(super) fn new(health: store::StoreHealth) -> Self {
        let salvaged = health.salvaged.map(|salvaged| Salvage {
            moved_to: salvaged.moved_to,
            error: salvaged.error,
            waiting: salvaged.waiting,
            dead_letters: salvaged.failed,
            history: salvaged.history,
            without_body: salvaged.without_body,
            gaps: salvaged.gaps,
        });
        Self {
            trouble: health.trouble.map(|trouble| trouble.to_string()),
            waiting: health.waiting,
            dead_letters: health.failed,
            bytes: health.bytes,
            salvaged,
        }
    }
}
