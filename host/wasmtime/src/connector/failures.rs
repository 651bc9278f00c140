//! Calls that came to nothing, counted by function and cause.

use super::error::{CallError, Cause};
use super::functions::Function;
use std::sync::atomic::{AtomicU64, Ordering};

/// Calls that came to nothing, counted by function and cause.
#[derive(Debug, Default)]
pub(super) struct Failures([[AtomicU64; Cause::ALL.len()]; Function::ALL.len()]);

impl Failures {
    /// Counts one.
    pub(super) fn count(&self, function: Function, error: &CallError) {
        let counter = &self.0[function as usize][error.cause() as usize];
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// All of them: function, cause, and how many.
    pub(super) fn read(&self) -> Vec<(&'static str, &'static str, u64)> {
        let functions = Function::ALL.into_iter().zip(&self.0);
        functions
            .flat_map(|(function, causes)| {
                let causes = Cause::ALL.into_iter().zip(causes);
                causes.map(move |(cause, count)| {
                    (function.name(), cause.name(), count.load(Ordering::Relaxed))
                })
            })
            .collect()
    }
}
