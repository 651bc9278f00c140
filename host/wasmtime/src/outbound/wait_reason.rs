//! What a request that has no answer yet waits for.

use super::error::NoAnswer;
use super::scarcity::Scarcity;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a request waits for, to be told if its time ends meanwhile.
#[derive(Debug, Default)]
pub(super) struct WaitReason {
    scarcity: Mutex<Option<Scarcity>>,
    failure: Mutex<Option<NoAnswer>>,
}

impl WaitReason {
    pub(super) fn set(&self, want: Option<Scarcity>) {
        *lock(&self.scarcity) = want;
    }

    pub(super) fn get(&self) -> Option<Scarcity> {
        *lock(&self.scarcity)
    }

    /// Why it had no answer so far, and is sent again.
    pub(super) fn note(&self, failure: NoAnswer) {
        *lock(&self.failure) = Some(failure);
    }

    /// Why it had none at last.
    pub(super) fn failure(&self) -> Option<NoAnswer> {
        lock(&self.failure).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
