//! Compiled expressions, so that none is compiled twice.

use super::Pattern;
use std::collections::HashMap;
use std::rc::Rc;

/// The most that are kept.
const MOST: usize = 64;

/// Patterns by their text and flags.
#[derive(Debug, Default)]
pub struct Patterns(HashMap<(Box<str>, Box<str>), Rc<Pattern>>);

impl Patterns {
    /// One that is known.
    #[must_use]
    pub fn get(&self, pattern: &str, flags: &str) -> Option<Rc<Pattern>> {
        // Most expressions have none, or one.
        if self.0.is_empty() {
            return None;
        }
        self.0.get(&(pattern.into(), flags.into())).cloned()
    }

    /// One that is known now.
    ///
    /// # Errors
    /// If it cannot be compiled.
    pub fn add(&mut self, pattern: &str, flags: &str) -> Result<Rc<Pattern>, String> {
        if let Some(known) = self.get(pattern, flags) {
            return Ok(known);
        }
        let compiled = Rc::new(Pattern::compile(pattern, Some(flags))?);
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let key = (pattern.into(), flags.into());
        self.0.insert(key, Rc::clone(&compiled));
        Ok(compiled)
    }
}
