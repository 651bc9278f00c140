//! What is told of the questions before an event: one span for all, and one below it for each
//! webhook that is asked.

use crate::config::webhook::Webhook;
use crate::delivery::outcome::{WebhookOutcome, WebhookStatus};
use crate::event::decided::Asked;
use crate::trace::delivery_span::{error_type, of_event, producer};
use crate::trace::ids::SpanIds;
use crate::trace::span::{Description, Span};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanKind, Status};
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

/// The questions before an event. Whoever asks may go away: it is told of all the same.
#[derive(Debug)]
pub(crate) struct EventSpan {
    span: Span,
    /// As `X-Servo-Event` carries it, and the event's id; empty if it is not recorded.
    event: Box<str>,
    id: Box<str>,
    is_ended: bool,
}

/// The question to one webhook. One that is not awaited is told of when it is dropped.
#[derive(Debug)]
pub(crate) struct QuestionSpan<'a> {
    of: &'a EventSpan,
    span: Span,
    webhook: Arc<Webhook>,
    delivery: Uuid,
    is_ended: bool,
}

impl EventSpan {
    pub(super) fn new(span: Span, (event, id): (&str, &str)) -> Self {
        let kept = |text: &str| match span.ids().is_sampled() {
            true => text.into(),
            false => Box::default(),
        };
        Self {
            event: kept(event),
            id: kept(id),
            span,
            is_ended: false,
        }
    }

    /// One webhook is asked, under this `X-Servo-Delivery`.
    pub(crate) fn question(&self, webhook: &Arc<Webhook>, delivery: Uuid) -> Box<QuestionSpan<'_>> {
        Box::new(QuestionSpan {
            of: self,
            span: self.span.below(),
            webhook: Arc::clone(webhook),
            delivery,
            is_ended: false,
        })
    }

    /// The event was decided.
    pub(crate) fn end(mut self, asked: &Asked) {
        let decision = match asked.is_cancelled() {
            true => "cancelled",
            false => "proceed",
        };
        self.tell(Some((decision, asked.failed_open())));
    }

    fn tell(&mut self, decided: Option<(&'static str, bool)>) {
        self.is_ended = true;
        self.span.end(|| {
            let mut attributes = of_event(&self.event, &self.id).to_vec();
            if let Some((decision, failed_open)) = decided {
                attributes.push(KeyValue::new("servo_webhooks.decision", decision));
                attributes.push(KeyValue::new("servo_webhooks.failed_open", failed_open));
            }
            Description {
                kind: SpanKind::Internal,
                name: Cow::Owned(self.event.clone().into_string()),
                attributes,
                status: Status::Unset,
            }
        });
    }
}

impl Drop for EventSpan {
    fn drop(&mut self) {
        if !self.is_ended {
            self.tell(None);
        }
    }
}

impl QuestionSpan<'_> {
    /// What it is called by.
    pub(crate) fn ids(&self) -> SpanIds {
        self.span.ids()
    }

    /// The webhook answered, or gave no answer that counts.
    pub(crate) fn end(mut self, outcome: &WebhookOutcome) {
        let is_unanswered = matches!(
            outcome.outcome,
            WebhookStatus::NoAnswer | WebhookStatus::SwitchedOff
        );
        self.tell(outcome, is_unanswered);
    }

    fn tell(&mut self, outcome: &WebhookOutcome, is_unanswered: bool) {
        self.is_ended = true;
        let delivery = || self.delivery.to_string();
        self.span.end(|| {
            let label = self.webhook.label();
            let mut attributes = producer("ask", &label);
            attributes.extend(of_event(&self.of.event, &self.of.id));
            attributes.extend([
                KeyValue::new("messaging.message.id", delivery()),
                KeyValue::new("servo_webhooks.delivery", delivery()),
                KeyValue::new("servo_webhooks.outcome", outcome.outcome.name()),
                KeyValue::new("servo_webhooks.attempts", i64::from(outcome.attempts)),
            ]);
            let status = if is_unanswered {
                attributes.push(error_type(outcome.status));
                Status::error(outcome.error.clone().unwrap_or_default())
            } else {
                Status::Unset
            };
            Description {
                kind: SpanKind::Producer,
                name: Cow::Owned(format!("ask {label}")),
                attributes,
                status,
            }
        });
    }
}

impl Drop for QuestionSpan<'_> {
    fn drop(&mut self) {
        if !self.is_ended && self.span.ids().is_sampled() {
            let outcome = self.webhook.outcome(WebhookStatus::NotAwaited);
            self.tell(&outcome, false);
        }
    }
}
