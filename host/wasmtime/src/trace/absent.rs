//! Without the feature `traces` there are no spans of ours, and nothing is ever asked of one.

use crate::attempt::info::AttemptInfo;
use crate::config::webhook::Webhook;
use crate::delivery::outcome::{DeliveryOutcome, WebhookOutcome};
use crate::event::decided::Asked;
#[cfg(feature = "store")]
use crate::ledger::Stored;
use crate::trace::attempt_end::AttemptEnd;
use crate::trace::ids::SpanIds;
use rules::trace_context::TraceContext;
use std::sync::Arc;
use uuid::Uuid;

/// Begins no span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracer;

/// What is never begun.
#[derive(Debug)]
pub(crate) enum Span {}

/// The same, before an event.
#[derive(Debug)]
pub(crate) enum EventSpan {}

/// The same, of one webhook that is asked.
#[derive(Debug)]
pub(crate) enum QuestionSpan {}

/// The same, of an attempt.
#[derive(Debug)]
pub(crate) enum AttemptSpan {}

impl Tracer {
    pub(crate) fn delivery(&self, _: Option<&Arc<TraceContext>>) -> Option<Box<Span>> {
        None
    }

    #[cfg(feature = "store")]
    pub(crate) fn restored(&self, _: Option<&Arc<TraceContext>>, _: &Stored) -> Option<Box<Span>> {
        None
    }

    pub(crate) fn event(
        &self,
        _: Option<&Arc<TraceContext>>,
        _: (&str, &str),
    ) -> Option<Box<EventSpan>> {
        None
    }

    pub(crate) fn attempt(&self, _: &Webhook, _: AttemptInfo<'_>) -> Option<Box<AttemptSpan>> {
        None
    }

    pub(crate) async fn flush(&self) {}
}

impl Span {
    pub(crate) fn ids(&self) -> SpanIds {
        match *self {}
    }

    pub(crate) fn end_delivery(&self, _: &DeliveryOutcome) {
        match *self {}
    }
}

impl EventSpan {
    pub(crate) fn question(&self, _: &Arc<Webhook>, _: Uuid) -> Box<QuestionSpan> {
        match *self {}
    }

    pub(crate) fn end(self, _: &Asked) {
        match self {}
    }
}

impl QuestionSpan {
    pub(crate) fn ids(&self) -> SpanIds {
        match *self {}
    }

    pub(crate) fn end(self, _: &WebhookOutcome) {
        match self {}
    }
}

impl AttemptSpan {
    pub(crate) fn end(self, _: &AttemptEnd<'_>) {
        match self {}
    }
}
