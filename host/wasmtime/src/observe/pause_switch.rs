//! Whether a webhook is paused.

use lifecycle::{Time, WebhookState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// Whether a webhook is paused. The webhooks of this name share it, those of earlier
/// configurations included, so that none misses a change.
#[derive(Debug, Default)]
pub(crate) struct PauseSwitch {
    /// Looked at before the lock is taken.
    is_on: AtomicBool,
    since: Mutex<Option<(Time, SystemTime)>>,
}

impl PauseSwitch {
    fn lock(&self) -> MutexGuard<'_, Option<(Time, SystemTime)>> {
        // Nothing panics while it is held.
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when it is paused, if it is.
    pub(crate) fn since(&self) -> Option<SystemTime> {
        self.lock().map(|(_, since)| since)
    }

    /// Whether it is paused.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Acquire)
    }

    /// What the core knows of the webhook follows the switch.
    pub(crate) fn apply(&self, state: &mut WebhookState) {
        if !self.is_on() && state.paused().is_none() {
            return;
        }
        state.resume();
        if let Some((time, _)) = *self.lock() {
            state.pause(time);
        }
    }

    /// Whether it was off.
    pub(super) fn switch_on(&self, time: Time, since: SystemTime) -> bool {
        let mut known = self.lock();
        let is_new = known.is_none();
        known.get_or_insert((time, since));
        self.is_on.store(true, Ordering::Release);
        is_new
    }

    /// Whether it was on.
    pub(super) fn switch_off(&self) -> bool {
        let mut known = self.lock();
        self.is_on.store(false, Ordering::Release);
        known.take().is_some()
    }
}
