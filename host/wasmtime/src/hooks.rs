//! The hooks of a servo: before an event, after it, or around it whole.

use crate::addressing::{Addressing, shapes};
use crate::attempt::{Sender, Unread};
use crate::before;
use crate::configuration::Configuration;
use crate::connector::Connector;
use crate::delivery::{Delivery, Freight};
use crate::envelope::Stated;
use crate::event::{Event, EventError, Results};
use crate::message::Message;
use crate::options::Options;
use crate::outbound::{Client, ClientError};
use crate::outbox::Outbox;
use crate::outcome::{self, Decision, EventOutcome, Observer, Settlement, WebhookOutcome};
use crate::parcel::{Addressed, Occasion, Parcel, ParcelError};
use crate::rehearsal::{self, Prepared, Rehearsal};
use crate::rendering::render;
use crate::room::{Full, Place, Room};
use crate::trigger::{self, Trial};
use crate::webhook::Webhook;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// The webhooks of a servo, at work.
///
/// Cloning shares them. Drop the last one, or call [`Webhooks::drain`], to end: what
/// is not delivered then is reported to the observer as undelivered.
#[derive(Clone)]
pub struct Webhooks {
    inner: Arc<Inner>,
}

struct Inner {
    /// Replaced as a whole when a new configuration comes.
    addressing: RwLock<Arc<Addressing>>,
    options: Options,
    sender: Arc<Sender>,
    outbox: Arc<Outbox>,
}

/// What [`Webhooks::dispatch`] came to.
#[derive(Debug)]
pub enum Dispatched<T> {
    /// The event happened.
    Done {
        /// What the work returned.
        value: T,
        /// What the webhooks said before it.
        before: EventOutcome,
        /// What became of the webhooks after it.
        after: EventOutcome,
    },
    /// A webhook cancelled it; the work was not begun.
    Cancelled(EventOutcome),
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Webhooks")
            .field("waiting", &self.waiting())
            .finish_non_exhaustive()
    }
}

impl Webhooks {
    /// Starts the webhooks of a configuration, in the tokio runtime that this is
    /// called in.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up: a CA file or a proxy of the environment.
    pub fn start(
        connector: &Connector,
        configuration: Configuration,
        options: Options,
        observer: impl Observer,
    ) -> Result<Self, ClientError> {
        let sender = Arc::new(Sender {
            connector: connector.clone(),
            client: Client::new(options.client())?,
            answer_headers: configuration.answer_headers.clone(),
            answer_cap: options.answer_cap,
            breaker: options.breaker(),
            closed: Notify::new(),
            observer: Arc::new(observer),
        });
        let room = Arc::new(Room::new(
            options.max_waiting,
            options.max_waiting_bytes,
            configuration.endpoints(),
        ));
        let outbox = Outbox::new(Arc::clone(&sender), room, options.connections);
        let addressing = Addressing::new(connector, configuration, options.max_event);
        Ok(Self {
            inner: Arc::new(Inner {
                addressing: RwLock::new(Arc::new(addressing)),
                options,
                sender,
                outbox,
            }),
        })
    }

