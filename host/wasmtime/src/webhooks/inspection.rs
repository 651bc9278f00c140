//! Attempts by hand, and what would be done with an event.

use super::Webhooks;
use crate::config::webhook::Webhook;
use crate::error::Error;
use crate::event::input::Input;
use crate::inspect::dry_run::{self, DryRun, PreparedRequest};
use crate::inspect::trigger::{self, TriggerResult};
use crate::render::notification::Notification;
use crate::render::rendering::render;
use std::sync::Arc;

impl Webhooks {
    /// Makes one attempt at a webhook by hand, whether it listens or not.
    pub async fn trigger(&self, webhook: &Webhook, input: &Input) -> TriggerResult {
        trigger::attempt(&self.inner.context, webhook, &Notification::from(input)).await
    }

    /// Says of every webhook what would be done with an event, without doing it.
    ///
    /// # Errors
    /// If it is no event.
    pub async fn dry_run(&self, input: &Input) -> Result<Vec<DryRun>, Error> {
        let inner = &*self.inner;
        let notification = Notification::from(input);
        let fan_out = inner.fan_out();
        let recipients = fan_out.all(&notification, None).await?;
        let of = |webhook: &Arc<Webhook>| {
            let mut recipients = recipients.iter();
            recipients.find(|recipient| Arc::ptr_eq(&recipient.webhook, webhook))
        };
        let all = fan_out.configuration.webhooks().iter();
        Ok(all
            .map(|webhook| dry_run::explain(&inner.context, &notification, webhook, of(webhook)))
            .collect())
    }

    /// The request that [`Webhooks::trigger`] would send.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn prepare(
        &self,
        webhook: &Webhook,
        input: &Input,
    ) -> Result<PreparedRequest, String> {
        let (context, notification) = (&self.inner.context, Notification::from(input));
        let request = render(&notification, webhook).await;
        let request = request.map_err(|error| error.to_string())?;
        dry_run::prepare(context, &notification, webhook, &request, true)
    }
}
