//! What a store tells the process that owns it: to be logged, and acted upon.

use crate::health::Trouble;
use std::path::PathBuf;
use uuid::Uuid;

/// Something happened that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A commit failed: nothing is accepted until [`Notice::Recovered`].
    Trouble(Trouble),
    /// Things are accepted again.
    Recovered,
    /// The database was corrupt. It was moved aside, and this much was saved.
    Salvaged(Salvaged),
    /// So many deliveries wait again because someone replayed them. The loader finds them at
    /// the end of the queue of these webhooks.
    Replayed {
        /// The names of the webhooks.
        webhooks: Vec<String>,
        /// How many.
        deliveries: u64,
    },
    /// Deliveries that waited were forgotten by someone else: they are not to be sent any
    /// more. They are settled; [`settled`](crate::Store::settled) of them does nothing.
    Forgotten(Vec<Uuid>),
    /// So many deliveries of a webhook became dead letters, as [`bury`](crate::Store::bury)
    /// asked.
    Buried {
        /// The webhook's name.
        webhook: String,
        /// How many.
        deliveries: u64,
    },
    /// All history is gone, and the store is still larger than it may be: what is left waits
    /// or is dead.
    TooLarge {
        /// What is in use.
        bytes: u64,
    },
}

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
}
