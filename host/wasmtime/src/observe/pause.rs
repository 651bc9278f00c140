//! Webhooks that somebody paused: their deliveries wait, and questions are asked still.

use crate::config::configuration::Configuration;
use crate::error::Error;
use crate::observe::unknown_webhook::UnknownWebhook;
use crate::webhooks::{Inner, Webhooks};
use std::time::SystemTime;

impl Webhooks {
    /// Has the deliveries of a webhook wait, until [`Webhooks::resume`]; attempts that are under
    /// way go on. Before an event it is asked as before: a veto that was not asked for is a veto
    /// lost. The time in which it is paused does not count for its retries. A pause outlives a
    /// reload, and with a store a restart. Says whether it was not paused before.
    ///
    /// # Errors
    /// If no webhook has this name.
    pub fn pause(&self, name: &str) -> Result<bool, Error> {
        let inner = &*self.inner;
        let configuration = self.configuration();
        if !is_named(&configuration, name) {
            return Err(UnknownWebhook(name.to_owned()).into());
        }
        let mut paused = inner.paused.lock();
        if paused.contains_key(name) {
            return Ok(false);
        }
        let now = SystemTime::now();
        paused.insert(name.to_owned(), now);
        inner.set_paused(&configuration, name, true);
        if let Some(ledger) = inner.context.observer.ledger() {
            ledger.paused(name, Some(now));
        }
        drop(paused);
        tracing::warn!(
            webhook = name,
            "paused: its deliveries wait until it is resumed"
        );
        Ok(true)
    }

    /// Sends what waits for a webhook that was paused. Says whether it was.
    ///
    /// # Errors
    /// If no webhook has this name.
    pub fn resume(&self, name: &str) -> Result<bool, Error> {
        let inner = &*self.inner;
        let configuration = self.configuration();
        let mut paused = inner.paused.lock();
        if paused.remove(name).is_none() {
            return match is_named(&configuration, name) {
                true => Ok(false),
                false => Err(UnknownWebhook(name.to_owned()).into()),
            };
        }
        inner.set_paused(&configuration, name, false);
        if let Some(ledger) = inner.context.observer.ledger() {
            ledger.paused(name, None);
        }
        drop(paused);
        let mut state = inner.queue.lock();
        let resumed = state.deliveries.resume(inner.clock().now());
        inner.queue.heed(state, resumed);
        tracing::warn!(webhook = name, "resumed");
        Ok(true)
    }
}

fn is_named(configuration: &Configuration, name: &str) -> bool {
    let mut webhooks = configuration.webhooks().iter();
    webhooks.any(|webhook| webhook.name.as_deref() == Some(name))
}

impl Inner {
    /// A new configuration meets what is paused.
    pub(crate) fn keep_paused(&self, configuration: &Configuration) {
        for name in self.paused.lock().keys() {
            self.set_paused(configuration, name, true);
        }
    }

    /// Changes all that have this name: that of the configuration, and those of earlier ones,
    /// for which something waits still.
    fn set_paused(&self, configuration: &Configuration, name: &str, paused: bool) {
        let now = self.clock().now();
        let change = |webhook: &crate::config::webhook::Webhook| {
            if webhook.name.as_deref() == Some(name) {
                let mut state = webhook.state();
                match paused {
                    true => state.pause(now),
                    false => state.resume(),
                }
            }
        };
        configuration
            .webhooks()
            .iter()
            .for_each(|webhook| change(webhook));
        let state = self.queue.lock();
        for (delivery, _) in state.deliveries.all() {
            change(&delivery.webhook);
        }
    }
}
