//! What waits in a store, as it was last counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// What waits, by webhook: how much, and since when.
pub(crate) type Backlog = Arc<[(String, u64, Duration)]>;

/// The last count, and when it was made.
pub(crate) type Counted = Option<(Instant, Backlog)>;
