//! The trace that an event is part of, as it is handed in.

use crate::log_limit::{Kind, limited};
use rules::trace_context::{ReadTrace, TraceContext};
use std::sync::Arc;

/// Reads `traceparent` and `tracestate`.
pub(crate) fn read(traceparent: &str, tracestate: &str) -> Option<Arc<TraceContext>> {
    checked(TraceContext::read(traceparent, tracestate))
}

/// What was read; what is wrong with it is logged.
pub(crate) fn checked(read: ReadTrace) -> Option<Arc<TraceContext>> {
    if let Some(warning) = read.warning {
        limited(Kind::Trace, &[warning], |repeated| {
            tracing::warn!(repeated, "{warning}");
        });
    }
    read.context.map(Arc::new)
}
