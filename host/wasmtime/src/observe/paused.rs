//! Which webhooks are paused.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Webhooks that are paused, by name, and since when.
#[derive(Debug, Default)]
pub(crate) struct Paused(Mutex<HashMap<String, SystemTime>>);

impl Paused {
    /// As an earlier process left it.
    #[cfg(feature = "store")]
    pub(crate) fn restored(known: impl IntoIterator<Item = (String, SystemTime)>) -> Self {
        Self(Mutex::new(known.into_iter().collect()))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, HashMap<String, SystemTime>> {
        // Nothing panics while it is held; if it did, the map is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn all(&self) -> HashMap<String, SystemTime> {
        self.lock().clone()
    }
}
