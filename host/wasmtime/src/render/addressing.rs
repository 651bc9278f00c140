//! From an event to the webhooks that it concerns, each with what it is sent.

use crate::attempt::signing::Ahead;
use crate::config::configuration::Configuration;
use crate::config::webhook::Webhook;
use crate::connector::{Connector, Sandbox, Shape};
use crate::event::event::EventError;
#[cfg(feature = "validate")]
use crate::render::conformity::Conformity;
use crate::render::parcel::Occasion;
use crate::render::recipients::{Addressed, Concerned};
use crate::render::rendered_request::{Parcel, ParcelError};
use crate::render::rendering::{render_all, render_to_sign};
use std::sync::Arc;
use tokio::time::Instant;

/// Selects and renders.
#[derive(Debug)]
pub struct Addressing {
    pub configuration: Arc<Configuration>,
    connector: Connector,
    #[cfg(feature = "validate")]
    conformity: Conformity,
    /// Bytes of an event.
    max_event: usize,
}

impl Addressing {
    pub fn new(connector: &Connector, configuration: Configuration, max_event: usize) -> Self {
        Self {
            #[cfg(feature = "validate")]
            conformity: Conformity::new(configuration.catalogue.clone()),
            configuration: Arc::new(configuration),
            connector: connector.clone(),
            max_event,
        }
    }

    /// The webhooks that an occasion concerns, each with its parcel: one rendering
    /// for each shape. Expressions that have not come to an end by the deadline have
    /// failed.
    ///
    /// # Errors
    /// If it is no event, or too large.
    pub async fn all(
        &self,
        occasion: &Occasion<'_>,
        deadline: Option<Instant>,
    ) -> Result<Vec<Addressed>, EventError> {
        let concerned = self.address(occasion, deadline, false).await?;
        Ok(concerned.webhooks)
    }

    async fn address(
        &self,
        occasion: &Occasion<'_>,
        deadline: Option<Instant>,
        to_sign: bool,
    ) -> Result<Concerned, EventError> {
        let (size, limit) = (occasion.size(), self.max_event);
        if size > limit {
            return Err(EventError::TooLarge { size, limit });
        }
        let selected = self.configuration.select(&self.connector, &occasion.name);
        let selected = match selected {
            Ok(selected) => self.narrow(selected, occasion)?,
            Err(error) => return self.unselected(occasion, ParcelError::from(error)),
        };
        let shapes = shapes(selected.iter());
        let (rendered, sandbox) = if to_sign && !shapes.iter().any(|shape| shape.warm) {
            render_to_sign(&self.connector, occasion, &shapes)
        } else {
            let rendered = render_all(&self.connector, occasion, &shapes, deadline).await;
            (rendered, None)
        };
        let mut parcels = Vec::with_capacity(shapes.len());
        for (parcel, shape) in rendered.into_iter().zip(&shapes) {
            if let Err(ParcelError::Event(error)) = parcel {
                return Err(error);
            }
            if let Ok(parcel) = &parcel
                && parcel.warning.is_some()
                && let Some(webhook) = selected.iter().find(|one| one.shape == **shape)
            {
                parcel.log_warning(webhook, &occasion.id);
            }
            parcels.push(parcel.map(Arc::new).map_err(Arc::new));
        }
        Ok(self.hand_out(&selected, &shapes, &parcels, sandbox))
    }

    /// Those of the selected that an occasion is for.
    fn narrow(
        &self,
        selected: Arc<[Arc<Webhook>]>,
        occasion: &Occasion<'_>,
    ) -> Result<Arc<[Arc<Webhook>]>, EventError> {
        self.configuration
            .narrow(selected, &occasion.terms, &occasion.name)
            .map_err(EventError::Refused)
    }

    /// The webhooks that may be concerned where the connector could not say: all fail.
    fn unselected(
        &self,
        occasion: &Occasion<'_>,
        error: ParcelError,
    ) -> Result<Concerned, EventError> {
        let failed = Arc::new(error);
        let suspects = self.configuration.suspects(&occasion.name).into();
        let suspects = self.narrow(suspects, occasion)?;
        let unselected = |webhook| Addressed {
            webhook,
            parcel: Err(Arc::clone(&failed)),
            signed: None,
        };
        Ok(Concerned {
            webhooks: suspects.iter().cloned().map(unselected).collect(),
            left: None,
        })
    }

    /// Gives each webhook what its shape was rendered to, signed where that saves an instance.
    fn hand_out(
        &self,
        selected: &[Arc<Webhook>],
        shapes: &[&Shape],
        parcels: &[Result<Arc<Parcel>, Arc<ParcelError>>],
        sandbox: Option<Sandbox>,
    ) -> Concerned {
        let parcel_of = |webhook: &Webhook| {
            let mut known = shapes.iter().zip(parcels);
            let (_, parcel) = known.find(|(shape, _)| ***shape == webhook.shape)?;
            Some(parcel.clone())
        };
        let mut ahead = Ahead::new(&self.connector, sandbox);
        let addressed = selected.iter().filter_map(|webhook| {
            let parcel = parcel_of(webhook)?;
            let body = parcel.as_deref().ok().map(|parcel| &parcel.body);
            Some(Addressed {
                webhook: Arc::clone(webhook),
                signed: body.and_then(|body| ahead.sign(webhook, body)),
                parcel,
            })
        });
        Concerned {
            webhooks: addressed.collect(),
            left: ahead.into_left(),
        }
    }

    /// The same, for an event that happens: what does not fit its types is warned of,
    /// and first attempts are signed where that saves instances.
    ///
    /// # Errors
    /// As [`Addressing::all`].
    pub async fn concerned(
        &self,
        occasion: &Occasion<'_>,
        deadline: Option<Instant>,
    ) -> Result<Concerned, EventError> {
        let concerned = self.address(occasion, deadline, true).await?;
        #[cfg(feature = "validate")]
        self.warn_of_misfit(occasion, &concerned.webhooks);
        Ok(concerned)
    }

    #[cfg(feature = "validate")]
    fn warn_of_misfit(&self, occasion: &Occasion<'_>, addressed: &[Addressed]) {
        let mut rendered = addressed
            .iter()
            .filter_map(|addressed| Some((&addressed.webhook, addressed.parcel.as_ref().ok()?)));
        let Some((webhook, parcel)) = rendered.next() else {
            return;
        };
        let connector = &self.connector;
        let (name, body) = (&occasion.name, &parcel.body);
        if let Some(why) = self.conformity.misfit(connector, webhook, name, body) {
            tracing::warn!(
                event = name,
                id = &*occasion.id,
                "does not match its declared types; sending it anyway: {why}"
            );
        }
    }
}

/// The shapes of webhooks, each once.
pub fn shapes<'a>(webhooks: impl Iterator<Item = &'a Arc<Webhook>>) -> Vec<&'a Shape> {
    let mut shapes = Vec::new();
    for webhook in webhooks {
        if !shapes.contains(&&webhook.shape) {
            shapes.push(&webhook.shape);
        }
    }
    shapes
}