    /// Asks the webhooks before an event, within the budget of the options.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn before(&self, event: &Event) -> Result<EventOutcome, EventError> {
        let inner = &*self.inner;
        let occasion = Occasion::before(event);
        let (now, budget) = (Instant::now(), inner.options.before_budget);
        let deadline = now + budget;
        // The other half is for the answers: of those too who have no expressions.
        let rendered_by = now + budget / 2;
        let concerned = inner
            .addressing()
            .concerned(&occasion, Some(rendered_by))
            .await?;
        let (outcome, publish) = before::ask(
            &inner.sender,
            occasion.name,
            event.id.clone(),
            concerned,
            deadline,
        )
        .await;
        for (webhook, delivery, unread) in publish {
            self.publish(webhook, delivery, unread);
        }
        Ok(outcome)
    }

    /// Tells the webhooks after an event. Waits for their expressions alone, never for
    /// a delivery: the observer hears of each. Nothing is accepted if the future is
    /// dropped before it is ready.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn after(
        &self,
        event: &Event,
        results: &Results,
    ) -> Result<EventOutcome, EventError> {
        self.inner.accept(&Occasion::after(event, results)).await
    }

    /// Passes a message on to the webhooks of its channel, as [`Webhooks::after`] does.
    ///
    /// # Errors
    /// If it is too large.
    pub async fn message(&self, message: &Message) -> Result<EventOutcome, EventError> {
        self.inner.accept(&Occasion::message(message)).await
    }

    /// Does what a statement says: asks before, tells after, or passes a message on.
    ///
    /// # Errors
    /// As [`Webhooks::before`], [`Webhooks::after`] and [`Webhooks::message`].
    pub async fn handle(&self, stated: &Stated) -> Result<EventOutcome, EventError> {
        match stated {
            Stated::Before(event) => self.before(event).await,
            Stated::After(event, results) => self.after(event, results).await,
            Stated::Message(message) => self.message(message).await,
        }
    }

    /// Wraps an event whole: before, the work, after. The work is not begun, and
    /// nobody told after it, when a webhook cancels. It returns its own value and
    /// what the connectors of the servo made of the event.
    ///
    /// # Errors
    /// If it is no event; the work is not begun then.
    pub async fn dispatch<T, W>(&self, event: &Event, work: W) -> Result<Dispatched<T>, EventError>
    where
        W: AsyncFnOnce() -> (T, Results),
    {
        let before = self.before(event).await?;
        if before.outcome == Decision::Cancelled {
            return Ok(Dispatched::Cancelled(before));
        }
        let (value, results) = work().await;
        let after = match self.after(event, &results).await {
            Ok(after) => after,
            Err(error) => {
                // The event has happened: its value must not be lost for this.
                tracing::error!(event = event.name, %error, "the webhooks after the event were not told");
                let name = format!("after:{}", event.name);
                EventOutcome {
                    event: name,
                    id: event.id.clone(),
                    outcome: Decision::Rejected,
                    reason: Some(error.to_string()),
                    webhooks: Vec::new(),
                }
            }
        };
        Ok(Dispatched::Done {
            value,
            before,
            after,
        })
    }

    /// Makes one attempt at a webhook by hand, whether it listens or not.
    pub async fn trigger(&self, webhook: &Webhook, stated: &Stated) -> Trial {
        trigger::attempt(&self.inner.sender, webhook, &Occasion::from(stated)).await
    }

    /// Says of every webhook what would be done with an event, without doing it.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn rehearse(&self, stated: &Stated) -> Result<Vec<Rehearsal>, EventError> {
        let inner = &*self.inner;
        let occasion = Occasion::from(stated);
        let addressing = inner.addressing();
        let addressed = addressing.all(&occasion, None).await?;
        let of = |webhook: &Arc<Webhook>| {
            let mut addressed = addressed.iter();
            addressed.find(|addressed| Arc::ptr_eq(&addressed.webhook, webhook))
        };
        let all = addressing.configuration.webhooks().iter();
        Ok(all
            .map(|webhook| rehearsal::rehearse(&inner.sender, &occasion, webhook, of(webhook)))
            .collect())
    }

    /// The request that [`Webhooks::trigger`] would send.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn prepare(&self, webhook: &Webhook, stated: &Stated) -> Result<Prepared, String> {
        let (sender, occasion) = (&self.inner.sender, Occasion::from(stated));
        let parcel = render(&sender.connector, &occasion, webhook).await;
        let parcel = parcel.map_err(|error| error.to_string())?;
        rehearsal::prepare(sender, &occasion, webhook, &parcel, true)
    }

    /// Deliveries that are not settled.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.outbox.room.waiting()
    }

    /// When the next delivery is to be retried, if any waits for that.
    #[must_use]
    pub fn next_retry(&self) -> Option<Instant> {
        self.inner.outbox.next_retry()
    }

    /// Waits until every webhook that an event or a message concerns would accept it, or
    /// until nothing is left to wait for; and until no more than is good for them is in
    /// line at endpoints that keep up. What comes before an event needs no room.
    pub async fn until_free(&self, stated: &Stated) {
        if matches!(stated, Stated::Before(_)) {
            return;
        }
        let (inner, occasion) = (&*self.inner, Occasion::from(stated));
        let selected = inner
            .addressing()
            .configuration
            .select(&inner.sender.connector, &occasion.name);
        // A connector that cannot say fails the event in a moment.
        let Ok(concerned) = selected else { return };
        // What is held fails in a moment.
        let concerned: Vec<_> = concerned
            .iter()
            .filter(|webhook| webhook.switched_off().is_none())
            .collect();
        let bodies = shapes(concerned.iter().copied()).len();
        let mut endpoints: Vec<_> = concerned
            .iter()
            .map(|webhook| Arc::clone(&webhook.endpoint))
            .collect();
        let room = &inner.outbox.room;
        room.until_free(&endpoints, bodies, occasion.size()).await;
        endpoints.dedup();
        inner.outbox.until_short(&endpoints).await;
    }

    /// Waits until every delivery is settled.
    pub async fn settled(&self) {
        self.inner.outbox.room.until_empty().await;
    }

    /// Waits until every delivery is settled, at most for `limit`; then ends those that
    /// are not, and says how many. Nothing is accepted any more.
    pub async fn drain(&self, limit: Duration) -> usize {
        let _ = timeout(limit, self.settled()).await;
        let left = self.waiting();
        self.inner.outbox.close().await;
        left
    }

    /// The one that the next event meets.
    #[must_use]
    pub fn configuration(&self) -> Arc<Configuration> {
        Arc::clone(&self.inner.addressing().configuration)
    }

    /// Puts a new configuration, read with the same connector, in the place of the one
    /// before. An event meets either the old one or the new one; what was accepted
    /// finishes as it was accepted, with its target and its keys. Webhooks that were
    /// switched off are on again, breakers closed.
    pub fn reload(&self, configuration: Configuration) {
        let inner = &*self.inner;
        let connector = &inner.sender.connector;
        inner.outbox.room.divide(configuration.endpoints());
        let addressing = Addressing::new(connector, configuration, inner.options.max_event);
        *inner
            .addressing
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(addressing);
    }

    fn publish(&self, webhook: Arc<Webhook>, delivery: String, unread: Unread) {
        let inner = Arc::clone(&self.inner);
        let publishing = inner.outbox.room.publish();
        self.inner.outbox.spawn(async move {
            let _publishing = publishing;
            if let Some(publication) = inner
                .sender
                .publication(&webhook, &delivery, true, unread)
                .await
            {
                inner.sender.observer.publication(publication);
            }
        });
    }
}

