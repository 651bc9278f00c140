//! Events and messages, as a servo hands them in.

use super::{Inner, Webhooks};
use crate::ask::before;
use crate::attempt::info::AttemptInfo;
use crate::attempt::publication::Unread;
use crate::awake::Deadline;
use crate::config::webhook::Webhook;
use crate::delivery::acceptance::Acceptance;
use crate::delivery::outcome::{EventDecision, EventOutcome};
use crate::error::Error;
use crate::event::event::{Event, Results};
use crate::event::input::Input;
use crate::event::message::Message;
use crate::render::notification::Notification;
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
    pub async fn before(&self, event: &Event) -> Result<EventOutcome, Error> {
        let inner = &*self.inner;
        let notification = Notification::before(event);
        let budget = inner.options.before_budget;
        let mut deadline = Deadline::after(budget);
        // The other half is for the answers: of those too who have no expressions.
        let rendered_by = Deadline::after(budget / 2).moment();
        let fan_out = inner.fan_out();
        fan_out.configuration.doubt(&event.name);
        let recipients = fan_out.recipients(&notification, Some(rendered_by));
        let recipients = deadline.across(recipients).await?;
        let (outcome, publish) = before::ask(
            &inner.context,
            notification.name,
            event.id.clone(),
            recipients,
            deadline,
            inner.queue.closed(),
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
    /// [`Webhooks::shutdown`] was called or the runtime has ended.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn after(&self, event: &Event, results: &Results) -> Result<EventOutcome, Error> {
        self.inner
            .accept(&Notification::after(event, results))
            .await
    }

    /// Passes a message on to the webhooks of its channel, as [`Webhooks::after`] does.
    ///
    /// # Errors
    /// If it is too large.
    pub async fn message(&self, message: &Message) -> Result<EventOutcome, Error> {
        self.inner.accept(&Notification::message(message)).await
    }

    /// Does what an input says: asks before, tells after, or passes a message on.
    ///
    /// # Errors
    /// As [`Webhooks::before`], [`Webhooks::after`] and [`Webhooks::message`].
    pub async fn handle(&self, input: &Input) -> Result<EventOutcome, Error> {
        match input {
            Input::Before(event) => self.before(event).await,
            Input::After(event, results) => self.after(event, results).await,
            Input::Message(message) => self.message(message).await,
        }
    }

    /// Wraps an event whole: before, the work, after. The work is not begun, and
    /// nobody told after it, when a webhook cancels. It returns its own value and
    /// what the connectors of the servo made of the event.
    ///
    /// # Errors
    /// If it is no event; the work is not begun then.
    pub async fn dispatch<T, W>(&self, event: &Event, work: W) -> Result<Dispatched<T>, Error>
    where
        W: AsyncFnOnce() -> (T, Results),
    {
        let before = self.before(event).await?;
        if before.outcome == EventDecision::Cancelled {
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
                    outcome: EventDecision::Rejected,
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

    /// What may be wrong with an input although it is taken: an event that neither a
    /// servo nor the host's catalogue knows, and that no webhook names. It is logged once for
    /// each name.
    #[must_use]
    pub fn warnings(&self, input: &Input) -> Vec<String> {
        let event = match input {
            Input::Before(event) | Input::After(event, _) => event.name(),
            Input::Message(_) => return Vec::new(),
        };
        let doubt = self.configuration().doubt(event);
        doubt.iter().map(|doubt| String::from(&**doubt)).collect()
    }

    fn publish(&self, of: &EventOutcome, webhook: Arc<Webhook>, delivery: String, unread: Unread) {
        let queue = &self.inner.queue;
        let (label, id) = (webhook.label(), delivery.clone());
        let unpublished = |why| {
            tracing::warn!(
                webhook = label,
                delivery = id,
                "answer not published: {why}"
            )
        };
        let Some(publishing) = queue.capacity.publish() else {
            return unpublished("too many are waiting for the observer");
        };
        let context = Arc::clone(&self.inner.context);
        let (event, event_id) = (of.event.clone(), of.id.clone());
        let spawned = queue.spawn(async move {
            let _publishing = publishing;
            let now = Instant::now();
            let info = AttemptInfo {
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
            let publication = context.publication(&webhook, info, unread);
            if let Some(publication) = publication.await {
                context.observer.publication(publication).await;
            }
        });
        if !spawned {
            unpublished("shutting down");
        }
    }
}

impl Inner {
    async fn accept(&self, notification: &Notification<'_>) -> Result<EventOutcome, Error> {
        let fan_out = self.fan_out();
        if let Some(event) = notification.name.strip_prefix("after:") {
            fan_out.configuration.doubt(event);
        }
        let recipients = fan_out.recipients(notification, None).await?;
        let acceptance = Acceptance::new(&self.queue, notification, self.options.keep_events);
        Ok(acceptance.accept(recipients))
    }
}
