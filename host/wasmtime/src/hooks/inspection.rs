//! Attempts by hand, and what would be done with an event.

use super::Webhooks;
use crate::config::webhook::Webhook;
use crate::event::envelope::Stated;
use crate::event::event::EventError;
use crate::inspect::rehearsal::{self, Prepared, Rehearsal};
use crate::inspect::trigger::{self, Trial};
use crate::render::parcel::Occasion;
use crate::render::rendering::render;
use std::sync::Arc;

impl Webhooks {
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
}
