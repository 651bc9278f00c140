//! What was counted, as text for Prometheus.

use crate::observe::exposition::Exposition;
use crate::webhooks::{Inner, Webhooks};
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

/// What was counted of webhooks, as text for Prometheus. It holds them no longer than they
/// live: afterwards it is empty.
///
/// # Examples
/// ```
/// # use servo_webhooks::{Configuration, Connector, LoadOptions, Options, Webhooks};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let connector = Connector::built_in()?;
/// # let configuration = Configuration::read(&connector, "none", "".as_ref(), b"[]", &LoadOptions::default())?;
/// let webhooks = Webhooks::start(configuration, Options::default(), ())?;
/// let text = webhooks.metrics().prometheus();
/// assert!(text.contains("servo_webhooks_events_total{side=\"after\"} 0"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
}

/// The content type of [`Metrics::prometheus`].
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The content type of [`Metrics::open_metrics`].
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Metrics {
    fn new(inner: Weak<Inner>) -> Self {
        let mut registry = Registry::with_prefix("servo_webhooks");
        registry.register_collector(Box::new(Exposition(inner)));
        Self {
            registry: Arc::new(registry),
        }
    }

    /// In the text format of Prometheus, version 0.0.4: appended to the metrics of your own it is
    /// one answer with them, for no other family begins with `servo_webhooks_`. With a store it
    /// may block for some milliseconds.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }

    /// In the format of OpenMetrics 1.0. With a store it may block for some milliseconds.
    #[must_use]
    pub fn open_metrics(&self) -> String {
        let mut text = String::new();
        let _ = text::encode(&mut text, &self.registry);
        text
    }

    /// What a scraper gets that sends this `Accept` header, with its content type.
    #[must_use]
    pub fn negotiate(&self, accept: &str) -> (&'static str, String) {
        if accept.contains("application/openmetrics-text") {
            (OPEN_METRICS, self.open_metrics())
        } else {
            (PROMETHEUS, self.prometheus())
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Webhooks {
    /// What is counted of them.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        Metrics::new(Arc::downgrade(&self.inner))
    }

    /// A reload was refused, and the previous configuration stays in force: metrics say so
    /// until [`Webhooks::reload`].
    pub fn note_refused_reload(&self) {
        let reload = &self.inner.context.counters.reload;
        reload.refused.store(true, Ordering::Relaxed);
    }
}
