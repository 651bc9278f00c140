//! The trace that an event is part of, and the spans that tell of its way.
//!
//! What came with an event is passed on as it is where nobody exports spans. With the feature
//! `traces`, and somebody who takes them, each delivery, question and attempt has a span.

#[cfg(not(feature = "traces"))]
mod absent;
pub(crate) mod attempt_end;
#[cfg(feature = "traces")]
mod attempt_span;
pub(crate) mod attempt_trace;
#[cfg(feature = "traces")]
mod delivery_span;
#[cfg(feature = "traces")]
mod event_span;
#[cfg(feature = "traces")]
mod exporter;
pub(crate) mod ids;
#[cfg(feature = "traces")]
mod otlp_client;
#[cfg(feature = "traces")]
pub(crate) mod settings;
#[cfg(feature = "traces")]
mod sink;
#[cfg(feature = "traces")]
mod span;
#[cfg(all(feature = "store", feature = "traces"))]
mod stored_span;
#[cfg(feature = "traces")]
mod tracer;
#[cfg(feature = "traces")]
mod traces;

#[cfg(not(feature = "traces"))]
pub(crate) use absent::{EventSpan, Span, Tracer};
#[cfg(feature = "traces")]
pub use traces::Traces;
#[cfg(feature = "traces")]
pub(crate) use {event_span::EventSpan, span::Span, tracer::Tracer};
