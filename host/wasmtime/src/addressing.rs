//! From an event to the webhooks that it concerns, each with what it is sent.

use crate::configuration::Configuration;
use crate::conformity::Conformity;
use crate::connector::Connector;
use crate::event::EventError;
use crate::parcel::{Addressed, Occasion, ParcelError};
use std::sync::Arc;

/// Selects and renders.
#[derive(Debug)]
pub struct Addressing {
    pub configuration: Configuration,
    connector: Connector,
    conformity: Conformity,
    /// Bytes of an event.
    max_event: usize,
}

impl Addressing {
    pub fn new(connector: &Connector, configuration: Configuration, max_event: usize) -> Self {
        Self {
            conformity: Conformity::new(configuration.catalogue.clone()),
            configuration,
            connector: connector.clone(),
            max_event,
        }
    }

    /// The webhooks that an occasion concerns, each with its parcel: one rendering
    /// for each shape.
    ///
    /// # Errors
    /// If it is no event, or too large.
    pub fn all(&self, occasion: &Occasion<'_>) -> Result<Vec<Addressed>, EventError> {
        let (size, limit) = (occasion.size(), self.max_event);
        if size > limit {
            return Err(EventError::TooLarge { size, limit });
        }
        let connector = &self.connector;
        let selected = match self.configuration.select(connector, &occasion.name) {
            Ok(selected) => selected,
            Err(error) => {
                let failed = Arc::new(ParcelError::from(error));
                let suspects = self.configuration.suspects(&occasion.name);
                return Ok(suspects
                    .into_iter()
                    .map(|webhook| Addressed {
                        webhook,
                        parcel: Err(Arc::clone(&failed)),
                    })
                    .collect());
            }
        };
        let mut addressed: Vec<Addressed> = Vec::with_capacity(selected.len());
        for webhook in &*selected {
            let known = addressed
                .iter()
                .find(|known| known.webhook.shape == webhook.shape);
            let parcel = match known {
                Some(known) => known.parcel.clone(),
                None => occasion
                    .render(connector, &webhook.shape)
                    .map(Arc::new)
                    .map_err(Arc::new),
            };
            if let Err(ParcelError::Event(error)) = parcel.as_ref().map_err(AsRef::as_ref) {
                return Err(error.clone());
            }
            addressed.push(Addressed {
                webhook: Arc::clone(webhook),
                parcel,
            });
        }
        Ok(addressed)
    }

    /// The same, for an event that happens: what does not fit its types is warned of.
    ///
    /// # Errors
    /// As [`Addressing::all`].
    pub fn concerned(&self, occasion: &Occasion<'_>) -> Result<Vec<Addressed>, EventError> {
        let addressed = self.all(occasion)?;
        self.warn_of_misfit(occasion, &addressed);
        Ok(addressed)
    }

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
                id = occasion.id,
                "does not fit its declared types, and is sent all the same: {why}"
            );
        }
    }
}
