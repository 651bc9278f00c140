//! Which lines a file has, so that none is added twice.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// Which lines there are already: 128 bits of each.
pub struct SeenLines {
    hashers: (RandomState, RandomState),
    lines: HashSet<(u64, u64)>,
}

impl SeenLines {
    /// None yet.
    pub fn new() -> Self {
        Self {
            hashers: (RandomState::new(), RandomState::new()),
            lines: HashSet::new(),
        }
    }

    /// Whether a line is the first of its kind. It is remembered.
    pub fn is_new(&mut self, line: &str) -> bool {
        let (one, other) = &self.hashers;
        self.lines
            .insert((one.hash_one(line), other.hash_one(line)))
    }
}
