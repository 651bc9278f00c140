//! Which lines a file has, so that none is added twice.

use serde_json::value::RawValue;
use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashSet};
use std::hash::BuildHasher;

/// Which lines there are already: 128 bits of each.
pub struct Known {
    hashers: (RandomState, RandomState),
    lines: HashSet<(u64, u64)>,
}

impl Known {
    /// None yet.
    pub fn new() -> Self {
        Self {
            hashers: (RandomState::new(), RandomState::new()),
            lines: HashSet::new(),
        }
    }

    /// Whether a line is the first of its kind, which it is not if another one differs
    /// from it in the time alone. It is remembered.
    pub fn is_new(&mut self, line: &str) -> bool {
        let Ok(mut members) = serde_json::from_str::<BTreeMap<&str, &RawValue>>(line) else {
            return true;
        };
        members.remove("created_at");
        let text: Vec<(&str, &str)> = members
            .iter()
            .map(|(name, value)| (*name, value.get()))
            .collect();
        let (one, other) = &self.hashers;
        self.lines
            .insert((one.hash_one(&text), other.hash_one(&text)))
    }
}
