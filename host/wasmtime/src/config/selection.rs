//! Which webhooks of a configuration an event or a message is for.

use crate::config::configuration::Configuration;
use crate::config::webhook::Webhook;
use crate::connector::{CallError, Contract};
use crate::error::Error;
use crate::event::error::EventError;
use crate::event::input::Input;
use crate::log_limit::{Kind, limited};
use crate::option_names::OptionNames;
use rules::addressee::Addressee;
use std::sync::{Arc, PoisonError};

/// Event names that are remembered; a host that makes up more starts anew.
const REMEMBERED: usize = 1024;

impl Configuration {
    /// Whether anything is sent to a webhook.
    pub(crate) fn is_in_use(&self, webhook: &Webhook) -> bool {
        webhook.enabled && !self.left_out.contains(&webhook.index)
    }

    /// Those of the selected that an input is for; none where it is for one that is
    /// passed over.
    ///
    /// # Errors
    /// Says why the one that it is for cannot be told.
    pub(crate) fn narrow(
        &self,
        selected: Arc<[Arc<Webhook>]>,
        addressee: &Addressee,
        name: &str,
    ) -> Result<Arc<[Arc<Webhook>]>, String> {
        addressee.check_source(&self.source, OptionNames::get().source)?;
        let Some(wanted) = &addressee.webhook else {
            return Ok(selected);
        };
        let is_it = |webhook: &&Arc<Webhook>| wanted.is(webhook.index, webhook.name.as_deref());
        if let Some(webhook) = selected.iter().find(is_it) {
            return Ok([Arc::clone(webhook)].into());
        }
        match self.webhooks.iter().find(is_it) {
            Some(webhook) if webhook.enabled && self.left_out.contains(&webhook.index) => {
                Ok([].into())
            }
            found => Err(wanted.unreached(found.map(|webhook| webhook.enabled), name)),
        }
    }

    /// What may be wrong with an event's name: none that a servo or the host's catalogue
    /// knows, and none that a webhook listens to by this very name.
    ///
    /// It is logged when it is found, and remembered.
    pub(crate) fn doubt(&self, event: &str) -> Option<Arc<str>> {
        let known = self.doubts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(event) {
            return known.clone();
        }
        drop(known);
        let found: Option<Arc<str>> = self.unknown(event).map(Into::into);
        let mut doubts = self.doubts.write().unwrap_or_else(PoisonError::into_inner);
        if doubts.len() >= REMEMBERED {
            doubts.clear();
        }
        let is_new = doubts.insert(event.to_owned(), found.clone()).is_none();
        drop(doubts);
        if let Some(why) = found.as_ref().filter(|_| is_new) {
            limited(Kind::EventName, &[event], |repeated| {
                tracing::warn!(event, repeated, "{why}");
            });
        }
        found
    }

    fn unknown(&self, event: &str) -> Option<String> {
        let listened = self.webhooks.iter().flat_map(|webhook| &webhook.events);
        let listened = listened.filter_map(|listened| listened.split_once(':'));
        let mut names = self.catalogue.names();
        names.extend(
            listened
                .filter(|(_, name)| !name.contains('*'))
                .map(|(_, name)| name.to_owned()),
        );
        documents::config::unknown_event(event, &names)
    }

    /// The enabled webhooks that an event or a message concerns, in document order.
    ///
    /// # Errors
    /// If the connector fails.
    pub(crate) fn select(&self, name: &str) -> Result<Arc<[Arc<Webhook>]>, CallError> {
        let known = self
            .selected
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found: Arc<[Arc<Webhook>]> = match name.strip_prefix("channel:") {
            Some(channel) => {
                let listens = |webhook: &&Arc<Webhook>| {
                    self.is_in_use(webhook) && webhook.channels.iter().any(|known| known == channel)
                };
                self.webhooks.iter().filter(listens).cloned().collect()
            }
            None => {
                let indices = Contract::of(&self.connector).select(&self.listeners, name)?;
                if !indices.is_sorted_by(|a, b| a < b) {
                    return Err(CallError::unusable(
                        "select",
                        "indices that are not ascending",
                    ));
                }
                let webhook =
                    |index: &u32| self.webhooks.get(usize::try_from(*index).ok()?).cloned();
                let found: Option<Vec<_>> = indices.iter().map(webhook).collect();
                found
                    .ok_or_else(|| CallError::unusable("select", "an index that is not there"))?
                    .into()
            }
        };
        let mut selected = self
            .selected
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if selected.len() >= REMEMBERED {
            selected.clear();
        }
        selected.insert(name.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    /// Whether an input is of this servo.
    ///
    /// # Errors
    /// If it is of one with another name.
    pub fn check(&self, input: &Input) -> Result<(), Error> {
        let checked = input
            .addressee()
            .check_source(&self.source, OptionNames::get().source);
        Ok(checked.map_err(EventError::Refused)?)
    }

    /// The enabled webhooks that an input concerns, in document order; one of them where
    /// it is for that alone.
    ///
    /// # Errors
    /// If the connector fails, or the input is not for these webhooks.
    pub fn recipients(&self, input: &Input) -> Result<Arc<[Arc<Webhook>]>, Error> {
        let name = input.name();
        let selected = self.select(&name)?;
        let narrowed = self.narrow(selected, input.addressee(), &name);
        Ok(narrowed.map_err(EventError::Refused)?)
    }

    /// The webhooks that may be recipients where the connector could not say: those
    /// that listen to anything on that side.
    pub(crate) fn suspects(&self, name: &str) -> Vec<Arc<Webhook>> {
        let side = name.split_inclusive(':').next().unwrap_or_default();
        let listens = |webhook: &&Arc<Webhook>| {
            self.is_in_use(webhook)
                && webhook
                    .events
                    .iter()
                    .any(|event| event.starts_with(side) || event.starts_with('*'))
        };
        self.webhooks.iter().filter(listens).cloned().collect()
    }
}
