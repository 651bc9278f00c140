//! How webhooks are. To ask is not for nothing, so all who look within a second are told the
//! same.

use super::trouble::Trouble;
use servo_webhooks::{WebhookSnapshot, Webhooks};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

/// How long it is told the same.
const REMEMBERED: Duration = Duration::from_secs(1);

/// All webhooks, in the order of the configuration.
pub type All = Arc<[WebhookSnapshot]>;

/// How webhooks are, and when they were so.
pub struct Snapshots {
    webhooks: Webhooks,
    last: Mutex<Option<(Instant, All)>>,
}

impl Snapshots {
    /// Of these.
    pub fn new(webhooks: &Webhooks) -> Self {
        Self {
            webhooks: webhooks.clone(),
            last: Mutex::new(None),
        }
    }

    /// How they are, or were within the last second.
    pub async fn now(&self) -> Result<All, Trouble> {
        let mut last = self.last.lock().await;
        if let Some((when, all)) = &*last
            && when.elapsed() < REMEMBERED
        {
            return Ok(Arc::clone(all));
        }
        let webhooks = self.webhooks.clone();
        // With a store it is asked, which blocks.
        let taken = spawn_blocking(move || webhooks.snapshot().into()).await;
        let all: All = taken.map_err(|_| {
            Trouble::unavailable("The webhooks cannot be looked at", "The log says why.")
        })?;
        *last = Some((Instant::now(), Arc::clone(&all)));
        Ok(all)
    }

    /// Something was changed: what was told is not so any more.
    pub async fn forget(&self) {
        *self.last.lock().await = None;
    }
}

/// As metrics and records name a webhook.
pub fn label(webhook: &WebhookSnapshot) -> String {
    let name = webhook.name.clone();
    name.unwrap_or_else(|| format!("#{}", webhook.index))
}
