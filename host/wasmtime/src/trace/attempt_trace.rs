//! The trace that an attempt is part of, as its request and the log name it.

use crate::trace::ids::{SpanId, SpanIds, TraceId};
use http::{HeaderMap, HeaderName, HeaderValue};
use rules::trace_context::TraceContext;
use tracing::field::{DisplayValue, display};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The trace that an attempt is part of, if any.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AttemptTrace<'a> {
    /// What came with the event.
    came: Option<&'a TraceContext>,
    own: Option<OwnSpan>,
}

/// A span of ours.
#[derive(Clone, Copy, Debug)]
struct OwnSpan {
    ids: SpanIds,
    /// Of the delivery or question.
    parent: SpanId,
}

impl<'a> AttemptTrace<'a> {
    /// Of a new attempt: below the span of its delivery or question, if that has one, else as it
    /// came with the event.
    pub(crate) fn new(came: Option<&'a TraceContext>, above: Option<SpanIds>) -> Self {
        let own = above.map(|above| OwnSpan {
            ids: above.below(),
            parent: above.span,
        });
        Self { came, own }
    }

    /// Of this attempt, and the span that is above it.
    #[cfg(feature = "traces")]
    pub(crate) fn own(&self) -> Option<(SpanIds, SpanId)> {
        self.own.map(|own| (own.ids, own.parent))
    }

    /// Of the same trace, what vendors said of it.
    pub(crate) fn tracestate(&self) -> &'a str {
        let same = |came: &&TraceContext| match self.own {
            Some(own) => SpanIds::of(came).is_some_and(|came| came.trace == own.ids.trace),
            None => true,
        };
        self.came.filter(same).map_or("", TraceContext::tracestate)
    }

    /// Names it in a request. What the configuration of a webhook sets stays, and is not mixed
    /// with ours.
    pub(crate) fn set_headers(&self, map: &mut HeaderMap) {
        let traceparent = match (self.own, self.came) {
            (None, None) => return,
            _ if map.contains_key(&TRACEPARENT) => return,
            (Some(own), _) => HeaderValue::try_from(own.ids.traceparent()),
            (None, Some(came)) => HeaderValue::from_str(came.traceparent()),
        };
        // Both are of characters that a header may have.
        let Ok(traceparent) = traceparent else { return };
        map.insert(TRACEPARENT, traceparent);
        let tracestate = self.tracestate();
        if !tracestate.is_empty()
            && !map.contains_key(&TRACESTATE)
            && let Ok(tracestate) = HeaderValue::from_str(tracestate)
        {
            map.insert(TRACESTATE, tracestate);
        }
    }

    /// For the log.
    pub(crate) fn trace_id(&self) -> Option<DisplayValue<TraceId>> {
        trace_id(self.came, self.own.map(|own| own.ids))
    }

    /// For the log: of the attempt, or of whoever asks if it has no span of its own.
    pub(crate) fn span_id(&self) -> Option<DisplayValue<SpanId>> {
        let ids = match self.own {
            Some(own) => Some(own.ids),
            None => self.came.and_then(SpanIds::of),
        };
        ids.map(|ids| display(ids.span))
    }
}

/// The trace of something, for the log: that of its own span, else the one that it came with.
pub(crate) fn trace_id(
    came: Option<&TraceContext>,
    own: Option<SpanIds>,
) -> Option<DisplayValue<TraceId>> {
    let ids = own.or_else(|| SpanIds::of(came?))?;
    Some(display(ids.trace))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    fn came(tracestate: &str) -> TraceContext {
        TraceContext::read(PARENT, tracestate).context.unwrap()
    }

    fn headers(trace: AttemptTrace<'_>, own: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in own {
            map.insert(*name, HeaderValue::from_static(value));
        }
        trace.set_headers(&mut map);
        let header = |name: &str| map.get(name).map_or("", |value| value.to_str().unwrap());
        vec![
            header("traceparent").to_owned(),
            header("tracestate").to_owned(),
        ]
    }

    #[test]
    fn what_came_is_passed_on_as_it_is() {
        let later = "cc-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-more";
        let later = TraceContext::read(later, "a=1").context.unwrap();
        let trace = AttemptTrace::new(Some(&later), None);
        assert_eq!(headers(trace, &[]), [later.traceparent(), "a=1"]);
        let bare = came("");
        assert_eq!(
            headers(AttemptTrace::new(Some(&bare), None), &[]),
            [PARENT, ""]
        );
        assert_eq!(headers(AttemptTrace::default(), &[]), ["", ""]);
    }

    #[test]
    fn each_attempt_has_a_span_of_its_own() {
        let came = came("a=1");
        let above = SpanIds::of(&came).unwrap().below();
        let one = headers(AttemptTrace::new(Some(&came), Some(above)), &[]);
        let other = headers(AttemptTrace::new(Some(&came), Some(above)), &[]);
        assert_ne!(one[0], other[0]);
        for [traceparent, tracestate] in
            [one, other].map(|list| <[String; 2]>::try_from(list).unwrap())
        {
            assert_eq!(traceparent[..36], PARENT[..36]);
            assert_ne!(traceparent, above.traceparent());
            assert_eq!(tracestate, "a=1");
        }
        // Another trace has nothing to do with what vendors said of this one.
        let root = SpanIds::root(TraceId::random(), SpanId::random(), true);
        let [traceparent, tracestate] =
            <[String; 2]>::try_from(headers(AttemptTrace::new(Some(&came), Some(root)), &[]))
                .unwrap();
        assert_ne!(traceparent[..36], PARENT[..36]);
        assert_eq!(tracestate, "");
    }

    #[test]
    fn what_the_configuration_sets_stays() {
        let came = came("a=1");
        let trace = AttemptTrace::new(Some(&came), None);
        assert_eq!(headers(trace, &[("traceparent", "mine")]), ["mine", ""]);
        let both = [("traceparent", "mine"), ("tracestate", "b=2")];
        assert_eq!(headers(trace, &both), ["mine", "b=2"]);
        assert_eq!(headers(trace, &[("tracestate", "b=2")]), [PARENT, "b=2"]);
    }
}
