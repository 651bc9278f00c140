//! How deliveries and decisions are kept.

use std::path::PathBuf;
use std::time::Duration;

/// What a commit survives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SyncMode {
    /// A loss of power: each commit waits for the disk.
    #[default]
    Full,
    /// The end of the process: the operating system writes when it likes.
    Os,
}

/// A directory in which deliveries and decisions are kept, and how.
///
/// With a store an event is accepted when it is on disk, and what waits is delivered after a
/// restart. Each webhook needs a name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoreOptions {
    /// Where it is; made if it is missing. One process at a time has it.
    pub directory: PathBuf,
    /// What an accepted event survives.
    pub sync: SyncMode,
    /// History that settled longer ago is removed. What waits and dead letters stay.
    pub keep: Option<Duration>,
    /// Above so many MiB the oldest history is removed.
    pub keep_mib: Option<u64>,
    /// Keeps the bodies of delivered events, so that they can be replayed.
    pub keep_bodies: bool,
    /// Keeps the first 4 KiB of each answer to a delivery, as far as they come within 250 ms.
    /// Answers to questions before an event are not kept.
    pub keep_answers: bool,
}

impl StoreOptions {
    /// A store in a directory: it survives a loss of power, and keeps the history of seven days
    /// and of 1,024 MiB.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            sync: SyncMode::Full,
            keep: Some(Duration::from_secs(7 * 24 * 60 * 60)),
            keep_mib: Some(1_024),
            keep_bodies: false,
            keep_answers: false,
        }
    }

    /// With another guarantee.
    #[must_use]
    pub fn with_sync(mut self, sync: SyncMode) -> Self {
        self.sync = sync;
        self
    }

    /// With history that is kept for so long.
    #[must_use]
    pub fn with_keep(mut self, keep: Option<Duration>) -> Self {
        self.keep = keep;
        self
    }

    /// With history that takes at most so many MiB.
    #[must_use]
    pub fn with_keep_mib(mut self, keep_mib: Option<u64>) -> Self {
        self.keep_mib = keep_mib;
        self
    }

    /// With the bodies of delivered events.
    #[must_use]
    pub fn with_keep_bodies(mut self, keep_bodies: bool) -> Self {
        self.keep_bodies = keep_bodies;
        self
    }

    /// With the beginnings of answers.
    #[must_use]
    pub fn with_keep_answers(mut self, keep_answers: bool) -> Self {
        self.keep_answers = keep_answers;
        self
    }
}
