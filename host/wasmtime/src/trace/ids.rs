//! What a span is called by.

use rules::trace_context::TraceContext;
use std::fmt;
use std::num::{NonZeroU64, NonZeroU128};

/// The flag that a span is recorded (W3C Trace Context, section 3.2.2.5.1).
const SAMPLED: u8 = 1;

/// The flag that the trace's id is random, which later versions have; it belongs to the trace.
const RANDOM: u8 = 2;

/// A trace. Shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceId(pub NonZeroU128);

/// A span within a trace. Shown as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanId(pub NonZeroU64);

/// A span, its trace, and whether it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanIds {
    pub trace: TraceId,
    pub span: SpanId,
    flags: u8,
}

impl TraceId {
    pub(crate) fn random() -> Self {
        Self(NonZeroU128::new(fastrand::u128(1..)).unwrap_or(NonZeroU128::MIN))
    }
}

impl SpanId {
    pub(crate) fn random() -> Self {
        Self(NonZeroU64::new(fastrand::u64(1..)).unwrap_or(NonZeroU64::MIN))
    }
}

impl SpanIds {
    /// Of a span that begins a trace.
    pub(crate) fn root(trace: TraceId, span: SpanId, is_sampled: bool) -> Self {
        let flags = if is_sampled { SAMPLED } else { 0 };
        Self { trace, span, flags }
    }

    /// The span that somebody else asks from.
    pub(crate) fn of(context: &TraceContext) -> Option<Self> {
        Some(Self {
            trace: TraceId(NonZeroU128::new(hexadecimal(context.trace_id())?)?),
            span: SpanId(NonZeroU64::new(
                u64::try_from(hexadecimal(context.parent_id())?).ok()?,
            )?),
            flags: context.flags() & (SAMPLED | RANDOM),
        })
    }

    /// Of a new span of the same trace.
    pub(crate) fn below(self) -> Self {
        let span = SpanId::random();
        Self { span, ..self }
    }

    /// The same, recorded or not.
    pub(crate) fn sampled(self, is_sampled: bool) -> Self {
        let flags = (self.flags & !SAMPLED) | u8::from(is_sampled);
        Self { flags, ..self }
    }

    pub(crate) fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// As a request carries it, of version 00.
    pub(crate) fn traceparent(self) -> String {
        format!("00-{}-{}-{:02x}", self.trace, self.span, self.flags)
    }
}

fn hexadecimal(digits: &str) -> Option<u128> {
    u128::from_str_radix(digits, 16).ok()
}

impl fmt::Display for TraceId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ids_are_read_and_written() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        let context = TraceContext::read(text, "").context.unwrap();
        let ids = SpanIds::of(&context).unwrap();
        assert_eq!(ids.traceparent(), text);
        assert!(ids.is_sampled() && !ids.sampled(false).is_sampled());
        let below = ids.below();
        assert_eq!(below.trace, ids.trace);
        assert_ne!(below.span, ids.span);
        assert!(below.is_sampled());
    }

    #[test]
    fn flags_that_only_later_versions_know_are_not_made_up() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-ff";
        let context = TraceContext::read(text, "").context.unwrap();
        let ids = SpanIds::of(&context).unwrap();
        assert!(ids.traceparent().ends_with("-03"));
        assert!(ids.sampled(false).traceparent().ends_with("-02"));
    }
}
