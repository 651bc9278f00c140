//! Exports batches of spans, and says what comes of it.

use crate::log_limit::{Kind, limited};
use crate::trace::otlp_client::{LastReply, OtlpClient};
use crate::trace::settings::Settings;
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{self, SpanData};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How many spans there are.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// They wait, or are being sent.
    waiting: AtomicU64,
    /// There was no room for them, they could not be sent, or the receiver rejected them.
    dropped: AtomicU64,
}

impl Counts {
    /// One more waits, unless so many do; then it is dropped.
    pub(super) fn enter(&self, most: u64) -> bool {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < most {
            return true;
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.dropped.fetch_add(1, Ordering::Relaxed);
        false
    }

    fn leave(&self, count: u64, dropped: u64) {
        self.dropped.fetch_add(dropped, Ordering::Relaxed);
        self.waiting.fetch_sub(count, Ordering::Relaxed);
    }

    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Exports by OTLP over HTTP.
#[derive(Debug)]
pub(super) struct Exporter {
    otlp: SpanExporter,
    counts: Arc<Counts>,
    reply: LastReply,
    origin: Box<str>,
}

impl Exporter {
    /// To the receiver of the settings; the headers of its requests are those of the variables.
    pub(super) fn new(settings: Settings, counts: Arc<Counts>) -> Result<Self, String> {
        let reply = LastReply::default();
        let origin = settings.target.origin().into();
        let (endpoint, limit) = (settings.target.uri().to_string(), settings.timeout);
        let client = OtlpClient::new(settings, Arc::clone(&reply));
        let otlp = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_endpoint(endpoint)
            .with_timeout(limit)
            .build();
        Ok(Self {
            // Not what it says, which may hold the endpoint whole.
            otlp: otlp.map_err(|_| "cannot be used".to_owned())?,
            counts,
            reply,
            origin,
        })
    }

    fn warn(&self, what: &str, why: &str) {
        let dropped = self.counts.dropped();
        limited(Kind::Export, &[&self.origin], |repeated| {
            tracing::warn!(dropped, repeated, "{what} {}: {why}", self.origin);
        });
    }
}

impl trace::SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let exported = self.otlp.export(batch).await;
        let reply = std::mem::take(&mut *self.reply.lock().unwrap_or_else(PoisonError::into_inner));
        match &exported {
            Err(error) => {
                self.counts.leave(count, count);
                let why = reply.why.unwrap_or_else(|| error.to_string());
                self.warn("spans cannot be exported to", &why);
            }
            Ok(()) => {
                self.counts.leave(count, reply.rejected.min(count));
                match (reply.rejected, reply.why) {
                    (0, None) => {}
                    (0, Some(why)) => self.warn("spans were taken, with a warning, by", &why),
                    (_, why) => {
                        let why = why.as_deref().unwrap_or("it does not say why");
                        self.warn("spans were rejected by", why);
                    }
                }
            }
        }
        exported
    }

    fn shutdown_with_timeout(&self, limit: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(limit)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}
