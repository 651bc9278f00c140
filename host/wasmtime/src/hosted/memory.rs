//! What an instance holds itself: all its memories together, and its tables.

use super::limits::TABLE_ENTRY;
use super::memory_account::MemoryAccount;
use std::sync::Arc;
use wasmtime::ResourceLimiter;

/// Entries of a table: functions that are called by pointer.
const ENTRIES: usize = 1 << 16;

/// Core instances, tables and memories: a composed component has a few of each.
const COUNTS: (usize, usize, usize) = (64, 16, 8);

/// The limit of one instance.
#[derive(Debug)]
pub(super) struct Memory(pub Arc<MemoryAccount>);

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.0.take(desired.saturating_sub(current)))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes = desired.saturating_sub(current).saturating_mul(TABLE_ENTRY);
        Ok(desired <= ENTRIES && self.0.take(bytes))
    }

    fn instances(&self) -> usize {
        COUNTS.0
    }

    fn tables(&self) -> usize {
        COUNTS.1
    }

    fn memories(&self) -> usize {
        COUNTS.2
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn memories_and_tables_share_one_limit() {
        let mut memory = Memory(MemoryAccount::new(100));
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.memory_growing(0, 24, None).unwrap());
        assert!(memory.table_growing(0, 1, None).unwrap());
        assert!(!memory.0.was_refused());
        assert!(!memory.memory_growing(60, 61, None).unwrap());
        assert!(!memory.table_growing(1, 2, None).unwrap());
        assert!(memory.0.was_refused());
    }
}
