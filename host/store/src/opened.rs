//! What was found when a store was opened.

use crate::salvaged::Salvaged;

/// What was found when a store was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// The database was corrupt.
    pub salvaged: Option<Salvaged>,
    /// Deliveries that wait.
    pub waiting: u64,
    /// Dead letters.
    pub failed: u64,
    /// The last place in the queue that an earlier process gave; what comes now has later ones.
    pub last: i64,
    /// To be hashed with the target of a webhook that is gone: made once for each store.
    pub salt: [u8; 16],
    /// The webhooks that are gone: name, hash of the target, and when.
    pub gone: Vec<(String, Vec<u8>, i64)>,
    /// The webhooks that are paused, and since when.
    pub paused: Vec<(String, i64)>,
}