impl Inner {
    fn addressing(&self) -> Arc<Addressing> {
        let addressing = self.addressing.read();
        Arc::clone(&addressing.unwrap_or_else(PoisonError::into_inner))
    }

    async fn accept(&self, occasion: &Occasion<'_>) -> Result<EventOutcome, EventError> {
        let mut freights = Vec::new();
        let concerned = self.addressing().concerned(occasion, None).await?;
        let (webhooks, deliveries): (Vec<_>, Vec<_>) = concerned
            .webhooks
            .into_iter()
            .map(|addressed| self.accept_one(occasion, addressed, &mut freights))
            .unzip();
        self.outbox.push(deliveries.into_iter().flatten());
        let (event, id) = (occasion.name.clone(), occasion.id.to_string());
        Ok(EventOutcome::told(event, id, webhooks))
    }

    /// What becomes of a webhook, and its delivery if there is one.
    fn accept_one(
        &self,
        occasion: &Occasion<'_>,
        Addressed {
            webhook,
            parcel,
            signed,
        }: Addressed,
        freights: &mut Vec<Arc<Freight>>,
    ) -> (WebhookOutcome, Option<Box<Delivery>>) {
        if let Err(ParcelError::Skipped(why)) = parcel.as_ref().map_err(AsRef::as_ref) {
            return (webhook.skipped(why), None);
        }
        let mut outcome = webhook.outcome(Settlement::Accepted);
        let observer = &self.sender.observer;
        if let Some(why) = webhook.switched_off() {
            observer.delivery(outcome::unsent(occasion, &webhook, &why));
            outcome.outcome = Settlement::SwitchedOff;
            outcome.error = Some(why);
            return (outcome, None);
        }
        let parcel = match parcel {
            Ok(parcel) => parcel,
            Err(error) => {
                tracing::warn!(webhook = webhook.label(), event = occasion.name, %error, "not delivered");
                observer.delivery(outcome::unsent(occasion, &webhook, &error.to_string()));
                return (outcome, None);
            }
        };
        match self.stow(occasion, &webhook, parcel, freights) {
            Ok((freight, place)) => {
                let delivery = Delivery::new(webhook, freight, signed, Arc::clone(observer), place);
                (outcome, Some(Box::new(delivery)))
            }
            Err(full) => {
                let why = full.to_string();
                tracing::warn!(
                    webhook = webhook.label(),
                    event = occasion.name,
                    id = &*occasion.id,
                    "rejected: {why}"
                );
                outcome.outcome = Settlement::Rejected;
                outcome.error = Some(why);
                (outcome, None)
            }
        }
    }

    /// Takes the room for a delivery, and for its body unless another has it already.
    fn stow(
        &self,
        occasion: &Occasion<'_>,
        webhook: &Webhook,
        parcel: Arc<Parcel>,
        freights: &mut Vec<Arc<Freight>>,
    ) -> Result<(Arc<Freight>, Place), Full> {
        let room = &self.outbox.room;
        let (expected, bytes) = (occasion.size(), parcel.body.len());
        let place = room.enter(&webhook.endpoint, expected, bytes)?;
        let mut known = freights.iter();
        if let Some(freight) = known.find(|freight| Arc::ptr_eq(&freight.parcel, &parcel)) {
            return Ok((Arc::clone(freight), place));
        }
        let freight = Arc::new(Freight {
            room: room.take(expected, bytes)?,
            parcel,
            event_id: occasion.id.as_ref().into(),
        });
        freights.push(Arc::clone(&freight));
        Ok((freight, place))
    }
}
