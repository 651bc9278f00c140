//! The store of a process, and what that keeps in mind of it.

use crate::store::{Row, Stands, Store};
use lifecycle::Time;
use std::collections::{HashMap, HashSet};

/// How many names there are for webhooks.
pub const NAMES: usize = 8;

/// The store, and what the process that has it keeps in mind.
#[derive(Debug, Default)]
pub struct Disk {
    pub store: Store,
    /// Those that are not settled and not only on disk.
    pub memory: HashSet<usize>,
    /// By webhook.
    pub cursors: HashMap<usize, Cursor>,
    /// Another process changed something, and nobody has looked.
    pub unnoticed: bool,
    /// The clock of the wall is so far ahead of the process's, in nanoseconds.
    pub ahead: i64,
    /// Of a thousand steps, so many are followed by a crash.
    pub crashes: u16,
}

/// What waits for a webhook up to here is in memory; behind it, only some is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    pub at: u64,
    /// Something may wait behind it that is only on disk.
    pub behind: bool,
}

impl Disk {
    pub fn wall(&self, now: Time) -> i64 {
        self.ahead + now.as_nanos().cast_signed()
    }

    /// A process begins: all that waits is only on disk.
    pub fn begin(&mut self) {
        self.memory.clear();
        self.cursors.clear();
        self.unnoticed = true;
        self.notice();
    }

    /// Whatever another process wrote may wait for any webhook.
    pub fn notice(&mut self) {
        if std::mem::take(&mut self.unnoticed) {
            for name in 0..NAMES {
                self.cursors.entry(name).or_default().behind = true;
            }
        }
    }

    /// Where to go on for a webhook; what is in memory is passed by.
    pub fn next(&mut self, name: usize) -> Option<(usize, Row)> {
        let cursor = self.cursors.get_mut(&name).filter(|one| one.behind)?;
        while let Some((queue, id)) = self.store.first_behind(name, cursor.at) {
            let row = self.store.newest(id)?;
            if row.stands == Stands::Waiting && !self.memory.contains(&id) {
                return Some((id, row.clone()));
            }
            cursor.at = queue;
        }
        // What was spilled may be on its way to the disk.
        cursor.behind = !self.store.is_clean();
        None
    }
}
