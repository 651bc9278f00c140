//! Accepts deliveries: all that one event or message leads to, at once.

use crate::attempt::signing::Signed;
use crate::config::webhook::Webhook;
use crate::delivery::capacity::Permit;
use crate::delivery::delivery::{Delivery, QueuedBody};
use crate::delivery::delivery_queue::DeliveryQueue;
use crate::delivery::outcome::{EventOutcome, WebhookOutcome, WebhookStatus};
use crate::delivery::queue_full::QueueFull;
use crate::delivery::unsent::{self, Unsent};
use crate::event::time::new_id;
use crate::ledger::entry::{Entry, EntryTrace, Place};
use crate::ledger::{Ledger, Receipt};
use crate::observe::counters::label;
use crate::observe::webhook_counters::add;
use crate::render::notification::Notification;
use crate::render::recipients::{Recipient, Recipients};
use crate::render::rendered_request::{RenderError, RenderedRequest};
use crate::trace::Span;
use crate::trace::attempt_trace::trace_id;
use std::cell::OnceCell;
use std::sync::Arc;

/// The acceptance of one event or message.
pub(crate) struct Acceptance<'a> {
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
    /// It is only on disk.
    Spilled(Entry),
    /// That there is none; with what would have been sent, if there is a ledger.
    Unsent(Box<Unsent>, Option<Entry>),
}

/// What became of an event or a message.
pub(crate) struct Accepted {
    pub outcome: EventOutcome,
    /// Of the disk, if there is a store: the outcome counts once it is written.
    pub receipt: Option<Receipt>,
}

impl<'a> Acceptance<'a> {
    /// Into a queue; with `keep_events` each delivery keeps its event.
    pub(crate) fn new(
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
    pub(crate) fn accept(mut self, recipients: Recipients) -> Accepted {
        let (mut webhooks, mut accepted, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
        let mut entries = Vec::new();
        for recipient in recipients.webhooks {
            let (webhook, taken) = self.accept_one(recipient);
            webhooks.push(webhook);
            match taken {
                Some(Taken::Delivery(delivery)) => {
                    entries.extend(self.ledger().map(|_| delivery.entry()));
                    accepted.push(delivery);
                }
                Some(Taken::Spilled(entry)) => entries.push(entry),
                Some(Taken::Unsent(delivery, entry)) => {
                    entries.extend(entry);
                    unsent.push(delivery);
                }
                None => {}
            }
        }
        let pushed = self.queue.push(accepted, entries);
        let receipt = match pushed {
            Ok(receipt) => {
                let came = self.notification.trace.as_deref();
                for delivery in unsent {
                    delivery.report(&self.queue.context, self.kept(), came);
                }
                receipt
            }
            Err(why) => {
                let taken = |webhook: &&mut WebhookOutcome| {
                    let taken = [WebhookStatus::Accepted, WebhookStatus::SwitchedOff];
                    taken.contains(&webhook.outcome)
                };
                for webhook in webhooks.iter_mut().filter(taken) {
                    let label = label(webhook.name.as_deref(), webhook.index);
                    self.reject(&label, webhook, why.clone());
                }
                None
            }
        };
        let (event, id) = (
            self.notification.name.clone(),
            self.notification.id.to_string(),
        );
        Accepted {
            outcome: EventOutcome::told(event, id, webhooks),
            receipt,
        }
    }

    fn ledger(&self) -> Option<&Ledger> {
        self.queue.context.observer.ledger()
    }

    /// The span of one of its deliveries.
    fn span(&self) -> Option<Box<Span>> {
        let tracer = &self.queue.context.tracer;
        tracer.delivery(self.notification.trace.as_ref())
    }

    /// What the ledger is told of a delivery that is not in memory.
    fn entry(
        &self,
        webhook: &Webhook,
        request: &Arc<RenderedRequest>,
        place: Place,
        span: Option<&Span>,
    ) -> Entry {
        Entry {
            id: new_id(),
            webhook: webhook.name.as_deref().unwrap_or_default().into(),
            request: Arc::clone(request),
            event_id: self.notification.id.as_ref().into(),
            trace: EntryTrace {
                came: self.notification.trace.clone(),
                own: span.map(Span::ids),
            },
            place,
        }
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
            (Ok(request), None) => self.take(webhook, request, signed),
            (request, why) => {
                let why = why.unwrap_or_default();
                let mut unsent = unsent::outcome(self.notification, &webhook, why.clone());
                let span = self.span();
                let entry = request.ok().filter(|_| self.ledger().is_some());
                let entry = entry
                    .map(|request| self.entry(&webhook, &request, Place::Nowhere, span.as_deref()));
                let id = entry.as_ref().map(|entry| entry.id);
                if let Some(id) = id {
                    unsent.delivery = id.to_string();
                }
                if switched_off.is_some() {
                    outcome.outcome = WebhookStatus::SwitchedOff;
                    outcome.error = Some(why);
                }
                let permit = self.queue.capacity.reserve(&webhook.endpoint, 0, 0);
                permit.map(|permit| {
                    let unsent = Unsent {
                        outcome: unsent,
                        permit,
                        entry: id,
                        span,
                    };
                    Taken::Unsent(Box::new(unsent), entry)
                })
            }
        };
        match taken {
            Ok(taken) => (outcome, Some(taken)),
            Err(full) => {
                add(&self.queue.context.counters.queue_full);
                self.reject(&known.label(), &mut outcome, full.to_string());
                (outcome, None)
            }
        }
    }

    /// Takes a delivery in: into memory if there is capacity, else to the disk if there is a
    /// store. It goes to the disk as well where others of its webhook are, behind them, and while
    /// the webhook is paused: what others of its endpoint need is not taken for it.
    fn take(
        &mut self,
        webhook: Arc<Webhook>,
        request: Arc<RenderedRequest>,
        signed: Option<Signed>,
    ) -> Result<Taken, QueueFull> {
        let ledger = self.ledger();
        let name = webhook.name.as_deref().unwrap_or_default();
        let spilled = |acceptance: &Self| {
            let span = acceptance.span();
            let span = span.as_deref();
            Taken::Spilled(acceptance.entry(&webhook, &request, Place::Spilled, span))
        };
        let stays = |ledger: &Ledger| webhook.is_paused() || ledger.is_spilled(name);
        if ledger.is_some_and(stays) {
            return Ok(spilled(self));
        }
        let stores = ledger.is_some();
        match self.reserve(&webhook, Arc::clone(&request)) {
            Ok((queued_body, permit)) => {
                let reports = Arc::clone(&self.queue.context.observer);
                let mut delivery = Delivery::new(webhook, queued_body, signed, reports, permit);
                delivery.span = self.span();
                Ok(Taken::Delivery(Box::new(delivery)))
            }
            Err(_) if stores => Ok(spilled(self)),
            Err(full) => Err(full),
        }
    }

    /// Rejects the event for a webhook, loudly.
    fn reject(&self, label: &str, webhook: &mut WebhookOutcome, why: String) {
        tracing::warn!(
            webhook = label,
            index = webhook.index,
            event = self.notification.name,
            id = &*self.notification.id,
            trace_id = trace_id(self.notification.trace.as_deref(), None),
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
            trace: self.notification.trace.clone(),
            breaker: self.queue.context.breaker,
        });
        self.queued_bodies.push(Arc::clone(&queued_body));
        Ok((queued_body, permit))
    }
}
