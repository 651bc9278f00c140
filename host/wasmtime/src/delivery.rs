//! One delivery of an after event or a message to one webhook, from its
//! acceptance until it is settled.

use crate::outcome::{DeliveryOutcome, DeliveryState};
use crate::parcel::Parcel;
use crate::reports::Reports;
use crate::room;
use crate::signing::{self, Signed};
use crate::webhook::Webhook;
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

/// What all deliveries of one event and shape share.
#[derive(Debug)]
pub struct Freight {
    pub parcel: Arc<Parcel>,
    pub event_id: Box<str>,
    /// As it was stated, if that is kept.
    pub event: Option<Arc<str>>,
    /// Held for as long as the body is.
    #[expect(dead_code, reason = "its drop gives the bytes back")]
    pub room: room::Bytes,
}

/// Settled exactly once from its acceptance on: whoever drops it unsettled has it
/// reported as undelivered. One that was not accepted is nobody's business.
pub struct Delivery {
    pub webhook: Arc<Webhook>,
    pub freight: Arc<Freight>,
    /// `X-Servo-Delivery`.
    pub id: Uuid,
    /// The first attempt, ahead of it. Boxed, for what waits has made it.
    pub signed: Option<Box<Signed>>,
    /// Made so far.
    pub attempts: u32,
    /// Waits for the breaker of its webhook, and not for its own time.
    pub held: bool,
    /// When the first attempt began, or could have begun but was held.
    pub first: Option<Instant>,
    /// Of the last answer.
    pub status: Option<u16>,
    /// Of the last attempt.
    pub error: Option<String>,
    accepted: Instant,
    reports: Arc<Reports>,
    /// Until it is settled.
    place: Option<room::Place>,
    counts: bool,
}

impl Delivery {
    pub fn new(
        webhook: Arc<Webhook>,
        freight: Arc<Freight>,
        signed: Option<Signed>,
        reports: Arc<Reports>,
        place: room::Place,
    ) -> Self {
        Self {
            webhook,
            freight,
            id: signing::delivery(signed.as_ref()),
            signed: signed.map(Box::new),
            attempts: 0,
            held: false,
            first: None,
            status: None,
            error: None,
            accepted: Instant::now(),
            reports,
            place: Some(place),
            counts: false,
        }
    }

    /// From now on what becomes of it is reported.
    pub fn accept(&mut self) {
        self.counts = true;
    }

    /// It got through.
    pub fn delivered(mut self) {
        self.error = None;
        self.settle(DeliveryState::Delivered);
    }

    /// It is given up.
    pub fn failed(mut self, why: String) {
        self.error = Some(why);
        self.settle(DeliveryState::Failed);
    }

    /// All has come to an end before it did.
    pub fn undelivered(mut self) {
        self.settle(DeliveryState::Undelivered);
    }

    fn settle(&mut self, outcome: DeliveryState) {
        let (Some(place), true) = (self.place.take(), self.counts) else {
            return;
        };
        let label = || self.webhook.label();
        let event = &*self.freight.parcel.event;
        let mut buffer = Uuid::encode_buffer();
        let delivery: &str = self.id.hyphenated().encode_lower(&mut buffer);
        match outcome {
            DeliveryState::Delivered => {
                tracing::debug!(
                    webhook = label(),
                    event,
                    id = &*self.freight.event_id,
                    delivery,
                    attempts = self.attempts,
                    "delivered"
                );
            }
            DeliveryState::Failed | DeliveryState::Undelivered => {
                let error = self.error.as_deref().unwrap_or(match self.attempts {
                    0 => "not attempted before the end",
                    _ => "no answer before the end",
                });
                tracing::warn!(
                    webhook = label(),
                    index = self.webhook.index,
                    event,
                    id = &*self.freight.event_id,
                    delivery,
                    attempts = self.attempts,
                    error,
                    "not delivered"
                );
            }
        }
        let outcome = DeliveryOutcome {
            event: event.to_owned(),
            id: self.freight.event_id.clone().into_string(),
            delivery: delivery.to_owned(),
            webhook: self.webhook.name.clone(),
            index: self.webhook.index,
            outcome,
            attempts: self.attempts,
            status: self.status,
            error: self.error.take(),
            elapsed_ms: u64::try_from(self.accepted.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        let event = self.freight.event.clone();
        self.reports.delivery(outcome, event, place);
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.settle(DeliveryState::Undelivered);
    }
}
