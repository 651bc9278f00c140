//! One delivery of an after event or a message to one webhook, from its
//! acceptance until it is settled.

use crate::attempt::signing::{self, Signed};
use crate::config::webhook::Webhook;
use crate::delivery::capacity;
use crate::delivery::outcome::{DeliveryOutcome, DeliveryStatus};
use crate::delivery::reports::Reports;
use crate::render::rendered_request::RenderedRequest;
use lifecycle::{self, BreakerLimits, Cause, Item, Limits, Settled, WebhookState};
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// What all deliveries of one event and shape share.
#[derive(Debug)]
pub struct QueuedBody {
    pub request: Arc<RenderedRequest>,
    pub event_id: Box<str>,
    /// As it was handed in, if that is kept.
    pub event: Option<Arc<str>>,
    /// When breakers open.
    pub breaker: BreakerLimits,
    /// Held for as long as the body is.
    pub capacity: capacity::BytesPermit,
}

/// Settled exactly once from its acceptance on: whoever drops it unsettled has it
/// reported as undelivered. One that was not accepted is nobody's business.
pub struct Delivery {
    pub webhook: Arc<Webhook>,
    pub queued_body: Arc<QueuedBody>,
    /// `X-Servo-Delivery`.
    pub id: Uuid,
    /// The first attempt, ahead of it. Boxed, for what waits has made it.
    pub signed: Option<Box<Signed>>,
    /// Where it stands.
    life: lifecycle::Delivery,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Of the last attempt.
    pub error: Option<String>,
    accepted: Instant,
    reports: Arc<Reports>,
    /// Until it is settled.
    permit: Option<capacity::Permit>,
    /// What it is when it is dropped, once it is accepted.
    outcome: Option<DeliveryStatus>,
}

impl Delivery {
    pub fn new(
        webhook: Arc<Webhook>,
        queued_body: Arc<QueuedBody>,
        signed: Option<Signed>,
        reports: Arc<Reports>,
        permit: capacity::Permit,
    ) -> Self {
        Self {
            webhook,
            queued_body,
            id: signing::delivery(signed.as_ref()),
            signed: signed.map(Box::new),
            life: lifecycle::Delivery::default(),
            status: None,
            error: None,
            accepted: Instant::now(),
            reports,
            permit: Some(permit),
            outcome: None,
        }
    }

    /// From now on what becomes of it is reported: that it was not delivered, if it is
    /// dropped as it is.
    pub fn accept(&mut self) {
        self.outcome = Some(DeliveryStatus::Undelivered);
    }

    /// It got through, and is reported when it is dropped.
    pub fn delivered(&mut self) {
        self.error = None;
        self.outcome = Some(DeliveryStatus::Delivered);
    }

    /// It is given up.
    pub fn failed(mut self, why: String) {
        self.error = Some(why);
        self.outcome = Some(DeliveryStatus::Failed);
    }

    /// It ends in its time.
    pub fn settle(mut self, settled: Settled) {
        let late = |cause: &str, error: Option<String>| match error {
            Some(error) => format!("{error}; its time ran out {cause}"),
            None => format!("its time ran out {cause}"),
        };
        let error = self.error.take();
        let why = match settled {
            Settled::Delivered => return self.delivered(),
            Settled::Failed(Cause::Attempt) => error.unwrap_or_default(),
            Settled::Failed(Cause::SwitchedOff) => self.webhook.switched_off().unwrap_or_default(),
            Settled::Failed(Cause::Late) => late("in the queue", error),
            Settled::Failed(Cause::Held) => late("while the breaker was open", error),
            Settled::Failed(Cause::Lacking) => {
                format!("{}; no time left to retry", error.unwrap_or_default())
            }
        };
        self.failed(why);
    }

    fn report(&mut self) {
        let (Some(permit), Some(outcome)) = (self.permit.take(), self.outcome) else {
            return;
        };
        let attempts = self.life.attempts();
        let label = || self.webhook.label();
        let event = &*self.queued_body.request.event;
        let error = match outcome {
            DeliveryStatus::Delivered => None,
            _ => Some(self.error.take().unwrap_or_else(|| {
                let why = match attempts {
                    0 => "not attempted before the end",
                    _ => "no answer before the end",
                };
                why.to_owned()
            })),
        };
        let mut buffer = Uuid::encode_buffer();
        let delivery: &str = self.id.hyphenated().encode_lower(&mut buffer);
        match outcome {
            DeliveryStatus::Delivered => {
                tracing::debug!(
                    webhook = label(),
                    event,
                    id = &*self.queued_body.event_id,
                    delivery,
                    attempts,
                    "delivered"
                );
            }
            DeliveryStatus::Failed | DeliveryStatus::Undelivered => {
                tracing::warn!(
                    webhook = label(),
                    index = self.webhook.index,
                    event,
                    id = &*self.queued_body.event_id,
                    delivery,
                    attempts,
                    error,
                    "not delivered"
                );
            }
        }
        let outcome = DeliveryOutcome {
            event: event.to_owned(),
            id: self.queued_body.event_id.clone().into_string(),
            delivery: delivery.to_owned(),
            webhook: self.webhook.name.clone(),
            index: self.webhook.index,
            outcome,
            attempts,
            status: self.status,
            error,
            elapsed_ms: u64::try_from(self.accepted.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let event = self.queued_body.event.clone();
        self.reports.delivery(outcome, event, permit);
    }
}

impl Item for Box<Delivery> {
    type Endpoint = Arc<str>;

    fn endpoint(&self) -> &Arc<str> {
        &self.webhook.endpoint
    }

    fn delivery(&self) -> &lifecycle::Delivery {
        &self.life
    }

    fn with<R>(
        &mut self,
        step: impl FnOnce(&mut lifecycle::Delivery, &mut WebhookState, &Limits) -> R,
    ) -> R {
        let limits = self.webhook.limits(self.queued_body.breaker);
        let mut state = self.webhook.state();
        step(&mut self.life, &mut state, &limits)
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.report();
    }
}
