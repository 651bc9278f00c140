//! How many may be in flight at an endpoint that is met gently, told again.

use lifecycle::Health;
use std::collections::HashMap;

/// Those that something was restored to; none once they had their bound.
#[derive(Debug, Default)]
pub struct GentleStart(HashMap<usize, Option<usize>>);

impl GentleStart {
    pub fn restored(&mut self, endpoint: usize, most: usize) {
        let first = (most > 1).then_some(1);
        self.0.entry(endpoint).or_insert(first);
    }

    pub fn finished(&mut self, endpoint: usize, health: Option<Health>, most: usize) {
        let Some(Some(bound)) = self.0.get_mut(&endpoint) else {
            return;
        };
        match health {
            Some(Health::Up) => *bound *= 2,
            Some(Health::Down) => *bound = 1,
            None => {}
        }
        if *bound >= most {
            self.0.insert(endpoint, None);
        }
    }

    pub fn bound(&self, endpoint: usize, most: usize) -> usize {
        self.0.get(&endpoint).copied().flatten().unwrap_or(most)
    }
}
