//! The hooks of a servo: before an event, after it, or around it whole.

use crate::attempt::attempt::{Sender, Stamp, Unread};
use crate::awake::Deadline;
use crate::before;
use crate::clock::Clock;
use crate::config::configuration::Configuration;
use crate::config::webhook::Webhook;
use crate::connector::Connector;
use crate::delivery::delivery::{Delivery, Freight};
use crate::delivery::outbox::{Closed, Outbox};
use crate::delivery::outcome::{
    self, Decision, DeliveryOutcome, EventOutcome, Observer, Settlement, WebhookOutcome,
};
use crate::delivery::reports::Reports;
use crate::delivery::room::{Full, Place, Room};
use crate::event::envelope::Stated;
use crate::event::event::{Event, EventError, Results};
use crate::event::message::Message;
use crate::event::time;
use crate::inspect::rehearsal::{self, Prepared, Rehearsal};
use crate::inspect::trigger::{self, Trial};
use crate::options::Options;
use crate::outbound::{Client, ClientError};
use crate::render::addressing::{Addressing, shapes};
use crate::render::parcel::{Addressed, Occasion, Parcel, ParcelError};
use crate::render::rendering::render;
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// The webhooks of a servo, at work.
///
/// Cloning shares them. Call [`Webhooks::drain`] to end, or drop the last one: attempts
/// in flight are ended too, and what is not delivered is reported to the observer as
/// undelivered. They end as well when the runtime does that they were started in.
///
/// Each delivery that was accepted is reported exactly once, however all ends. The observer
/// is told by a thread of its own: [`Webhooks::drain`] waits for it, and the drop of the last
/// one does for a second at the most. So reports are lost in two ways only: the process
/// exits (or `main` returns) while others still hold a clone, or within a second after an
/// observer has hung.
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

