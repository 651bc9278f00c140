//! Where spans go that have ended: a bounded queue, and a thread that exports them.

use crate::log_limit::{Kind, limited};
use crate::trace::exporter::{Counts, Exporter};
use crate::trace::ids::{SpanIds, TraceId};
use crate::trace::settings::{Sampling, Settings};
use opentelemetry::trace::{SpanKind, TraceId as OtelTraceId};
use opentelemetry::{InstrumentationScope, Key, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SamplingDecision, ShouldSample, SpanData,
    SpanProcessor,
};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

const NAME: &str = "servo-webhooks";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The thread that exports is not waited for any longer when the last one is dropped.
const CLOSING: Duration = Duration::from_secs(1);

/// Takes spans that have ended.
pub(crate) struct Sink {
    processor: BatchSpanProcessor,
    counts: Arc<Counts>,
    /// Spans that may wait, those included that are being sent.
    queue: u64,
    sampling: Sampling,
    pub(super) scope: InstrumentationScope,
    /// Of the receiver: what may be shown of it.
    origin: Box<str>,
    /// How many the log was told of at a flush.
    told: AtomicU64,
    /// The receiver took nothing in time at the end: it is not waited for again.
    is_given_up: AtomicBool,
}

impl Sink {
    /// Starts the thread that exports. It panics where there is no thread to be had: whoever
    /// calls it has seen that there is one.
    pub(super) fn start(settings: Settings) -> Result<Self, String> {
        let (queue, sampling) = (settings.queue, settings.sampling.clone());
        let origin: Box<str> = settings.target.origin().into();
        let counts = Arc::new(Counts::default());
        let exporter = Exporter::new(settings, Arc::clone(&counts))?;
        let batches = BatchConfigBuilder::default().with_max_queue_size(queue);
        let builder = BatchSpanProcessor::builder(exporter).with_batch_config(batches.build());
        let mut processor = builder.build();
        processor.set_resource(&resource());
        Ok(Self {
            processor,
            counts,
            queue: u64::try_from(queue).unwrap_or(u64::MAX),
            sampling,
            scope: InstrumentationScope::builder(NAME)
                .with_version(VERSION)
                .build(),
            origin,
            told: AtomicU64::new(0),
            is_given_up: AtomicBool::new(false),
        })
    }

    /// Whether a new span of a trace is recorded.
    pub(super) fn samples(&self, above: Option<SpanIds>, trace: TraceId) -> bool {
        match above {
            Some(above) if self.sampling.is_parent_based => above.is_sampled(),
            _ => sampled_by(&self.sampling.root, trace),
        }
    }

    /// A span has ended. Never waits: one that there is no room for is dropped, and counted.
    pub(super) fn finish(&self, span: SpanData) {
        if self.counts.enter(self.queue) {
            self.processor.on_end(span);
            return;
        }
        let dropped = self.dropped();
        limited(Kind::Export, &[&self.origin], |repeated| {
            tracing::warn!(
                dropped,
                repeated,
                "spans are dropped: {} wait already to be exported to {}",
                self.queue,
                self.origin
            );
        });
    }

    /// Spans that were not exported so far.
    pub(super) fn dropped(&self) -> u64 {
        self.counts.dropped()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.counts.waiting() == 0
    }

    /// Exports what waits. Blocks, for five seconds at the most.
    pub(super) fn flush(&self) {
        // What fails is counted and logged by the exporter.
        let _ = self.processor.force_flush();
    }

    /// What waits is left where it is.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Logs how many spans were not exported, once for each of them.
    pub(super) fn log_dropped(&self) {
        let waiting = self.counts.waiting();
        let dropped = self.dropped();
        let more = dropped.saturating_sub(self.told.swap(dropped, Ordering::Relaxed));
        if more + waiting > 0 {
            tracing::warn!(
                dropped = more + waiting,
                "{} spans were not exported to {}",
                more + waiting,
                self.origin
            );
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !self.is_empty() && !self.is_given_up.load(Ordering::Relaxed) {
            let _ = self.processor.shutdown_with_timeout(CLOSING);
        }
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Sink")
            .field("origin", &self.origin)
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}

fn sampled_by(sampler: &Sampler, trace: TraceId) -> bool {
    let trace = OtelTraceId::from_bytes(trace.0.get().to_be_bytes());
    let result = sampler.should_sample(None, trace, "", &SpanKind::Producer, &[], &[]);
    result.decision == SamplingDecision::RecordAndSample
}

/// What the variables say of this process; without a name there it is that of the project.
fn resource() -> Resource {
    let found = Resource::builder().build();
    let name = found.get(&Key::from_static_str("service.name"));
    let is_named = name.is_some_and(|name| match name {
        Value::String(name) => !name.as_str().starts_with("unknown_service"),
        _ => true,
    });
    let builder = Resource::builder();
    let builder = match is_named {
        true => builder,
        false => builder.with_service_name(NAME),
    };
    let version = Key::from_static_str("service.version");
    match found.get(&version) {
        Some(_) => builder.build(),
        None => builder
            .with_attribute(opentelemetry::KeyValue::new(version, VERSION))
            .build(),
    }
}
