//! What the ledger is told of: a delivery to be accepted, and the ends of attempts and deliveries.

use crate::delivery::outcome::DeliveryStatus;
use crate::render::rendered_request::RenderedRequest;
use crate::trace::ids::SpanIds;
use bytes::Bytes;
use lifecycle::DeliveryProgress;
use rules::trace_context::TraceContext;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Bytes of an answer to a delivery that are kept at the most, if answers are.
pub(crate) const KEPT: usize = 4 << 10;

/// A delivery that is to be accepted.
pub(crate) struct Entry {
    /// `X-Servo-Delivery`.
    pub id: Uuid,
    /// The webhook's name.
    pub webhook: Arc<str>,
    pub request: Arc<RenderedRequest>,
    pub event_id: Box<str>,
    pub trace: EntryTrace,
    pub place: Place,
}

/// The trace that a delivery is part of.
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryTrace {
    /// As it came with the event.
    pub came: Option<Arc<TraceContext>>,
    /// The span of the delivery, if it has one.
    pub own: Option<SpanIds>,
}

/// Where a delivery is once it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In memory, and on disk as well.
    Memory,
    /// Only on disk, until there is capacity for it.
    Spilled,
    /// It is settled at once.
    Nowhere,
}

/// How an attempt ended that did not settle its delivery as delivered at once.
pub(crate) struct AttemptEnd<'a> {
    pub number: u32,
    pub elapsed: Duration,
    pub status: Option<u16>,
    pub error: Option<&'a str>,
    /// The first bytes of the answer, if they are kept.
    pub answer: Option<&'a Bytes>,
}

/// Until when a delivery waits.
pub(crate) struct Wait<'a> {
    /// From now on.
    pub wait: Duration,
    pub progress: DeliveryProgress,
    pub status: Option<u16>,
    pub error: Option<&'a str>,
}

/// How a delivery ended.
pub(crate) struct DeliveryEnd<'a> {
    pub outcome: DeliveryStatus,
    pub attempts: u32,
    /// Of the last attempt.
    pub elapsed: Duration,
    pub status: Option<u16>,
    pub error: Option<&'a str>,
}
