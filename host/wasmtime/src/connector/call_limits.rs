//! What each of the connector's functions may use: all limits of the sandbox in
//! one table. They grow with the input, so that what is legal also works.

use super::error::CallError;
use super::functions::Function;
use super::tuning::MEMORY_CEILING;
use std::time::Duration;
use wasmtime::{StoreLimits, StoreLimitsBuilder};

const MIB: usize = 1 << 20;

/// The limits of one call.
pub(super) struct CallLimits {
    /// Which of them.
    pub function: Function,
    /// Wall time.
    pub time: Duration,
    /// Bytes of linear memory.
    pub memory: usize,
    /// Bytes that may cross the boundary, about.
    pub transfer: usize,
}

impl CallLimits {
    /// `parse-config`: once per configuration, of up to 10,000 webhooks and more.
    pub(super) fn for_configuration(size: usize) -> Self {
        let memory = (128 * MIB).saturating_add(size.saturating_mul(4));
        Self {
            function: Function::ParseConfig,
            time: Duration::from_secs(1),
            memory,
            transfer: (16 * MIB).saturating_add(size.saturating_mul(4)),
        }
    }

    /// `select`: once per configuration and event name.
    pub(super) fn for_selection(size: usize) -> Self {
        Self {
            transfer: 8 * MIB + 4 * size,
            time: Duration::from_millis(500),
            ..Self::for_event(Function::Select, size)
        }
    }

    /// `render`, `sign` and `judge`, by the bytes of event, body or answer. They take
    /// microseconds; the rest is for a machine that is busy with other things.
    pub(super) fn for_event(function: Function, size: usize) -> Self {
        let megabytes = u64::try_from(size.div_ceil(MIB)).unwrap_or(u64::MAX);
        Self {
            function,
            time: Duration::from_millis(100 + 10 * megabytes.min(1 << 20)),
            memory: (16 * MIB).saturating_add(size.saturating_mul(4)),
            transfer: (4 * MIB).saturating_add(size.saturating_mul(4)),
        }
    }

    /// `render` of a shape with expressions: an event's values take more than its text, and
    /// the expression is compiled in the first call.
    pub(super) fn for_expressions(size: usize) -> Self {
        let megabytes = u64::try_from(size.div_ceil(MIB)).unwrap_or(u64::MAX);
        Self {
            time: Duration::from_millis(250 + 100 * megabytes.min(1 << 20)),
            memory: (64 * MIB).saturating_add(size.saturating_mul(32)),
            ..Self::for_event(Function::Render, size)
        }
    }

    /// `schema` and `sample`: at a person's request.
    pub(super) fn for_people(function: Function) -> Self {
        Self {
            function,
            time: Duration::from_millis(500),
            memory: 64 * MIB,
            transfer: 16 * MIB,
        }
    }

    /// The part that wasmtime enforces on the store's memory.
    pub(super) fn store_limits(&self) -> StoreLimits {
        StoreLimitsBuilder::new()
            .memory_size(self.memory.min(MEMORY_CEILING))
            .memories(1)
            .tables(4)
            .instances(4)
            .build()
    }

    /// Why a call within these limits gave nothing.
    pub(super) fn failure(&self, error: &wasmtime::Error) -> CallError {
        CallError::new(self.function.name(), self.time, self.memory, error)
    }
}
