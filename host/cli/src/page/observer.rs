//! What the page hears, beside what is written down anyway.

use super::recent::Recent;
use crate::recorder::Recorder;
use servo_webhooks::{Asked, AttemptRecord, BreakerRecord, DeliveryOutcome, Observer, Publication};
use std::sync::Arc;

/// Writes down what becomes of deliveries, and keeps the last ones if no store does.
pub struct Watched {
    /// Writes down.
    pub recorder: Recorder,
    /// Keeps.
    pub recent: Option<Arc<Recent>>,
}

impl Observer for Watched {
    fn delivery(&self, outcome: DeliveryOutcome) {
        self.recorder.settled(&outcome);
        if let Some(recent) = &self.recent {
            recent.delivery(outcome);
        }
    }

    fn lost(&self, outcome: &DeliveryOutcome, event: &str) {
        self.recorder.lost(outcome, event);
    }

    fn publication(&self, publication: Publication) {
        self.recorder.publication(publication);
    }

    fn breaker(&self, record: BreakerRecord) {
        self.recorder.breaker(record);
    }

    fn wants_details(&self) -> bool {
        self.recent.is_some()
    }

    fn attempt(&self, attempt: AttemptRecord) {
        if let Some(recent) = &self.recent {
            recent.attempt(attempt);
        }
    }

    fn before(&self, asked: Asked) {
        if let Some(recent) = &self.recent {
            recent.decision(&asked);
        }
    }
}
