//! A new configuration, and new trust.

use super::Webhooks;
use crate::config::configuration::Configuration;
use crate::error::Error;
use crate::render::fan_out::FanOut;
use std::sync::{Arc, PoisonError};

impl Webhooks {
    /// The configuration used for the next event.
    #[must_use]
    pub fn configuration(&self) -> Arc<Configuration> {
        Arc::clone(&self.inner.fan_out().configuration)
    }

    /// Replaces the configuration, and with it the connector that read it. An event meets
    /// either the old one or the new one. What was accepted finishes as it was accepted, with
    /// its target, its keys and its connector. Webhooks that were switched off are on again,
    /// and breakers are closed.
    pub fn reload(&self, configuration: Configuration) {
        let inner = &*self.inner;
        inner.queue.capacity.divide(configuration.endpoints());
        let names = configuration.webhooks().iter();
        let names: Vec<_> = names.filter_map(|webhook| webhook.name.clone()).collect();
        inner.context.counters.adopt(&configuration);
        inner.paused.adopt(&configuration);
        let fan_out = FanOut::new(configuration, inner.options.max_event);
        let old = {
            let mut current = inner
                .fan_out
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, Arc::new(fan_out))
        };
        let old = old.configuration.webhooks();
        match inner.context.observer.ledger() {
            Some(ledger) => ledger.switch_on(&names, old),
            None => old.iter().for_each(|webhook| webhook.replace()),
        }
    }

    /// Reads the file of further CA certificates again; it blocks while it reads. What is
    /// under way goes on, and later connections trust what the file holds now.
    ///
    /// # Errors
    /// If the file cannot be used: what it held before stays trusted.
    pub fn reload_trust(&self) -> Result<(), Error> {
        Ok(self.inner.context.client.reload_trust()?)
    }
}
