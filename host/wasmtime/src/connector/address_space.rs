//! The addresses that this process may reserve (`ulimit -v`). A sandbox reserves gigabytes of
//! them and uses little of that: a limit that is meant for memory can leave no room for one.

use super::call_limits::CallLimits;
use super::engine::Engine;
use super::error::ComponentError;
use super::functions::{Function, Functions};
use super::sandbox::Sandbox;
use crate::outbound::Scarcity;

/// Finds out whether there is room for a sandbox, where there is a limit at all. Without a
/// pool there is, but for few at a time.
pub(super) fn check(engine: &Engine, functions: &Functions) -> Result<(), ComponentError> {
    let Some(limit) = limit().map(|bytes| bytes >> 20) else {
        return Ok(());
    };
    let tried = Sandbox::new(
        engine,
        functions,
        &CallLimits::for_event(Function::Select, 0),
    );
    match tried {
        Err(error) if error.scarcity() == Some(Scarcity::Memory) => {
            Err(ComponentError::AddressSpace { limit })
        }
        _ => {
            if !engine.is_first_way() {
                tracing::warn!(
                    "the address space is limited to {limit} MiB (ulimit -v): sandboxes are not pooled, so events take longer and few are handled at a time; `ulimit -v unlimited` removes the limit"
                );
            }
            Ok(())
        }
    }
}

/// Bytes; none if it is not limited.
#[cfg(unix)]
fn limit() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    getrlimit(Resource::As).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}
