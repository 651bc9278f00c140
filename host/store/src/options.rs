//! How a store is kept.

use crate::notice::Notice;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// A loss of power: each commit waits for the disk.
    #[default]
    Full,
    /// A process that was killed: the operating system writes when it likes.
    Os,
}

/// How a store is kept.
#[derive(Clone)]
pub struct StoreOptions {
    /// What a commit survives.
    pub sync: SyncMode,
    /// History that settled longer ago is removed; dead letters and what waits stay.
    pub keep: Option<Duration>,
    /// Above so many MiB the oldest history is removed; dead letters and what waits stay.
    pub keep_mib: Option<u64>,
    /// Whether bodies of delivered events are kept.
    pub keep_bodies: bool,
    /// So many bytes of each answer are kept at most; 0 keeps none.
    pub keep_answers: usize,
    /// So many bytes of bodies may wait for the disk; then [`accept`](crate::Store::accept)
    /// refuses.
    pub max_pending_bytes: usize,
    /// The wall clock, in milliseconds since 1970: for retention and for the names of files.
    pub clock: Arc<dyn Fn() -> i64 + Send + Sync>,
    /// Is told what happens, on the thread that writes; it must not block.
    pub notify: Arc<dyn Fn(&Notice) + Send + Sync>,
    /// The kind of the file system, as `statfs` says it, instead of asking; for tests.
    pub file_system: Option<u64>,
}

impl StoreOptions {
    /// Everything as by default, with this clock.
    #[must_use]
    pub fn new(clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            sync: SyncMode::Full,
            keep: None,
            keep_mib: None,
            keep_bodies: false,
            keep_answers: 0,
            max_pending_bytes: 64 << 20,
            clock: Arc::new(clock),
            notify: Arc::new(|_| {}),
            file_system: None,
        }
    }
}

impl fmt::Debug for StoreOptions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("StoreOptions")
            .field("sync", &self.sync)
            .field("keep", &self.keep)
            .field("keep_mib", &self.keep_mib)
            .field("keep_bodies", &self.keep_bodies)
            .field("keep_answers", &self.keep_answers)
            .finish_non_exhaustive()
    }
}
