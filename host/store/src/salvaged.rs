//! What became of a corrupt database.

use std::path::PathBuf;

/// What became of a corrupt database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Salvaged {
    /// Where the corrupt file is now.
    pub moved_to: PathBuf,
    /// What was wrong.
    pub error: String,
    /// Deliveries that wait and were saved.
    pub waiting: u64,
    /// Dead letters that were saved.
    pub failed: u64,
    /// Other history that was saved: deliveries and decisions.
    pub history: u64,
    /// Deliveries that were saved, but whose body could not be read: they are dead letters now.
    pub without_body: u64,
    /// Stretches of tables that could not be read.
    pub gaps: u64,
    /// All of it was gone through, history too.
    pub complete: bool,
}
