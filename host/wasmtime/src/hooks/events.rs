//! Events and messages, as a servo hands them in.

use super::{Inner, Webhooks};
use crate::ask::before;
use crate::attempt::info::Stamp;
use crate::attempt::publication::Unread;
use crate::awake::Deadline;
use crate::config::webhook::Webhook;
use crate::delivery::acceptance::Acceptance;
use crate::delivery::outcome::{Decision, EventOutcome};
use crate::event::envelope::Stated;
use crate::event::event::{Event, EventError, Results};
use crate::event::message::Message;
use crate::render::parcel::Occasion;
use std::sync::Arc;
use tokio::time::Instant;

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

impl Webhooks {
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

impl Inner {
    async fn accept(&self, occasion: &Occasion<'_>) -> Result<EventOutcome, EventError> {
        let addressing = self.addressing();
        if let Some(event) = occasion.name.strip_prefix("after:") {
            addressing.configuration.doubt(event);
        }
        let concerned = addressing.concerned(occasion, None).await?;
        let acceptance = Acceptance::new(&self.outbox, occasion, self.options.keep_events);
        Ok(acceptance.accept(concerned))
    }
}
