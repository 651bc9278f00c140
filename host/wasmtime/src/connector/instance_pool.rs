//! Instances that are kept: for the shapes with expressions, which take long to compile,
//! and for all calls of a host that wants it.
//!
//! One call at a time, and what such an instance keeps depends on the text of the
//! expressions alone. One that trapped, ran over its limits or was called often is
//! thrown away. Those that have seen a key are kept apart from all others.

use super::sandbox::Sandbox;
use std::sync::{Mutex, PoisonError};

/// How many wait for a call at most.
const KEPT: usize = 8;

/// After so many calls an instance is replaced.
const CALLS: u32 = 1_000;

/// An instance that has been used, and may be again.
pub(super) struct PooledInstance {
    pub sandbox: Sandbox,
    calls: u32,
}

/// The instances that wait for a call.
#[derive(Default)]
pub(super) struct InstancePool(Mutex<Vec<PooledInstance>>);

impl PooledInstance {
    pub(super) fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, calls: 0 }
    }
}

impl InstancePool {
    /// The one that was used last.
    pub(super) fn take(&self) -> Option<PooledInstance> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps one whose call went well.
    pub(super) fn put(&self, mut warm: PooledInstance) {
        warm.calls += 1;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warm.calls < CALLS && kept.len() < KEPT {
            kept.push(warm);
        }
    }
}
