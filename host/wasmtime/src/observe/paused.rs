//! Which webhooks are paused: a switch for each name, which all that have the name share.

use crate::config::configuration::Configuration;
use crate::observe::pause_switch::PauseSwitch;
use lifecycle::Time;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// The switches, by name.
#[derive(Debug, Default)]
pub(crate) struct Paused(Mutex<HashMap<String, Arc<PauseSwitch>>>);

impl Paused {
    /// As an earlier process left them.
    #[cfg(feature = "store")]
    pub(crate) fn restored(known: Vec<(String, SystemTime)>, now: Time) -> Self {
        let switches = known.into_iter().map(|(name, since)| {
            let switch = PauseSwitch::default();
            switch.switch_on(now, since);
            (name, Arc::new(switch))
        });
        Self(Mutex::new(switches.collect()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<PauseSwitch>>> {
        // Nothing panics while it is held; if it did, the map is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives each webhook of a configuration its switch, and says which are paused.
    pub(crate) fn adopt(&self, configuration: &Configuration) {
        let mut switches = self.lock();
        for webhook in configuration.webhooks() {
            if let Some(name) = &webhook.name {
                let switch = switches.entry(name.clone()).or_default();
                webhook.set_pause(Arc::clone(switch));
            }
        }
        switches.retain(|_, switch| Arc::strong_count(switch) > 1 || switch.is_on());
        for (name, _) in switches.iter().filter(|(_, switch)| switch.is_on()) {
            let mut webhooks = configuration.webhooks().iter();
            if webhooks.any(|webhook| webhook.name.as_ref() == Some(name)) {
                tracing::warn!(
                    webhook = name,
                    "still paused: its deliveries wait until it is resumed"
                );
            } else {
                tracing::warn!(webhook = name, "paused, and not configured any more");
            }
        }
    }

    /// Pauses a webhook; whether it was not paused. None: there is none of this name.
    pub(super) fn pause(&self, name: &str, time: Time, since: SystemTime) -> Option<bool> {
        let switch = self.lock().get(name).cloned()?;
        Some(switch.switch_on(time, since))
    }

    /// Resumes a webhook; whether it was paused. None: there is none of this name.
    pub(super) fn resume(&self, name: &str) -> Option<bool> {
        let switch = self.lock().get(name).cloned()?;
        Some(switch.switch_off())
    }

    /// Whether any is paused.
    pub(crate) fn is_any(&self) -> bool {
        self.lock().values().any(|switch| switch.is_on())
    }

    /// Whether this one is.
    pub(crate) fn is_paused(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(|switch| switch.is_on())
    }
}
