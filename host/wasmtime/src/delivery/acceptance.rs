//! Accepts deliveries: all that one event or message leads to, at once.

use crate::config::webhook::Webhook;
use crate::delivery::capacity::Permit;
use crate::delivery::delivery::{Delivery, QueuedBody};
use crate::delivery::delivery_queue::DeliveryQueue;
use crate::delivery::outcome::{
    DeliveryOutcome, DeliveryStatus, EventOutcome, WebhookOutcome, WebhookStatus,
};
use crate::delivery::queue_full::QueueFull;
use crate::event::time::new_id;
use crate::render::notification::Notification;
use crate::render::recipients::{Recipient, Recipients};
use crate::render::rendered_request::{RenderError, RenderedRequest};
use std::cell::OnceCell;
use std::sync::Arc;

/// The acceptance of one event or message.
pub struct Acceptance<'a> {
    queue: &'a Arc<DeliveryQueue>,
    notification: &'a Notification<'a>,
    /// To tell the observer of what is not delivered.
    keep_events: bool,
    queued_bodies: Vec<Arc<QueuedBody>>,
    /// The event as a line, once it is wanted.
    kept: OnceCell<Arc<str>>,
}

/// What the observer is told of in the end.
enum Taken {
    Delivery(Box<Delivery>),
    /// That there is none.
    Unsent(DeliveryOutcome, Permit),
}

impl<'a> Acceptance<'a> {
    /// Into an queue; with `keep_events` each delivery keeps its event.
    pub fn new(
        queue: &'a Arc<DeliveryQueue>,
        notification: &'a Notification<'a>,
        keep_events: bool,
    ) -> Self {
        Self {
            queue,
            notification,
            keep_events,
            queued_bodies: Vec::new(),
            kept: OnceCell::new(),
        }
    }

