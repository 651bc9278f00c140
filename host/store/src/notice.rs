//! What a store tells the process that owns it: to be logged, and acted upon.

use crate::health::Trouble;
use crate::salvaged::Salvaged;
use uuid::Uuid;

/// Something happened that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A commit failed: nothing is accepted until [`Notice::Recovered`].
    Trouble(Trouble),
    /// Things are accepted again.
    Recovered,
    /// The database was corrupt. It was moved aside, and this much was saved. Told twice: when
    /// what waits and the dead letters are saved, and when all history is.
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
