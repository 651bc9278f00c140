//! Where spans are exported to, as a host states it.

use crate::error::Error;
use crate::trace::settings::{self, TracesError};
use crate::trace::sink::Sink;
use std::fmt;
use std::sync::Arc;
use std::thread;

/// Where spans of deliveries, questions and attempts are exported to. Cloning shares it.
///
/// A receiver that is away or slow holds up nothing: at most 2,048 spans wait
/// (`OTEL_BSP_MAX_QUEUE_SIZE`), and more are dropped, counted and logged.
#[derive(Clone)]
pub struct Traces(pub(super) Arc<Sink>);

impl Traces {
    /// What the variables of OpenTelemetry say, from `OTEL_EXPORTER_OTLP_ENDPOINT` or
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` on: none, if neither is set. Starts the thread that
    /// exports.
    ///
    /// # Errors
    /// If a variable cannot be used, or there is no thread to be had.
    pub fn from_env() -> Result<Option<Self>, Error> {
        let settings = settings::read(&|name| std::env::var(name).ok())?;
        let Some(settings) = settings else {
            return Ok(None);
        };
        let variable = settings.named;
        let failed = |why: String| TracesError { variable, why };
        // Whoever starts the real one cannot tell.
        let tried = thread::Builder::new().spawn(|| ());
        tried.map_err(|error| failed(format!("there is no thread to export with: {error}")))?;
        let sink = Sink::start(settings).map_err(failed)?;
        Ok(Some(Self(Arc::new(sink))))
    }

    /// Spans that were not exported so far: there was no room for them, or no receiver.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped()
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Traces").field(&self.0).finish()
    }
}
