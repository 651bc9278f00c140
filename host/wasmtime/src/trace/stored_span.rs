//! Spans of deliveries that were written down.

use crate::event::time::since_unix_milliseconds;
use crate::ledger::Stored;
use crate::trace::ids::{SpanId, SpanIds, TraceId};
use crate::trace::sink::Sink;
use crate::trace::span::{Parent, Span};
use crate::trace::tracer::Tracer;
use rules::trace_context::TraceContext;
use sha2::{Digest, Sha256};
use std::num::{NonZeroU64, NonZeroU128};
use std::sync::Arc;
use std::time::SystemTime;

impl Tracer {
    /// A delivery goes on where it was written down: its span is the one that it had when it was
    /// accepted, by whichever process. A replay begins a trace that is linked to the one of before.
    pub(crate) fn restored(
        &self,
        came: Option<&Arc<TraceContext>>,
        stored: &Stored,
    ) -> Option<Box<Span>> {
        let sink = self.0.as_ref()?;
        let known = stored
            .trace
            .as_deref()
            .and_then(|trace| trace.span.as_deref());
        let known = known.and_then(|text| SpanIds::of(&TraceContext::read(text, "").context?));
        if stored.replays > 0 {
            return Some(Box::new(replayed(sink, came, known, stored)));
        }
        let mut span = Span::begin(sink, came);
        if let Some(ids) = known {
            let above = came.and_then(|came| SpanIds::of(came));
            let above = above.filter(|above| above.trace == ids.trace);
            span.parent = above.map(|above| Parent {
                id: above.span,
                is_remote: true,
            });
            span.ids = ids;
        }
        let age = since_unix_milliseconds(stored.accepted);
        span.began = SystemTime::now().checked_sub(age).unwrap_or(span.began);
        Some(Box::new(span))
    }
}

/// Its ids follow from what was written down, so that they are the same after a restart.
fn replayed(
    sink: &Arc<Sink>,
    came: Option<&Arc<TraceContext>>,
    known: Option<SpanIds>,
    stored: &Stored,
) -> Span {
    let first = known.or_else(|| SpanIds::of(came?));
    let seed = match first {
        Some(first) => first.traceparent(),
        None => stored.id.to_string(),
    };
    let of = |replay: u32| {
        let mut digest = Sha256::new();
        digest.update(&seed);
        digest.update(replay.to_be_bytes());
        let digest: [u8; 32] = digest.finalize().into();
        let (trace, rest) = digest.split_at(16);
        let trace = trace.try_into().map_or(1, u128::from_be_bytes);
        let span = rest[..8].try_into().map_or(1, u64::from_be_bytes);
        let trace = TraceId(NonZeroU128::new(trace).unwrap_or(NonZeroU128::MIN));
        let span = SpanId(NonZeroU64::new(span).unwrap_or(NonZeroU64::MIN));
        SpanIds::root(trace, span, sink.samples(None, trace))
    };
    let before = match stored.replays {
        1 => first,
        replays => Some(of(replays - 1)),
    };
    Span {
        sink: Arc::clone(sink),
        ids: of(stored.replays),
        parent: None,
        link: before.map(Box::new),
        began: SystemTime::now(),
        came: None,
    }
}
