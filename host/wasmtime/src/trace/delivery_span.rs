//! What is told of a delivery, from its acceptance until it is settled.

use crate::delivery::outcome::{DeliveryOutcome, DeliveryStatus};
use crate::observe::counters::label;
use crate::trace::span::{Description, Span};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, Status};
use std::borrow::Cow;

/// As semantic conventions of messaging name what sends.
pub(super) const SYSTEM: &str = "servo_webhooks";

impl Span {
    /// A delivery is settled.
    pub(crate) fn end_delivery(&self, outcome: &DeliveryOutcome) {
        self.end(|| {
            let label = label(outcome.webhook.as_deref(), outcome.index);
            let mut attributes = producer("deliver", &label);
            attributes.extend(of_event(&outcome.event, &outcome.id));
            attributes.extend([
                KeyValue::new("messaging.message.id", outcome.delivery.clone()),
                KeyValue::new("servo_webhooks.delivery", outcome.delivery.clone()),
                KeyValue::new("servo_webhooks.outcome", word(outcome.outcome)),
                KeyValue::new("servo_webhooks.attempts", i64::from(outcome.attempts)),
            ]);
            let is_delivered = outcome.outcome == DeliveryStatus::Delivered;
            let status = match &outcome.error {
                _ if is_delivered => Status::Unset,
                error => {
                    attributes.push(error_type(outcome.status));
                    Status::error(error.clone().unwrap_or_default())
                }
            };
            Description {
                kind: SpanKind::Producer,
                name: Cow::Owned(format!("deliver {label}")),
                attributes,
                status,
            }
        });
    }
}

/// As records name it.
fn word(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Delivered => "delivered",
        DeliveryStatus::Failed => "failed",
        DeliveryStatus::Undelivered => "undelivered",
    }
}

/// What the spans of a delivery and of a question have alike.
pub(super) fn producer(operation: &'static str, label: &str) -> Vec<KeyValue> {
    vec![
        KeyValue::new("messaging.system", SYSTEM),
        KeyValue::new("messaging.operation.name", operation),
        KeyValue::new("messaging.operation.type", "send"),
        KeyValue::new("messaging.destination.name", label.to_owned()),
        KeyValue::new("servo_webhooks.webhook", label.to_owned()),
    ]
}

/// What all spans have alike.
pub(super) fn of_event(event: &str, id: &str) -> [KeyValue; 2] {
    [
        KeyValue::new("servo_webhooks.event", event.to_owned()),
        KeyValue::new("servo_webhooks.event_id", id.to_owned()),
    ]
}

/// The kind of a failure: the status of the last answer, if one came.
pub(super) fn error_type(status: Option<u16>) -> KeyValue {
    let kind = status.map_or_else(|| "_OTHER".to_owned(), |status| status.to_string());
    KeyValue::new("error.type", kind)
}
