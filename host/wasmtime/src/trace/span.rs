//! A span: begun in memory, and told of when it ends.

use crate::trace::ids::{SpanId, SpanIds, TraceId};
use crate::trace::sink::Sink;
use opentelemetry::trace::{Link, SpanContext, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{KeyValue, SpanId as OtelSpanId, TraceId as OtelTraceId};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use rules::trace_context::TraceContext;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

/// A span that has begun. It is told of by [`Span::end`] alone: one that is dropped goes on
/// elsewhere, as a delivery does that is on disk.
pub(crate) struct Span {
    pub(super) sink: Arc<Sink>,
    pub(super) ids: SpanIds,
    pub(super) parent: Option<Parent>,
    /// Another span that this one follows.
    pub(super) link: Option<Box<SpanIds>>,
    pub(super) began: SystemTime,
    /// What it came with, for what vendors say of the trace.
    pub(super) came: Option<Arc<TraceContext>>,
}

/// The span above another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parent {
    pub id: SpanId,
    /// It is of another program.
    pub is_remote: bool,
}

/// What is told of a span.
pub(super) struct Description {
    pub kind: SpanKind,
    pub name: Cow<'static, str>,
    pub attributes: Vec<KeyValue>,
    pub status: Status,
}

impl Span {
    /// A span of now: below the one that asks, or the first of a trace.
    pub(super) fn begin(sink: &Arc<Sink>, came: Option<&Arc<TraceContext>>) -> Self {
        let above = came.and_then(|came| SpanIds::of(came));
        let ids = match above {
            Some(above) => above
                .below()
                .sampled(sink.samples(Some(above), above.trace)),
            None => {
                let trace = TraceId::random();
                SpanIds::root(trace, SpanId::random(), sink.samples(None, trace))
            }
        };
        Self {
            sink: Arc::clone(sink),
            ids,
            parent: above.map(|above| Parent {
                id: above.span,
                is_remote: true,
            }),
            link: None,
            began: SystemTime::now(),
            came: came.cloned(),
        }
    }

    /// A span of now below this one.
    pub(super) fn below(&self) -> Self {
        Self {
            sink: Arc::clone(&self.sink),
            ids: self.ids.below(),
            parent: Some(Parent {
                id: self.ids.span,
                is_remote: false,
            }),
            link: None,
            began: SystemTime::now(),
            came: self.came.clone(),
        }
    }

    /// What it is called by.
    pub(crate) fn ids(&self) -> SpanIds {
        self.ids
    }

    /// Tells of it, if it is recorded.
    pub(super) fn end(&self, describe: impl FnOnce() -> Description) {
        if !self.ids.is_sampled() {
            return;
        }
        let Description {
            kind,
            name,
            attributes,
            status,
        } = describe();
        let links = self.link.iter().map(|link| {
            let context = context(**link, true, TraceState::NONE);
            Link::new(context, Vec::new(), 0)
        });
        let mut all_links = SpanLinks::default();
        all_links.links = links.collect();
        let ended = SystemTime::now();
        self.sink.finish(SpanData {
            span_context: context(self.ids, false, self.state()),
            parent_span_id: self
                .parent
                .map_or(OtelSpanId::INVALID, |parent| otel(parent.id)),
            parent_span_is_remote: self.parent.is_some_and(|parent| parent.is_remote),
            span_kind: kind,
            name,
            start_time: self.began,
            // The clock may have been set back.
            end_time: ended.max(self.began),
            attributes,
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: all_links,
            status,
            instrumentation_scope: self.sink.scope.clone(),
        });
    }

    fn state(&self) -> TraceState {
        let came = self
            .came
            .as_deref()
            .filter(|came| !came.tracestate().is_empty());
        let same = |came: &&TraceContext| {
            SpanIds::of(came).is_some_and(|came| came.trace == self.ids.trace)
        };
        let state = came.filter(same).map(|came| came.tracestate().parse());
        state.and_then(Result::ok).unwrap_or_default()
    }
}

fn otel(id: SpanId) -> OtelSpanId {
    OtelSpanId::from_bytes(id.0.get().to_be_bytes())
}

fn context(ids: SpanIds, is_remote: bool, state: TraceState) -> SpanContext {
    let trace = OtelTraceId::from_bytes(ids.trace.0.get().to_be_bytes());
    let flags = TraceFlags::default().with_sampled(ids.is_sampled());
    SpanContext::new(trace, otel(ids.span), flags, is_remote, state)
}

impl fmt::Debug for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Span").field(&self.ids).finish()
    }
}
