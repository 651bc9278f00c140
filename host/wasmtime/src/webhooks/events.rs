//! Events and messages, as a servo hands them in.

use super::{Inner, Webhooks};
use crate::ask::before;
use crate::attempt::info::AttemptInfo;
use crate::attempt::publication::Unread;
use crate::config::webhook::Webhook;
use crate::deadline::Deadline;
use crate::delivery::acceptance::Acceptance;
use crate::delivery::outcome::EventOutcome;
use crate::error::Error;
use crate::event::decided::{Asked, Told};
use crate::event::event::{Event, Results};
use crate::event::input::Input;
use crate::event::message::Message;
use crate::render::notification::Notification;
use crate::trace::attempt_trace::AttemptTrace;
use crate::webhooks::submission::Submission;
use std::sync::Arc;
use tokio::time::Instant;

impl Webhooks {
    /// Asks the webhooks before an event, within the budget of the options. Once all is
    /// closed nobody is asked: each is settled by its `on_error`, with an error that says so.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn before(&self, event: &Event) -> Result<Asked, Error> {
        let inner = &*self.inner;
        let notification = Notification::before(event);
        let counters = &inner.context.counters;
        counters.event(&notification.name);
        let budget = inner.options.before_budget;
        let mut deadline = Deadline::after(budget).waited_with_since(Instant::now());
        // The other half is for the answers: of those too who have no expressions.
        let rendered_by = Deadline::after(budget / 2).moment();
        let fan_out = inner.fan_out();
        fan_out.configuration.doubt(&event.name);
        let recipients = fan_out.recipients(&notification, Some(rendered_by));
        let recipients = deadline.across(recipients).await?;
        let span = match recipients.webhooks.is_empty() {
            true => None,
            false => {
                let of = (&*notification.name, &*event.id);
                inner.context.tracer.event(event.trace.as_ref(), of)
            }
        };
        let (outcome, publish) = before::ask(
            &inner.context,
            notification.name,
            event.id.clone(),
            (event.trace.as_deref(), span.as_deref()),
            recipients,
            deadline,
            inner.queue.closed(),
        )
        .await;
        if let Some(span) = span {
            span.end(&outcome);
        }
        counters.decided(&outcome);
        if let Some(ledger) = inner.context.observer.ledger() {
            ledger.decided(&outcome);
        }
        for (webhook, delivery, unread) in publish {
            self.publish(&outcome, webhook, delivery, unread);
        }
        inner.context.observer.asked(&outcome);
        Ok(outcome)
    }

    /// Tells the webhooks after an event. Waits for their expressions alone, never for
    /// a delivery: the observer hears of each. Nothing is accepted if the future is
    /// dropped before it is ready; and everything is rejected, as `closed`, once
    /// [`Webhooks::shutdown`] was called or the runtime has ended.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn after(&self, event: &Event, results: &Results) -> Result<Told, Error> {
        let notification = Notification::after(event, results);
        let submission = self.inner.accept(&notification).await?;
        Ok(Told::new(submission.outcome().await))
    }

    /// Passes a message on to the webhooks of its channel, as [`Webhooks::after`] does.
    ///
    /// # Errors
    /// If it is too large.
    pub async fn message(&self, message: &Message) -> Result<Told, Error> {
        let notification = Notification::message(message);
        let submission = self.inner.accept(&notification).await?;
        Ok(Told::new(submission.outcome().await))
    }

    /// Does what an input says: asks before, tells after, or passes a message on. Returns the
    /// record that hosts write down.
    ///
    /// # Errors
    /// As [`Webhooks::before`], [`Webhooks::after`] and [`Webhooks::message`].
    pub async fn handle(&self, input: &Input) -> Result<EventOutcome, Error> {
        Ok(self.submit(input).await?.outcome().await)
    }

    /// The same, without waiting until it is on disk, where there is a store: more can be
    /// handed in meanwhile.
    ///
    /// # Errors
    /// As [`Webhooks::handle`].
    pub async fn submit(&self, input: &Input) -> Result<Submission, Error> {
        match input {
            Input::Before(event) => Ok(EventOutcome::from(self.before(event).await?).into()),
            Input::After(event, results) => {
                let notification = Notification::after(event, results);
                self.inner.accept(&notification).await
            }
            Input::Message(message) => self.inner.accept(&Notification::message(message)).await,
        }
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

    fn publish(&self, of: &Asked, webhook: Arc<Webhook>, delivery: String, unread: Unread) {
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
            let info = AttemptInfo {
                event: &event,
                id: &event_id,
                delivery: &delivery,
                number: unread.number,
                first: unread.first,
                before: true,
                manual: false,
                replays: 0,
                began: unread.began,
                deadline: unread.deadline.moment(),
                trace: AttemptTrace::default(),
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
    async fn accept(&self, notification: &Notification<'_>) -> Result<Submission, Error> {
        let fan_out = self.fan_out();
        self.context.counters.event(&notification.name);
        if let Some(event) = notification.name.strip_prefix("after:") {
            fan_out.configuration.doubt(event);
        }
        let recipients = fan_out.recipients(notification, None).await?;
        let acceptance = Acceptance::new(&self.queue, notification, self.options.keep_events);
        let accepted = acceptance.accept(recipients);
        Ok(Submission::new(accepted, Arc::clone(&self.context)))
    }
}
