//! What is told of a delivery when it is settled.

use super::Delivery;
use crate::delivery::outcome::{DeliveryOutcome, DeliveryStatus};
use crate::ledger::entry::DeliveryEnd;
use crate::trace::attempt_trace::trace_id;

impl Delivery {
    /// Reports what becomes of it, once, ahead of what is logged when it is dropped.
    pub(crate) fn report(&mut self) {
        let (Some(permit), Some(outcome)) = (self.permit.take(), self.outcome) else {
            return;
        };
        let attempts = self.life.attempts();
        if let Some(ledger) = self.reports.ledger() {
            // What is on disk is not settled by the end of its process.
            if outcome == DeliveryStatus::Undelivered {
                if self.is_kept() {
                    return;
                }
            } else {
                let end = DeliveryEnd {
                    outcome,
                    attempts,
                    elapsed: self.elapsed,
                    status: self.status,
                    error: self.error.as_deref(),
                };
                ledger.settled(self.id, end);
            }
        }
        self.webhook.counters().settled(outcome);
        self.is_reported = true;
        self.error = match outcome {
            DeliveryStatus::Delivered => None,
            _ => Some(self.error.take().unwrap_or_else(|| {
                let why = match attempts {
                    0 => "not attempted before the end",
                    _ => "no answer before the end",
                };
                why.to_owned()
            })),
        };
        let mut outcome = DeliveryOutcome::new(
            self.queued_body.request.event.clone().into_string(),
            [
                self.queued_body.event_id.clone().into_string(),
                self.id.to_string(),
            ],
            (self.webhook.name.clone(), self.webhook.index),
            outcome,
        );
        outcome.attempts = attempts;
        outcome.status = self.status;
        outcome.error.clone_from(&self.error);
        outcome.elapsed_ms = u64::try_from(self.accepted.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(span) = &self.span {
            span.end_delivery(&outcome);
        }
        let event = self.queued_body.event.clone();
        self.reports.delivery(outcome, event, permit);
    }

    /// Logs what was reported.
    pub(super) fn log(&self) {
        let label = || self.webhook.label();
        let event = &*self.queued_body.request.event;
        let id = &*self.queued_body.event_id;
        let attempts = self.life.attempts();
        let delivery = || self.id.to_string();
        let trace = || trace_id(self.queued_body.trace.as_deref(), self.ids());
        if self.outcome == Some(DeliveryStatus::Delivered) {
            tracing::debug!(
                webhook = label(),
                event,
                id,
                delivery = delivery(),
                trace_id = trace(),
                attempts,
                "delivered"
            );
        } else {
            tracing::warn!(
                webhook = label(),
                index = self.webhook.index,
                event,
                id,
                delivery = delivery(),
                trace_id = trace(),
                attempts,
                error = self.error,
                "not delivered"
            );
        }
    }
}
