//! A delivery that failed before it could be attempted.

use crate::attempt::context::AttemptContext;
use crate::config::webhook::Webhook;
use crate::delivery::capacity::Permit;
use crate::delivery::outcome::{DeliveryOutcome, DeliveryStatus};
use crate::event::time::new_id;
use crate::ledger::entry::DeliveryEnd;
use crate::observe::counters::label;
use crate::render::notification::Notification;
use crate::trace::Span;
use crate::trace::attempt_trace::trace_id;
use rules::trace_context::TraceContext;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Its webhook is switched off, or it has no request.
pub(crate) struct Unsent {
    pub outcome: DeliveryOutcome,
    pub permit: Permit,
    /// As the ledger was told of it.
    pub entry: Option<Uuid>,
    pub span: Option<Box<Span>>,
}

/// What is told of it.
pub(crate) fn outcome(
    notification: &Notification<'_>,
    webhook: &Webhook,
    why: String,
) -> DeliveryOutcome {
    let mut outcome = DeliveryOutcome::new(
        notification.name.clone(),
        [notification.id.to_string(), new_id().to_string()],
        (webhook.name.clone(), webhook.index),
        DeliveryStatus::Failed,
    );
    outcome.error = Some(why);
    outcome
}

impl Unsent {
    /// Tells all who are to be told. `kept` is its event, if that is kept, and `came` the trace
    /// that it came with.
    pub(crate) fn report(
        self,
        context: &AttemptContext,
        kept: Option<Arc<str>>,
        came: Option<&TraceContext>,
    ) {
        let delivery = self.outcome;
        if let (Some(ledger), Some(id)) = (context.observer.ledger(), self.entry) {
            ledger.settled(
                id,
                DeliveryEnd {
                    outcome: DeliveryStatus::Failed,
                    attempts: 0,
                    elapsed: Duration::ZERO,
                    status: None,
                    error: delivery.error.as_deref(),
                },
            );
        }
        let ids = self.span.as_ref().map(|span| span.ids());
        tracing::warn!(
            webhook = label(delivery.webhook.as_deref(), delivery.index),
            index = delivery.index,
            event = delivery.event,
            id = delivery.id,
            delivery = delivery.delivery,
            trace_id = trace_id(came, ids),
            attempts = 0,
            error = delivery.error,
            "not delivered"
        );
        if let Some(span) = &self.span {
            span.end_delivery(&delivery);
        }
        context.counters.settled(&delivery);
        context.observer.delivery(delivery, kept, self.permit);
    }
}
