//! What becomes of deliveries, on standard output and in the counts of the end.

use super::output::Output;
use super::unread_outcomes;
use servo_webhooks::{
    BreakerRecord, BreakerState, DeliveryOutcome, DeliveryStatus, Observer, Publication,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Bytes that may wait when something is to be published: it may be large.
const PUBLISHED: usize = 64 << 20;

/// Writes down what becomes of deliveries.
pub struct Recorder(pub Arc<Output>);

impl Recorder {
    /// A delivery is settled.
    pub fn settled(&self, outcome: &DeliveryOutcome) {
        let counts = &self.0.counts;
        let count = match outcome.outcome {
            DeliveryStatus::Delivered => &counts.delivered,
            DeliveryStatus::Failed => &counts.failed,
            DeliveryStatus::Undelivered => &counts.undelivered,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if outcome.outcome == DeliveryStatus::Undelivered && self.0.is_closed() {
            unread_outcomes::log(outcome);
        } else {
            self.0.record(outcome);
        }
    }
}

impl Observer for Recorder {
    fn delivery(&self, outcome: DeliveryOutcome) {
        self.settled(&outcome);
    }

    fn lost(&self, outcome: &DeliveryOutcome, event: &str) {
        if let Some(failed) = &self.0.failed {
            failed.add(event, outcome.webhook.as_deref(), outcome.index);
        }
    }

    fn publication(&self, publication: Publication) {
        if self.0.queue.waiting() >= PUBLISHED {
            self.0.counts.unpublished.fetch_add(1, Ordering::Relaxed);
            return tracing::error!(
                channel = publication.channel,
                delivery = publication.delivery,
                "answer not published: {} MiB are waiting already, and standard output is not being read",
                PUBLISHED >> 20
            );
        }
        self.0.record(&publication);
    }

    fn breaker(&self, record: BreakerRecord) {
        if record.state == BreakerState::Open {
            self.0.counts.opened.fetch_add(1, Ordering::Relaxed);
        }
        self.0.record(&record);
    }
}