/// Why webhooks cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The HTTP client cannot be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// There is no runtime.
    #[error(
        "webhooks must be started within a tokio runtime, and there is none here; enter one, or start them in a future that it runs"
    )]
    Runtime,
    /// No attempt may be in flight.
    #[error("`connections` is 0, so nothing would ever be sent; use at least 1")]
    Connections,
    /// Signatures, ids and certificates are about times since then.
    #[error("the clock of this machine is set before 1970; set it first")]
    Clock,
    /// The observer has no thread.
    #[error("no thread for the observer: {0}")]
    Thread(#[source] io::Error),
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
    /// called in, which has its timers and its I/O enabled.
    ///
    /// # Errors
    /// If the HTTP client cannot be set up (a CA file or a proxy of the environment), if
    /// this is called outside a runtime, if the options allow no connections, if the clock
    /// stands before 1970, or if there is no thread to be had for the observer.
    pub fn start(
        connector: &Connector,
        configuration: Configuration,
        options: Options,
        observer: impl Observer,
    ) -> Result<Self, StartError> {
        let runtime = Handle::try_current().map_err(|_| StartError::Runtime)?;
        if options.connections == 0 {
            return Err(StartError::Connections);
        }
        if !time::is_readable(SystemTime::now()) {
            return Err(StartError::Clock);
        }
        let client = Client::new(options.client())?;
        let reports = Reports::start(observer, runtime.clone()).map_err(StartError::Thread)?;
        let sender = Arc::new(Sender {
            connector: connector.clone(),
            client,
            answer_headers: configuration.answer_headers.clone(),
            answer_cap: options.answer_cap,
            breaker: options.breaker(),
            clock: Clock::start(),
            closed: Notify::new(),
            observer: reports,
        });
        let room = Arc::new(Room::new(
            options.max_waiting,
            options.max_waiting_bytes,
            configuration.endpoints(),
        ));
        let outbox = Outbox::new(Arc::clone(&sender), room, options.connections, runtime);
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

    /// Asks the webhooks before an event, within the budget of the options. Once all is
    /// closed nobody is asked: each is settled by its `on_error`, with an error that says so.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn before(&self, event: &Event) -> Result<EventOutcome, EventError> {
        let inner = &*self.inner;
        let occasion = Occasion::before(event);
        let budget = inner.options.before_budget;
        let mut deadline = Deadline::after(budget);
        // The other half is for the answers: of those too who have no expressions.
        let rendered_by = Deadline::after(budget / 2).moment();
        let addressing = inner.addressing();
        addressing.configuration.doubt(&event.name);
        let concerned = addressing.concerned(&occasion, Some(rendered_by));
        let concerned = deadline.across(concerned).await?;
        let (outcome, publish) = before::ask(
            &inner.sender,
            occasion.name,
            event.id.clone(),
            concerned,
            deadline,
            inner.outbox.closed(),
        )
        .await;
        for (webhook, delivery, unread) in publish {
            self.publish(&outcome, webhook, delivery, unread);
        }
        Ok(outcome)
    }

    /// Tells the webhooks after an event. Waits for their expressions alone, never for
    /// a delivery: the observer hears of each. Nothing is accepted if the future is
    /// dropped before it is ready; and everything is rejected, as `closed`, once
    /// [`Webhooks::drain`] was called or the runtime has ended.
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

    /// What may be wrong with a statement although it is taken: an event that neither a
    /// servo nor the host's catalogue knows, and that no webhook names. It is logged once for
    /// each name.
    #[must_use]
    pub fn warnings(&self, stated: &Stated) -> Vec<String> {
        let event = match stated {
            Stated::Before(event) | Stated::After(event, _) => event.name(),
            Stated::Message(_) => return Vec::new(),
        };
        let doubt = self.configuration().doubt(event);
        doubt.iter().map(|doubt| String::from(&**doubt)).collect()
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
                tracing::error!(event = event.name, %error, "the event happened, but its after webhooks could not be told");
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
        let addressing = inner.addressing();
        let configuration = &addressing.configuration;
        let selected = configuration.select(&inner.sender.connector, &occasion.name);
        // A connector that cannot say fails the event in a moment, as do terms that cannot
        // be met.
        let Ok(selected) = selected else { return };
        let narrowed = configuration.narrow(selected, &occasion.terms, &occasion.name);
        let Ok(concerned) = narrowed else { return };
        // What is switched off fails in a moment; what a breaker holds takes its room.
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

    /// Waits until every delivery is settled, and the observer has been told.
    pub async fn settled(&self) {
        self.inner.outbox.room.until_empty().await;
        self.inner.sender.observer.all_told().await;
    }

    /// Accepts nothing any more, and asks nobody. Waits until every delivery is settled, at
    /// most for `limit`; then ends those that are not. Returns when the observer has been
    /// told of all, however long it takes; one that takes nothing for a second is not waited
    /// for, which is logged. Says how many deliveries were reported as undelivered, to each
    /// who calls it.
    pub async fn drain(&self, limit: Duration) -> usize {
        let inner = &*self.inner;
        inner.outbox.close();
        let _ = timeout(limit, self.settled()).await;
        let undelivered = inner.outbox.end(Closed::Drained);
        let room = &inner.outbox.room;
        inner.sender.observer.told_if_taken(room).await;
        undelivered
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

    /// Reads the file of further CA certificates again; it blocks while it reads. What is
    /// under way goes on, and later connections trust what the file holds now.
    ///
    /// # Errors
    /// If the file cannot be used: what it held before stays trusted.
    pub fn reload_trust(&self) -> Result<(), ClientError> {
        self.inner.sender.client.reload_trust()
    }

    fn publish(&self, of: &EventOutcome, webhook: Arc<Webhook>, delivery: String, unread: Unread) {
        let outbox = &self.inner.outbox;
        let (label, id) = (webhook.label(), delivery.clone());
        let unpublished = |why| {
            tracing::warn!(
                webhook = label,
                delivery = id,
                "answer not published: {why}"
            )
        };
        let Some(publishing) = outbox.room.publish() else {
            return unpublished("too many are waiting for the observer");
        };
        let sender = Arc::clone(&self.inner.sender);
        let (event, event_id) = (of.event.clone(), of.id.clone());
        let spawned = outbox.spawn(async move {
            let _publishing = publishing;
            let now = Instant::now();
            let stamp = Stamp {
                event: &event,
                id: &event_id,
                delivery: &delivery,
                number: 1,
                first: now,
                before: true,
                manual: false,
                began: now,
                deadline: now,
            };
            let publication = sender.publication(&webhook, stamp, unread);
            if let Some(publication) = publication.await {
                sender.observer.publication(publication).await;
            }
        });
        if !spawned {
            unpublished("shutting down");
        }
    }
}

impl Drop for Inner {
    /// The last one is gone: so are all attempts.
    fn drop(&mut self) {
        self.outbox.end(Closed::Drained);
        self.sender.observer.until_told();
    }
}

impl Inner {
    fn addressing(&self) -> Arc<Addressing> {
        let addressing = self.addressing.read();
        Arc::clone(&addressing.unwrap_or_else(PoisonError::into_inner))
    }

    async fn accept(&self, occasion: &Occasion<'_>) -> Result<EventOutcome, EventError> {
        let addressing = self.addressing();
        if let Some(event) = occasion.name.strip_prefix("after:") {
            addressing.configuration.doubt(event);
        }
        let concerned = addressing.concerned(occasion, None).await?;
        let mut freights = Vec::new();
        let (mut webhooks, mut accepted, mut unsent) = (Vec::new(), Vec::new(), Vec::new());
        for addressed in concerned.webhooks {
            let (webhook, taken) = self.accept_one(occasion, addressed, &mut freights);
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
                    let event = self.kept(occasion, &freights);
                    self.sender.observer.delivery(delivery, event, place);
                }
            }
            Err(closed) => {
                let taken = |webhook: &&mut WebhookOutcome| {
                    let taken = [Settlement::Accepted, Settlement::SwitchedOff];
                    taken.contains(&webhook.outcome)
                };
                for webhook in webhooks.iter_mut().filter(taken) {
                    let label = label(webhook.name.as_deref(), webhook.index);
                    reject(occasion, &label, webhook, closed.to_string());
                }
            }
        }
        let (event, id) = (occasion.name.clone(), occasion.id.to_string());
        Ok(EventOutcome::told(event, id, webhooks))
    }

    /// What becomes of a webhook, and what the observer is to be told of in the end.
    fn accept_one(
        &self,
        occasion: &Occasion<'_>,
        Addressed {
            webhook,
            parcel,
            signed,
        }: Addressed,
        freights: &mut Vec<Arc<Freight>>,
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
                let stowed = self.stow(occasion, &webhook, parcel, freights);
                stowed.map(|(freight, place)| {
                    let reports = Arc::clone(&self.sender.observer);
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
                place.map(|place| Taken::Unsent(outcome::unsent(occasion, &webhook, &why), place))
            }
        };
        match taken {
            Ok(taken) => (outcome, Some(taken)),
            Err(full) => {
                reject(occasion, &known.label(), &mut outcome, full.to_string());
                (outcome, None)
            }
        }
    }

    /// The event, to be told of again if it is not delivered; all its deliveries share it.
    fn kept(&self, occasion: &Occasion<'_>, freights: &[Arc<Freight>]) -> Option<Arc<str>> {
        if !self.options.keep_events {
            return None;
        }
        let mut known = freights.iter().filter_map(|freight| freight.event.clone());
        known.next().or_else(|| Some(occasion.line().into()))
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
        let expected = occasion.size();
        // What is kept to be told of again takes room as well.
        let kept = if self.options.keep_events {
            expected
        } else {
            0
        };
        let bytes = parcel.body.len() + kept;
        let place = room.enter(&webhook.endpoint, expected, bytes)?;
        let mut known = freights.iter();
        if let Some(freight) = known.find(|freight| Arc::ptr_eq(&freight.parcel, &parcel)) {
            return Ok((Arc::clone(freight), place));
        }
        let freight = Arc::new(Freight {
            room: room.take(expected, bytes)?,
            parcel,
            event_id: occasion.id.as_ref().into(),
            event: self.kept(occasion, freights),
            breaker: self.sender.breaker,
        });
        freights.push(Arc::clone(&freight));
        Ok((freight, place))
    }
}

/// What the observer is told of in the end.
enum Taken {
    Delivery(Box<Delivery>),
    /// That there is none.
    Unsent(DeliveryOutcome, Place),
}

/// How people tell a webhook from others.
fn label(name: Option<&str>, index: usize) -> String {
    name.map_or_else(|| format!("#{index}"), str::to_owned)
}

/// Rejects an event for a webhook, loudly.
fn reject(occasion: &Occasion<'_>, label: &str, webhook: &mut WebhookOutcome, why: String) {
    tracing::warn!(
        webhook = label,
        index = webhook.index,
        event = occasion.name,
        id = &*occasion.id,
        "rejected: {why}"
    );
    webhook.outcome = Settlement::Rejected;
    webhook.error = Some(why);
}
