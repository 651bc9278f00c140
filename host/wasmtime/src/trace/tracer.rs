//! Begins spans, if there is somebody to export them.

use crate::attempt::info::AttemptInfo;
use crate::config::webhook::Webhook;
use crate::trace::attempt_span::AttemptSpan;
use crate::trace::event_span::EventSpan;
use crate::trace::sink::Sink;
use crate::trace::span::{Parent, Span};
use crate::trace::traces::Traces;
use rules::trace_context::TraceContext;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// What is left at the end has so long.
const FLUSH: Duration = Duration::from_secs(2);

/// Begins spans.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracer(pub(super) Option<Arc<Sink>>);

impl From<Option<&Traces>> for Tracer {
    fn from(traces: Option<&Traces>) -> Self {
        Self(traces.map(|traces| Arc::clone(&traces.0)))
    }
}

impl Tracer {
    /// A delivery is accepted.
    pub(crate) fn delivery(&self, came: Option<&Arc<TraceContext>>) -> Option<Box<Span>> {
        let sink = self.0.as_ref()?;
        Some(Box::new(Span::begin(sink, came)))
    }

    /// The webhooks before an event are asked: its name as `X-Servo-Event` carries it, and its id.
    pub(crate) fn event(
        &self,
        came: Option<&Arc<TraceContext>>,
        of: (&str, &str),
    ) -> Option<Box<EventSpan>> {
        let sink = self.0.as_ref()?;
        Some(Box::new(EventSpan::new(Span::begin(sink, came), of)))
    }

    /// An attempt is made; none if it is not recorded.
    pub(crate) fn attempt<'a>(
        &self,
        webhook: &'a Webhook,
        info: AttemptInfo<'a>,
    ) -> Option<Box<AttemptSpan<'a>>> {
        let sink = self.0.as_ref()?;
        let (ids, parent) = info.trace.own().filter(|(ids, _)| ids.is_sampled())?;
        let span = Span {
            sink: Arc::clone(sink),
            ids,
            parent: Some(Parent {
                id: parent,
                is_remote: false,
            }),
            link: None,
            began: SystemTime::now(),
            came: None,
        };
        Some(Box::new(AttemptSpan::new(span, webhook, info)))
    }

    /// Exports what is left, for two seconds at the most.
    pub(crate) async fn flush(&self) {
        let Some(sink) = self.0.clone() else { return };
        if sink.is_empty() {
            return;
        }
        let flushed = spawn_blocking({
            let sink = Arc::clone(&sink);
            move || sink.flush()
        });
        if timeout(FLUSH, flushed).await.is_err() {
            sink.give_up();
        }
        sink.log_dropped();
    }
}
