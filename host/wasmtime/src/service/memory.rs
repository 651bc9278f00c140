//! What an instance holds: all its memories together, and tables.

use wasmtime::ResourceLimiter;

/// Entries of a table: functions that are called by pointer.
const ENTRIES: usize = 1 << 16;

/// Core instances, tables and memories: a composed component has a few of each.
const COUNTS: (usize, usize, usize) = (64, 16, 8);

/// The limit of one instance.
#[derive(Debug)]
pub struct Memory {
    most: usize,
    held: usize,
    refused: bool,
}

impl Memory {
    /// So many bytes.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            held: 0,
            refused: false,
        }
    }

    /// Whether it wanted more.
    pub fn was_refused(&self) -> bool {
        self.refused
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let held = self.held.saturating_add(desired.saturating_sub(current));
        if held > self.most {
            self.refused = true;
            return Ok(false);
        }
        self.held = held;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(desired <= ENTRIES)
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
    fn memories_share_one_limit() {
        let mut memory = Memory::new(100);
        assert!(memory.memory_growing(0, 60, None).unwrap());
        assert!(memory.memory_growing(0, 40, None).unwrap());
        assert!(!memory.was_refused());
        assert!(!memory.memory_growing(60, 61, None).unwrap());
        assert!(memory.was_refused());
    }
}
