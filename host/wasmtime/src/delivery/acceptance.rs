//! Accepts deliveries: all that one event or message leads to, at once.

use crate::config::webhook::Webhook;
use crate::delivery::delivery::{Delivery, Freight};
use crate::delivery::outbox::Outbox;
use crate::delivery::outcome::{
    DeliveryOutcome, DeliveryState, EventOutcome, Settlement, WebhookOutcome,
};
use crate::delivery::room::{Full, Place};
use crate::event::time::new_id;
use crate::render::parcel::Occasion;
use crate::render::recipients::{Addressed, Concerned};
use crate::render::rendered_request::{Parcel, ParcelError};
use std::sync::Arc;

/// The acceptance of one event or message.
pub struct Acceptance<'a> {
    outbox: &'a Arc<Outbox>,
    occasion: &'a Occasion<'a>,
    /// To tell the observer of what is not delivered.
    keep_events: bool,
    freights: Vec<Arc<Freight>>,
}

/// What the observer is told of in the end.
enum Taken {
    Delivery(Box<Delivery>),
    /// That there is none.
    Unsent(DeliveryOutcome, Place),
}

impl<'a> Acceptance<'a> {
    /// Into an outbox; with `keep_events` each delivery keeps its event.
    pub fn new(outbox: &'a Arc<Outbox>, occasion: &'a Occasion<'a>, keep_events: bool) -> Self {
        Self {
            outbox,
            occasion,
            keep_events,
            freights: Vec::new(),
        }
    }

    /// Accepts a delivery for each webhook, or says why not.
    pub fn accept(mut self, concerned: Concerned) -> EventOutcome {
        let (mut webhooks, mut accepted, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
        for addressed in concerned.webhooks {
            let (webhook, taken) = self.accept_one(addressed);
            webhooks.push(webhook);
            match taken {
                Some(Taken::Delivery(delivery)) => accepted.push(delivery),
                Some(Taken::Unsent(delivery, place)) => unsent.push((delivery, place)),
                None => {}
            }
        }
        match self.outbox.push(accepted) {
            Ok(()) => {
                for (delivery, place) in unsent {
                    self.report_unsent(delivery, place);
                }
            }
            Err(closed) => {
                let taken = |webhook: &&mut WebhookOutcome| {
                    let taken = [Settlement::Accepted, Settlement::SwitchedOff];
                    taken.contains(&webhook.outcome)
                };
                for webhook in webhooks.iter_mut().filter(taken) {
                    let label = label(webhook.name.as_deref(), webhook.index);
                    self.reject(&label, webhook, closed.to_string());
                }
            }
        }
        let (event, id) = (self.occasion.name.clone(), self.occasion.id.to_string());
        EventOutcome::told(event, id, webhooks)
    }

    /// What becomes of a webhook, and what the observer is to be told of in the end.
    fn accept_one(
        &mut self,
        Addressed {
            webhook,
            parcel,
            signed,
        }: Addressed,
    ) -> (WebhookOutcome, Option<Taken>) {
        if let Err(ParcelError::Skipped(why)) = parcel.as_ref().map_err(AsRef::as_ref) {
            return (webhook.skipped(why), None);
        }
        let mut outcome = webhook.outcome(Settlement::Accepted);
        let known = Arc::clone(&webhook);
        let switched_off = webhook.switched_off();
        let why = match (&switched_off, &parcel) {
            (Some(why), _) => Some(why.clone()),
            (None, Err(error)) => Some(error.to_string()),
            (None, Ok(_)) => None,
        };
        let taken = match (parcel, why) {
            (Ok(parcel), None) => {
                let stowed = self.stow(&webhook, parcel);
                stowed.map(|(freight, place)| {
                    let reports = Arc::clone(&self.outbox.sender.observer);
                    let delivery = Delivery::new(webhook, freight, signed, reports, place);
                    Taken::Delivery(Box::new(delivery))
                })
            }
            (_, why) => {
                let why = why.unwrap_or_default();
                if switched_off.is_some() {
                    outcome.outcome = Settlement::SwitchedOff;
                    outcome.error = Some(why.clone());
                }
                let place = self.outbox.room.enter(&webhook.endpoint, 0, 0);
                place.map(|place| Taken::Unsent(self.unsent(&webhook, why), place))
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
            event: self.occasion.name.clone(),
            id: self.occasion.id.to_string(),
            delivery: new_id().to_string(),
            webhook: webhook.name.clone(),
            index: webhook.index,
            outcome: DeliveryState::Failed,
            attempts: 0,
            status: None,
            error: Some(why),
            elapsed_ms: 0,
        }
    }

    fn report_unsent(&self, delivery: DeliveryOutcome, place: Place) {
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
        let reports = &self.outbox.sender.observer;
        reports.delivery(delivery, self.kept(), place);
    }

    /// Rejects the event for a webhook, loudly.
    fn reject(&self, label: &str, webhook: &mut WebhookOutcome, why: String) {
        tracing::warn!(
            webhook = label,
            index = webhook.index,
            event = self.occasion.name,
            id = &*self.occasion.id,
            "rejected: {why}"
        );
        webhook.outcome = Settlement::Rejected;
        webhook.error = Some(why);
    }

    /// The event, to be told of again if it is not delivered; all its deliveries share it.
    fn kept(&self) -> Option<Arc<str>> {
        if !self.keep_events {
            return None;
        }
        let mut known = self
            .freights
            .iter()
            .filter_map(|freight| freight.event.clone());
        known.next().or_else(|| Some(self.occasion.line().into()))
    }

    /// Takes the room for a delivery, and for its body unless another has it already.
    fn stow(
        &mut self,
        webhook: &Webhook,
        parcel: Arc<Parcel>,
    ) -> Result<(Arc<Freight>, Place), Full> {
        let room = &self.outbox.room;
        let expected = self.occasion.size();
        // What is kept to be told of again takes room as well.
        let kept = if self.keep_events { expected } else { 0 };
        let bytes = parcel.body.len() + kept;
        let place = room.enter(&webhook.endpoint, expected, bytes)?;
        let mut known = self.freights.iter();
        if let Some(freight) = known.find(|freight| Arc::ptr_eq(&freight.parcel, &parcel)) {
            return Ok((Arc::clone(freight), place));
        }
        let freight = Arc::new(Freight {
            room: room.take(expected, bytes)?,
            parcel,
            event_id: self.occasion.id.as_ref().into(),
            event: self.kept(),
            breaker: self.outbox.sender.breaker,
        });
        self.freights.push(Arc::clone(&freight));
        Ok((freight, place))
    }
}

/// How people tell a webhook from others.
fn label(name: Option<&str>, index: usize) -> String {
    name.map_or_else(|| format!("#{index}"), str::to_owned)
}