    /// Accepts a delivery for each webhook, or says why not.
    pub fn accept(mut self, recipients: Recipients) -> EventOutcome {
        let (mut webhooks, mut accepted, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
        for recipient in recipients.webhooks {
            let (webhook, taken) = self.accept_one(recipient);
            webhooks.push(webhook);
            match taken {
                Some(Taken::Delivery(delivery)) => accepted.push(delivery),
                Some(Taken::Unsent(delivery, permit)) => unsent.push((delivery, permit)),
                None => {}
            }
        }
        match self.queue.push(accepted) {
            Ok(()) => {
                for (delivery, permit) in unsent {
                    self.report_unsent(delivery, permit);
                }
            }
            Err(closed) => {
                let taken = |webhook: &&mut WebhookOutcome| {
                    let taken = [WebhookStatus::Accepted, WebhookStatus::SwitchedOff];
                    taken.contains(&webhook.outcome)
                };
                for webhook in webhooks.iter_mut().filter(taken) {
                    let label = label(webhook.name.as_deref(), webhook.index);
                    self.reject(&label, webhook, closed.to_string());
                }
            }
        }
        let (event, id) = (
            self.notification.name.clone(),
            self.notification.id.to_string(),
        );
        EventOutcome::told(event, id, webhooks)
    }

    /// What becomes of a webhook, and what the observer is to be told of in the end.
    fn accept_one(
        &mut self,
        Recipient {
            webhook,
            request,
            signed,
        }: Recipient,
    ) -> (WebhookOutcome, Option<Taken>) {
        if let Err(RenderError::Skipped(why)) = request.as_ref().map_err(AsRef::as_ref) {
            return (webhook.skipped(why), None);
        }
        let mut outcome = webhook.outcome(WebhookStatus::Accepted);
        let known = Arc::clone(&webhook);
        let switched_off = webhook.switched_off();
        let why = match (&switched_off, &request) {
            (Some(why), _) => Some(why.clone()),
            (None, Err(error)) => Some(error.to_string()),
            (None, Ok(_)) => None,
        };
        let taken = match (request, why) {
            (Ok(request), None) => {
                let reserved = self.reserve(&webhook, request);
                reserved.map(|(queued_body, permit)| {
                    let reports = Arc::clone(&self.queue.context.observer);
                    let delivery = Delivery::new(webhook, queued_body, signed, reports, permit);
                    Taken::Delivery(Box::new(delivery))
                })
            }
            (_, why) => {
                let why = why.unwrap_or_default();
                if switched_off.is_some() {
                    outcome.outcome = WebhookStatus::SwitchedOff;
                    outcome.error = Some(why.clone());
                }
                let permit = self.queue.capacity.reserve(&webhook.endpoint, 0, 0);
                permit.map(|permit| Taken::Unsent(self.unsent(&webhook, why), permit))
            }
        };
        match taken {
            Ok(taken) => (outcome, Some(taken)),
            Err(full) => {
                self.reject(&known.label(), &mut outcome, full.to_string());
                (outcome, None)
            }
        }
    }

    /// Of a delivery that failed before it could be attempted.
    fn unsent(&self, webhook: &Webhook, why: String) -> DeliveryOutcome {
        DeliveryOutcome {
            event: self.notification.name.clone(),
            id: self.notification.id.to_string(),
            delivery: new_id().to_string(),
            webhook: webhook.name.clone(),
            index: webhook.index,
            outcome: DeliveryStatus::Failed,
            attempts: 0,
            status: None,
            error: Some(why),
            elapsed_ms: 0,
        }
    }

    fn report_unsent(&self, delivery: DeliveryOutcome, permit: Permit) {
        tracing::warn!(
            webhook = label(delivery.webhook.as_deref(), delivery.index),
            index = delivery.index,
            event = delivery.event,
            id = delivery.id,
            delivery = delivery.delivery,
            attempts = 0,
            error = delivery.error,
            "not delivered"
        );
        let reports = &self.queue.context.observer;
        reports.delivery(delivery, self.kept(), permit);
    }

    /// Rejects the event for a webhook, loudly.
    fn reject(&self, label: &str, webhook: &mut WebhookOutcome, why: String) {
        tracing::warn!(
            webhook = label,
            index = webhook.index,
            event = self.notification.name,
            id = &*self.notification.id,
            "rejected: {why}"
        );
        webhook.outcome = WebhookStatus::Rejected;
        webhook.error = Some(why);
    }

    /// The event, to be told of again if it is not delivered; all its deliveries share it.
    fn kept(&self) -> Option<Arc<str>> {
        let line = || self.notification.line().into();
        self.keep_events
            .then(|| Arc::clone(self.kept.get_or_init(line)))
    }

    /// Takes the capacity for a delivery, and for its body unless another has it already.
    fn reserve(
        &mut self,
        webhook: &Webhook,
        request: Arc<RenderedRequest>,
    ) -> Result<(Arc<QueuedBody>, Permit), QueueFull> {
        let capacity = &self.queue.capacity;
        let expected = self.notification.size();
        // What is kept to be told of again takes capacity as well.
        let kept = if self.keep_events { expected } else { 0 };
        let bytes = request.body.len() + kept;
        let permit = capacity.reserve(&webhook.endpoint, expected, bytes)?;
        let mut known = self.queued_bodies.iter();
        if let Some(queued_body) =
            known.find(|queued_body| Arc::ptr_eq(&queued_body.request, &request))
        {
            return Ok((Arc::clone(queued_body), permit));
        }
        let queued_body = Arc::new(QueuedBody {
            capacity: capacity.reserve_bytes(expected, bytes)?,
            request,
            event_id: self.notification.id.as_ref().into(),
            event: self.kept(),
            breaker: self.queue.context.breaker,
        });
        self.queued_bodies.push(Arc::clone(&queued_body));
        Ok((queued_body, permit))
    }
}

/// How people tell a webhook from others.
fn label(name: Option<&str>, index: usize) -> String {
    name.map_or_else(|| format!("#{index}"), str::to_owned)
}
