//! What a store holds beside its instance.

use super::time_limit::TimeLimit;
use wasmtime::StoreLimits;

/// The limits of one call.
#[derive(Default)]
pub(super) struct Guest {
    pub limits: StoreLimits,
    pub time: TimeLimit,
}
