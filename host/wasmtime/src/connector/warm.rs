//! Instances that are kept for the shapes with expressions, which take long to compile.
//!
//! One call at a time, and what such an instance keeps depends on the text of the
//! expressions alone. One that trapped, ran over its limits or was called often is
//! thrown away. Keys never come here: signing has instances of its own.

use super::Guest;
use super::bindings::WebhookConnector;
use std::sync::{Mutex, PoisonError};
use wasmtime::Store;

/// How many wait for a call at most.
const KEPT: usize = 8;

/// After so many calls an instance is replaced.
const CALLS: u32 = 1_000;

/// An instance that has been used, and may be again.
pub struct Warm {
    pub store: Store<Guest>,
    pub instance: WebhookConnector,
    calls: u32,
}

/// The instances that wait for a call.
#[derive(Default)]
pub struct Warmed(Mutex<Vec<Warm>>);

impl Warm {
    pub fn new(store: Store<Guest>, instance: WebhookConnector) -> Self {
        Self {
            store,
            instance,
            calls: 0,
        }
    }
}

impl Warmed {
    /// The one that was used last.
    pub fn take(&self) -> Option<Warm> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps one whose call went well.
    pub fn put(&self, mut warm: Warm) {
        warm.calls += 1;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if warm.calls < CALLS && kept.len() < KEPT {
            kept.push(warm);
        }
    }
}
